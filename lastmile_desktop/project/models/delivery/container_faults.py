"""What is wrong with an image: who it runs as, what it is built from, and how its parts are fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.delivery.dockerfiles import Dockerfile, Instruction, Stage, filled

_NONROOT_IMAGE = re.compile(
    r"nonroot|unprivileged|rootless|cgr\.dev/|chainguard|bitnami/"
    r"|/distroless/[\w.-]{1,60}:(?:[\w.-]{0,30})nonroot|jenkins/jenkins|sonarqube"
    r"|grafana/|elasticsearch|opensearch|apache/airflow|jupyter/|quay\.io/keycloak|ghcr\.io/puppeteer"
    r"|mcr\.microsoft\.com/playwright-nope",
    re.IGNORECASE,
)
_DROPS_BY_ITSELF = re.compile(
    r"^(?:docker\.io/)?(?:library/)?(?:nginx|httpd|caddy|traefik|haproxy|postgres|mysql|mariadb|redis"
    r"|mongo|rabbitmq|memcached)\b",
    re.IGNORECASE,
)
_STEPS_DOWN = re.compile(
    r"\b(?:gosu|su-exec|setpriv|s6-setuidgid|runuser|chpst|su\s+-s?\s*\S*\s+-c|sudo\s+-u)\b"
)
# A script of the project starts the servers, and folders are handed to the user they run as.
_OWN_SCRIPT = re.compile(r"\b[\w-]{1,60}\.sh\b")
_FOR_ANOTHER = re.compile(r"\bchown\s+(?:-\w+\s+){0,3}(?:www-data|nobody|nginx|apache|uwsgi)\b")
_ROOT = re.compile(r"^(?:root|0)(?::.{0,60})?$")
_SERVER = re.compile(
    r"\b(?:start|serve|server|uvicorn|gunicorn|hypercorn|daphne|nginx|node|bun|deno|next|flask|django"
    r"|manage\.py|java|dotnet|php-fpm|apache2"
    r"|httpd|caddy|puma|rails|main|app|api|web)\b",
    re.IGNORECASE,
)
_DEV_SERVER = re.compile(
    r"(?:uvicorn|gunicorn|hypercorn|flask)\b.{0,200}--reload\b|\b(?:(?:npm|yarn|pnpm"
    r"|bun)\s+(?:run\s+)?(?:dev|develop|serve:dev|start:dev|watch)\b|next\s+dev"
    r"|nuxt\s+dev|vite\b(?!\s+(?:preview|build))"
    r"|nodemon|ts-node-dev|tsx\s+watch|ng\s+serve|react-scripts\s+start|expo\s+start|astro\s+dev"
    r"|remix\s+dev|gatsby\s+develop"
    r"|vue-cli-service\s+serve|webpack(?:-dev-server|\s+serve)|flask\s+(?:--\S+\s+){0,4}run\b"
    r"|manage\.py\s+runserver|php\s+-S\b"
    r"|php\s+artisan\s+serve|fastapi\s+dev|hugo\s+server|jekyll\s+serve|air\b\s*$|gradle\s+bootRun"
    r"|mvn\s+spring-boot:run|dotnet\s+watch)",
    re.IGNORECASE,
)
_PIPED = re.compile(
    r"\b(?:curl|wget)\b[^\n|;&]{0,400}(?:\n[^\n|;&]{0,400}){0,3}\|"
    r"\s{0,20}(?:sudo\s+(?:-\w+\s+)?)?(?:/(?:usr/)?(?:local/)?bin/)?(?:ba|z|da|a|k)?sh\b"
    r"|\b(?:curl|wget)\b[^\n|;]{0,400}\|\s{0,8}(?:sudo\s+)?(?:python3?|perl|ruby|node)\b"
    r"|\b(?:ba|z)?sh\s+(?:-\w+\s+)?[\"']?(?:<\(|\$\()\s{0,3}(?:curl|wget)\b|\beval\s+[\"']?(?:\$\("
    r"|`)\s{0,3}(?:curl|wget)\b"
)
_CHECKED = re.compile(r"sha(?:256|512)sum|gpg\s+--verify|cosign\s+verify|--checksum")
_UNVERIFIED = re.compile(
    r"\bcurl\b[^\n|;&]{0,300}\s(?:-[a-zA-Z]{0,8}k[a-zA-Z]{0,8}|--insecure|--proxy-insecure)\b"
    r"|\bwget\b[^\n|;&]{0,300}--no-check-certificate"
    r"|--trusted-host\b|apk\s[^\n;&]{0,120}--allow-untrusted|(?:apt"
    r"|apt-get)\s[^\n;&]{0,160}--(?:allow-unauthenticated|force-yes)\b"
    r"|(?:yum|dnf|tdnf|microdnf|zypper)\s[^\n;&]{0,160}(?:--nogpgcheck|--no-gpg-check(?:s)?)\b"
    r"|\brpm\b[^\n;&]{0,120}--(?:nosignature|nodigest|noverify)\b"
    r"|npm\s+(?:config\s+)?set\s+strict-ssl[\s=]{1,3}false"
    r"|yarn\s+config\s+set\s+strict-ssl[\s=]{1,3}false|git\s+config[^\n;&]{0,60}http\.sslVerify\s+(?:false|0)"
    r"|\bsslverify\s{0,3}=\s{0,3}(?:false|0)|-o\s{0,3}StrictHostKeyChecking[=\s]no"
    r"|--disable-content-trust|--nosignature"
    r"|(?:^|\s)(?:GIT_SSL_NO_VERIFY=[\"']?(?:1|true)|PYTHONHTTPSVERIFY=[\"']?0"
    r"|NODE_TLS_REJECT_UNAUTHORIZED=[\"']?0"
    r"|NPM_CONFIG_STRICT_SSL=[\"']?false|PIP_TRUSTED_HOST=\S|GOINSECURE=\S|GONOSUMDB=\*|GOSUMDB=off)",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN_ENV = {
    "git_ssl_no_verify": ("1", "true"), "pythonhttpsverify": ("0",), "node_tls_reject_unauthorized": ("0",),
    "npm_config_strict_ssl": ("false",), "gosumdb": ("off",),
}  # fmt: skip
_OPEN_MODE = re.compile(
    r"\bchmod\s+(?:-\w+\s+){0,3}(?:0?777|a\+rwx|[ugo]{0,3}o\+w|a=rwx|ugo\+rwx|\+s\b|u\+s|[24]7\d\d)\b"
)
# What a cache holds is made anew, and may be written by whatever user the container runs as.
_FOR_SCRAP = re.compile(r"(?:\s+[\w./-]{0,120}(?:cache|tmp)/?){1,6}\s{0,20}(?:$|&&|;|\|\|)", re.IGNORECASE)
_SUDO = re.compile(r"(?:^|&&|;|\|\||\|)\s{0,20}sudo\s", re.MULTILINE)
_CHPASSWD = re.compile(
    r"\bchpasswd\b|\bpasswd\s+(?:-d|--delete|--stdin)\b|NOPASSWD:\s{0,3}ALL|PermitRootLogin\s+yes"
    r"|PermitEmptyPasswords\s+yes"
)
_REMOTE = re.compile(r"^https?://", re.IGNORECASE)
_REMOTE_PORTS = {
    "22": "SSH",
    "23": "Telnet",
    "3389": "remote desktop",
    "5900": "VNC",
    "2375": "Docker without a password",
}


def container_faults(image: Dockerfile) -> Iterator[Fault]:
    yield from _user(image)
    for stage in image.stages:
        yield from _base(image, stage)
        yield from _commands(image, stage)
    yield from _start(image)
    yield from _ports(image)


def _fault(
    image: Dockerfile, rule: str, item: Instruction, message: str, symbol: str = "", severity: Severity | None = None,
    confidence: float | None = None,
) -> Fault:  # fmt: skip
    return Fault(
        rule, image.path, item.line, item.last_line, message, symbol or item.text[:60], severity, confidence
    )


def _user(image: Dockerfile) -> Iterator[Fault]:
    """The last USER of the image or of the stages it builds on."""
    values = {
        name: value
        for stage in image.stages
        for item in stage.named("ARG", "ENV")
        for name, value, _ in item.pairs()
    }
    final = image.final
    origin = image.lineage(final)[-1]
    gentle = bool(_DROPS_BY_ITSELF.search(origin.base))
    weight = (Severity.LOW, 0.7) if gentle else (None, None)
    for stage in image.lineage(final):
        users = stage.named("USER")
        if not users:
            continue
        last = users[-1]
        name = filled(last.text.strip().strip("\"'"), values)
        if _ROOT.match(name) and not _steps_down(image):
            yield _fault(
                image,
                "root-user",
                last,
                "The app runs as root in its container: a hole in it owns the machine's files.",
                "",
                *weight,
            )
        return
    if (
        _STEPS_DOWN_ITSELF.match(origin.base)
        or origin.base.lower() == "scratch"
        or _NONROOT_IMAGE.search(origin.base)
        or _steps_down(image)
    ):
        return
    if not final.named("CMD", "ENTRYPOINT", "EXPOSE", "COPY", "ADD", "RUN"):
        return
    yield Fault(
        "root-user",
        image.path,
        final.line,
        final.last_line,
        "No USER is set, so the app runs as root in its container: a hole in it owns the machine's files.",
        "no-user",
        *weight,
    )


# Servers whose own images open a low port as root and then work as another user.
_STEPS_DOWN_ITSELF = re.compile(
    r"^(?:docker\.io/)?(?:library/)?(?:nginx|caddy|httpd|traefik|haproxy|postgres|redis|mysql|mariadb|mongo)(?::|@|$)"
)


def _steps_down(image: Dockerfile) -> bool:
    final = image.final
    texts = [item.command for item in final.named("ENTRYPOINT", "CMD")]
    line = image.lineage(final)
    started = next((items for stage in line if (items := stage.named("ENTRYPOINT", "CMD"))), ())
    if any(_OWN_SCRIPT.search(item.command) for item in started) and any(
        _FOR_ANOTHER.search(item.text) for stage in line for item in stage.named("RUN")
    ):
        return True
    return any(_STEPS_DOWN.search(text) for text in texts) or any(
        _STEPS_DOWN.search(item.text) and "ENTRYPOINT" in {other.name for other in final.instructions}
        for item in final.named("RUN", "COPY")
    )


def _base(image: Dockerfile, stage: Stage) -> Iterator[Fault]:
    base = stage.base
    if stage.parent is not None or base.lower() == "scratch" or "$" in base or "@sha256:" in base:
        return
    tag = base.rpartition("/")[2].partition(":")[2]
    if tag and tag.lower() not in ("latest", "lts", "current", "stable", "edge", "nightly"):
        return
    yield Fault(
        "latest-tag",
        image.path,
        stage.line,
        stage.line,
        f"{stage.written} names no version: tomorrow's build is made from something else than today's.",
        f"{stage.number}:{stage.written}",
        confidence=None if tag in ("", "latest") and stage.base == stage.written else 0.7,
    )


def _commands(image: Dockerfile, stage: Stage) -> Iterator[Fault]:
    for item in stage.named("RUN"):
        text = item.command
        if _PIPED.search(text) and not _CHECKED.search(text):
            yield _fault(
                image, "remote-script", item,
                "A script is taken from the internet and run unseen while the image is built.", confidence=0.8,
            )  # fmt: skip
        match = _UNVERIFIED.search(text)
        if match is not None:
            yield _fault(
                image, "unverified-download", item,
                f'"{match[0].strip()[-60:]}" switches off the check of who sent a file: anybody on the '
                f'way can replace it.',
            )  # fmt: skip
        opened = _OPEN_MODE.search(text)
        if opened is not None and not _FOR_SCRAP.match(text[opened.end() :]):
            yield _fault(
                image,
                "wide-permissions",
                item,
                "Files are made writable for everybody, the attacker's process too.",
            )
        if _SUDO.search(text):
            yield _fault(image, "sudo", item, "sudo has no place in an image: it keeps a way back to root.")
        if _CHPASSWD.search(text):
            yield _fault(
                image, "weak-login", item, "A password or a login as root is set up inside the image."
            )
    for item in stage.named("ENV", "ARG"):
        for name, value, line in item.pairs():
            lowered = name.lower()
            if value.lower() in _PLAIN_ENV.get(lowered, ()) or (
                lowered in ("pip_trusted_host", "goinsecure") and value
            ):
                yield Fault(
                    "unverified-download", image.path, line, line,
                    f"{name} switches off the check of who sent a file, for the build and for the app.", name,
                )  # fmt: skip
    for item in stage.named("ADD"):
        source = item.words[0].strip("\"'") if item.words else ""
        if _REMOTE.match(source) and not item.has("checksum"):
            yield _fault(
                image, "add-remote", item, "ADD fetches a file from the internet without checking what came."
            )


def _start(image: Dockerfile) -> Iterator[Fault]:
    final = image.final
    commands = final.named("CMD", "ENTRYPOINT")
    for item in commands:
        match = _DEV_SERVER.search(" ".join(item.command.split()))
        if match is not None:
            yield _fault(
                image, "dev-server-cmd", item,
                f'The image starts a development server ("{match[0].strip()}"): slow, and it shows '
                f'strangers your code.',
            )  # fmt: skip
    checks = [item for stage in image.lineage(final) for item in stage.named("HEALTHCHECK")]
    serves = bool(final.named("EXPOSE")) and any(_SERVER.search(item.command) for item in commands)
    if checks and checks[0].text.strip().upper() == "NONE":
        yield _fault(image, "no-healthcheck", checks[0], "The health check of the image is switched off.")
    elif serves and not checks:
        yield Fault(
            "no-healthcheck",
            image.path,
            final.line,
            final.last_line,
            "Nothing tells whether the app in this container still answers: a hung one is never restarted.",
            "no-healthcheck",
        )


def _ports(image: Dockerfile) -> Iterator[Fault]:
    for item in image.final.named("EXPOSE"):
        for word in item.text.split():
            port = word.partition("/")[0]
            if port in _REMOTE_PORTS:
                yield _fault(
                    image, "remote-login-port", item,
                    f"Port {port} ({_REMOTE_PORTS[port]}) is opened in the image: logging in does not "
                    f"belong in an app's container.",
                    port,
                )  # fmt: skip
