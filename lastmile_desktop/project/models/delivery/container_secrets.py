"""Secrets that stay in the layers of an image, where everybody who can pull it reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.delivery.dockerfiles import Dockerfile, Instruction

_NAME = re.compile(
    r"(?:^|_)(?:api_?key|apikey|auth(?:_?token)?|credentials?|passw(?:or)?d|pword|passphrase|pass|pwd"
    r"|secret|token|private_?key|access_?key"
    r"|secret_?key|service_role|encryption_?key|signing_?key|jwt|key)(?:_|$)|(?:password|secret|token"
    r"|apikey)$|^(?:database|mongo|redis)_ur[il]$",
    re.IGNORECASE,
)
_NOT_SECRET = re.compile(
    r"public|publishable|anon|^(?:next_public|vite|expo_public|react_app|nuxt_public|gatsby)_|(?:^"
    r"|_)(?:gpg|pgp|cache|primary|foreign|sort|partition)_key"
    r"|key_(?:id|path|file|name|url|type|size|length|server)s?$|_file$|_path$|_name$|_id$|_ttl$|_expir"
    r"|_length|_max|_min|_url$|_uri$|token_?(?:type|limit|endpoint|lifetime)"
    r"|authorized_keys|apt_key|keyserver|keyring|author|authority|disable|enable|tokeniz|max_tokens"
    r"|auth_(?:mode|type|method|enabled|host|port|provider)",
    re.IGNORECASE,
)
_URL_WITH_PASSWORD = re.compile(r"://[^\s:/@$]{1,80}:[^\s@/$]{3,200}@[^\s/]{2,200}")
_LOCAL = re.compile(r"@(?:localhost|127\.0\.0\.1|db|postgres|mysql|mongo|redis|host\.docker\.internal)\b")
_PLACEHOLDER = re.compile(
    r"^(?:|x{2,}|\*+|<.{0,80}>|\.{2,}|change[_-]?me.{0,20}|changethis|your[_-].{0,60}|dummy.{0,40}"
    r"|placeholder.{0,40}|fake.{0,40}|build(?:[_-]?time)?.{0,40}"
    r"|not[_-]?(?:set|used|a).{0,40}|none|null|undefined|todo|example.{0,40}|test(?:ing)?|skip"
    r"|(?:0x)?(?:cafebabe|deadbeef|c0ffee|badcafe){1,8}|0{4,64}"
    r"|sk_test_(?:dummy|placeholder|xxx).{0,40}|temp.{0,20}|true|false|\d{1,2})$",
    re.IGNORECASE,
)
_KEY_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist)[\w.-]{1,40})?|id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|[\w.-]{0,60}\.(?:pem|key|p12|pfx|jks|keystore|ppk)|\.npmrc|\.pypirc"
    r"|\.netrc|\.git-credentials|\.dockercfg|credentials(?:\.json)?"
    r"|service[-_]?account[\w.-]{0,40}\.json|\.htpasswd|kubeconfig|secrets?\.(?:ya?ml|json|env|toml|txt))$"
    r"|(?:^|/)\.(?:ssh|aws|gnupg|docker|kube)(?:/|$)",
    re.IGNORECASE,
)
# How packages are installed; a token in it is one of many settings, and goes with a stage that is thrown away.
_SETTINGS = re.compile(r"(?:^|/)\.npmrc$")
_PUBLIC_FILE = re.compile(
    r"\.pub$|public|\bca[.-]|cacert|chain|bundle|root-?ca|fullchain|cert\.pem$|rds-", re.IGNORECASE
)
_IN_COMMAND = re.compile(
    r"(?:^|[\s;&])(?:export\s+)?([A-Z][A-Z0-9_]{2,60})=([\"']?)([^\s\"'$;&|]{6,200})\2(?=[\s;&]|$)"
    r"|_authToken=([^\s\"';&|]{4,200})"
    r"|git\s+clone\s+https://[^\s:@/]{1,80}(?::[^\s@]{3,200})?@|(?:-u"
    r"|--user)\s+[^\s:$]{1,60}:[^\s$]{4,80}\s+https?://"
    r"|(?:docker\s+login\b[^\n]{0,120}\s-p\s{0,3}|--password[=\s])([^\s$\"'-][^\s$\"']{4,80})|(?:Bearer"
    r"|token)\s+([A-Za-z0-9_.-]{20,200})"
    r"|echo\s+[\"']?(?:root|\w{2,20}):([^\s$\"'|]{3,60})[\"']?\s{0,3}\|\s{0,3}chpasswd",
    re.MULTILINE,
)
_PREFIX_SECRET = re.compile(r"^(?:sk_live_|sk-|ghp_|github_pat_|glpat-|AKIA|xox[bp]-|eyJ|npm_|AIza|SG\.)")


def is_secret_name(name: str) -> bool:
    return bool(_NAME.search(name)) and not _NOT_SECRET.search(name)


def secret_faults(image: Dockerfile) -> Iterator[Fault]:
    shipped = image.shipped()
    for stage in image.stages:
        stays = stage.number in shipped
        asked: set[str] = set()
        for item in stage.instructions:
            if item.onbuild:
                continue
            if item.name in ("ENV", "ARG"):
                yield from _named(image, item, stays, asked)
            elif item.name in ("COPY", "ADD"):
                yield from _copied(image, item, stays)
            elif item.name == "RUN":
                yield from _typed(image, item, stays)
            elif item.name == "LABEL":
                yield from _labelled(image, item, stays)


def _severity(stays: bool) -> Severity | None:
    """What a stage that is thrown away held is left in the build's cache only."""
    return None if stays else Severity.MEDIUM


