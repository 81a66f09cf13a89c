"""Steps of a build that do nothing, take what is newest on that day, or name what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.project.models.delivery.dockerfiles import Dockerfile, Instruction, Stage, as_list

_START = r"(?:^|&&|\|\||;)\s{0,40}(?:sudo\s+)?"
_POINTLESS = re.compile(
    _START
    + r"(?:ssh(?=\s+[^\n-])|vim?|nano|shutdown|service\s+[\w.-]+\s+(?:re)?start|systemctl\s+(?:re)?start"
    r"|ps|free|top|kill|ifconfig|reboot)(?=\s|$)",
    re.MULTILINE,
)
_UPGRADE = re.compile(
    _START + r"(?:apt-get|apt|apk|yum|dnf|microdnf|tdnf|zypper)\s+(?:-\S+\s+){0,4}"
    r"(?:upgrade(?!\s+(?:-\S+\s+){0,4}[a-z])|dup|dist-upgrade|full-upgrade)",
    re.MULTILINE,
)
_RPM_UPDATE = re.compile(
    _START + r"(?:yum|dnf|microdnf|zypper)\s+(?:-\S+\s+){0,4}(?:update|up)\b(?!\s+(?:-\S+\s+){0,4}[a-z])"
)
_NPM = re.compile(
    _START
    + r"(?:npm\s+(?:-\S+\s+){0,3}(?:install|i|add)|yarn\s+global\s+add|pnpm\s+add)((?:[ \t]+[^\s;&|]{1,200}){1,30})",
    re.MULTILINE,
)
_GEM = re.compile(_START + r"gem\s+(?:install|i)((?:[ \t]+[^\s;&|]{1,200}){1,20})", re.MULTILINE)
_PIP = re.compile(
    _START + r"(?:pip[23]?|python3?\s+-m\s+pip)\s+install((?:[ \t\\]+\n?[ \t]*[^\s;&|]{1,300}){1,40})",
    re.MULTILINE,
)
_GO = re.compile(r"\bgo\s+(?:install|get|run)\s+(?:-\S+\s+){0,3}[\w./-]{3,200}@latest\b")
# What another command answers is part of a path, and no name of a package.
_ANSWER = re.compile(r"\"?\$\([^()\n]{1,80}\)[^\s;&|]{0,120}")
_TAKES_VALUE = frozenset(
    ("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "-i", "--index-url", "--prefix",
     "--extra-index-url", "-f", "--find-links", "--registry", "--trusted-host", "--root", "--version", "-v", "--cwd")
)  # fmt: skip
_OWN_TOOLS = frozenset(("pip", "setuptools", "wheel", "npm", "build"))
_NPM_NAME = re.compile(r"^(?:@[\w.-]+/)?[a-z][\w.-]{0,100}$", re.IGNORECASE)
_PY_NAME = re.compile(r"^[A-Za-z][\w.-]{0,80}(?:\[[\w,-]{1,80}\])?$")
_ARCHIVE = re.compile(r"\.(?:tar|tgz|gz|zip|whl|bz2|gem)(?:\.|$)")
_SHELL_LINK = re.compile(r"\bln\s+(?:-\w+\s+){0,3}/bin/bash\s+/bin/sh\b|\brm\s+(?:-\w+\s+)?/bin/sh\b")
_PIPE = re.compile(
    r"\b(?:curl|wget|npm|yarn|pip|apt-get|git|gpg)\b[^\n|;&]{0,400}[^|\\]\|(?!\|)"
    r"\s{0,10}(?!(?:sudo\s+(?:-\w+\s+)?)?(?:/\w+/)?(?:bash|sh|zsh|python3?|node|perl)\b)[a-z/]"
)
_SHELL_SYNTAX = re.compile(r"[$|&;<>`*?~\"']|^\s*exec\s")
_IMAGE_LIKE = re.compile(r"[./:@$]|^\d+$")
_PART_OF_VALUE = re.compile(r"\$\{?(\w{1,80})")


def does_nothing(text: str) -> Iterator[str]:
    """Parts of a RUN that the image is not the better for."""
    if _POINTLESS.search(text):
        yield "starts something that ends with the step (ssh, service, top …)"
    if _SHELL_LINK.search(text):
        yield "puts another shell in the place of /bin/sh (SHELL does that for the build alone)"


def newest(text: str) -> Iterator[str]:
    """Parts of a RUN that give something else on another day."""
    if _UPGRADE.search(text) or _RPM_UPDATE.search(text):
        yield "replaces parts of the base image by what is newest on that day"
    names = [*_unpinned_node(text), *_unpinned_python(text), *_unpinned_ruby(text)]
    if _GO.search(text):
        names.append("a Go tool")
    if names:
        yield f"takes whatever version of {names[0]} is newest on that day"


def goes_on(text: str, stage: Stage) -> bool:
    """A pipe whose first part may fail without the build stopping."""
    told = any("pipefail" in item.text for item in stage.named("SHELL"))
    return not told and "pipefail" not in text and "<<" not in text and _PIPE.search(text) is not None


def _words(rest: str) -> Iterator[str]:
    words = rest.replace("\\\n", " ").replace("\\", " ").split()
    skip = False
    for word in words:
        if word == "--":
            return
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _TAKES_VALUE
        else:
            yield word.strip("\"'")


def _is_bare(word: str, name: re.Pattern[str], mark: str) -> bool:
    """Whether a package is named without its version, or a repository without its commit."""
    scheme, _, rest = word.partition("://")
    if scheme in ("git", "git+https", "git+ssh", "git+http"):
        return mark not in rest.rpartition("/")[2].partition("#egg")[0]
    return bool(name.match(word)) and word not in _OWN_TOOLS and not _ARCHIVE.search(word)


def _unpinned_node(text: str) -> Iterator[str]:
    for match in _NPM.finditer(_ANSWER.sub("./", text)):
        yield from (word for word in _words(match[1]) if _is_bare(word, _NPM_NAME, "#"))


def _unpinned_python(text: str) -> Iterator[str]:
    for match in _PIP.finditer(text):
        if re.search(r"\s(?:-c|--constraint|-r|--requirement)\b", match[1]):
            continue
        yield from (word for word in _words(match[1]) if _is_bare(word, _PY_NAME, "@"))


def _unpinned_ruby(text: str) -> Iterator[str]:
    for match in _GEM.finditer(text):
        if not re.search(r"\s(?:-v|--version)[\s=]", match[1]):
            yield from (word for word in _words(match[1]) if re.fullmatch(r"[a-z][\w-]{0,80}", word))


def stage_breaks(image: Dockerfile, stage: Stage) -> Iterator[tuple[Instruction, str]]:
    """Instructions that do something else than they seem to."""
    names = {other.alias for other in image.stages if other.number < stage.number and other.alias}
    for item in stage.named("COPY"):
        source = (item.flag("from") or "").lower()
        later = source.isdigit() and int(source[:9]) > stage.number
        if later or (source and source not in (*names, stage.alias) and not _IMAGE_LIKE.search(source)):
            yield item, f"COPY --from={source} names no stage above it."
    for item in stage.named("ENV"):
        yield from _of_itself(item)
    for item in stage.named("CMD", "ENTRYPOINT"):
        text = item.text.strip()
        if (
            text
            and as_list(item.text) is None
            and not text.startswith("[")
            and not _SHELL_SYNTAX.search(text)
        ):
            yield (
                item,
                f"{item.name} is started through a shell, which keeps the signal to stop to itself: write it as a "
                f"JSON list.",
            )
    if not any(part.named("WORKDIR") for part in image.lineage(stage)):
        yield from _without_folder(image, stage)


def _of_itself(item: Instruction) -> Iterator[tuple[Instruction, str]]:
    """`ENV A=1 B=$A` gives B what A was before."""
    pairs = item.pairs()
    for number, (_, value, _) in enumerate(pairs):
        used = set(_PART_OF_VALUE.findall(value))
        own = next((name for name, _, _ in pairs[:number] if name in used), "")
        if own:
            yield item, f"${own} does not have its new value yet in the instruction that sets it."
            return


def _without_folder(image: Dockerfile, stage: Stage) -> Iterator[tuple[Instruction, str]]:
    if image.lineage(stage)[-1].base.lower() == "scratch":
        return
    for item in stage.named("COPY"):
        target = item.words[-1].strip("\"'") if len(item.words) > 1 else ""
        if target and not re.match(r"^(?:/|\$|[A-Za-z]:|\\)", target) and "<<" not in item.text:
            yield item, "No WORKDIR is set, so this lands wherever the base image happens to stand."
            return