def _named(image: Dockerfile, item: Instruction, stays: bool, asked: set[str]) -> Iterator[Fault]:
    """`asked` are the build arguments of the stage so far: a setting made of one is the same secret. The history of a
    stage that is thrown away is not in the image, so what it is handed for the build stays nowhere."""
    for name, value, line in item.pairs():
        if _URL_WITH_PASSWORD.search(value) and not _LOCAL.search(value):
            yield Fault(
                "secret-in-layer", image.path, line, line,
                f"{name} holds an address with its password: everybody who can pull the image reads "
                f"it.", name, _severity(stays),
            )  # fmt: skip
            continue
        if not is_secret_name(name) and not _PREFIX_SECRET.match(value):
            continue
        if item.name == "ARG":
            asked.add(name)
            if (value and _PLACEHOLDER.match(value)) or not (value or stays):
                continue
            yield Fault(
                "secret-in-layer", image.path, line, line,
                f"{name} is handed over as a build argument, which stays readable in the history of the "
                f"image: use a "
                f"secret mount.", name, _severity(stays) if value else Severity.MEDIUM, 0.8 if stays else 0.7,
            )  # fmt: skip
        elif value.startswith("$") or (value and not _PLACEHOLDER.match(value)):
            taken = value.startswith("$")
            if taken and value.strip("${}") in asked:
                continue
            yield Fault(
                "secret-in-layer", image.path, line, line,
                f"{name} is set in the image: everybody who can pull it reads the value.", name,
                Severity.MEDIUM if taken and not stays else _severity(stays), 0.8 if taken else None,
            )  # fmt: skip


def _copied(image: Dockerfile, item: Instruction, stays: bool) -> Iterator[Fault]:
    if item.has("from"):
        return
    words = item.words
    for word in words[:-1] if len(words) > 1 else words:
        if not stays and _SETTINGS.search(word):
            continue
        if _KEY_FILE.search(word) and not _PUBLIC_FILE.search(word):
            yield Fault(
                "secret-in-layer", image.path, item.line, item.last_line,
                f"{word} is copied into the image: everybody who can pull it has the file.", word, _severity(stays),
            )  # fmt: skip


def _typed(image: Dockerfile, item: Instruction, stays: bool) -> Iterator[Fault]:
    for match in _IN_COMMAND.finditer(item.command):
        name, value = match[1] or "", match[3] or ""
        if name and (not is_secret_name(name) or _PLACEHOLDER.match(value)):
            continue
        if (match[6] or "") and "$" in match[0]:
            continue
        token = match[4] or ""
        if token.startswith("$") and any("type=secret" in flag for _, flag in item.flags):
            continue
        yield Fault(
            "secret-in-layer", image.path, item.line, item.last_line,
            "A secret is written into a command of the build: it stays readable in the history of the image.",
            f"{item.line}:{name or 'command'}", _severity(stays), 0.8,
        )  # fmt: skip
        return


def _labelled(image: Dockerfile, item: Instruction, stays: bool) -> Iterator[Fault]:
    for name, value, line in item.pairs():
        if is_secret_name(name.replace(".", "_")) and _PREFIX_SECRET.match(value):
            yield Fault(
                "secret-in-layer", image.path, line, line, f"The label {name} holds a key that "
                "everybody can read.", name,
                _severity(stays),
            )  # fmt: skip
