"""Builds that are not repeatable, larger than needed, or that break on the next machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.container_steps import (
    does_nothing,
    goes_on,
    newest,
    stage_breaks,
)
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.delivery.dockerfiles import Dockerfile, Instruction, Stage

_APT = re.compile(
    r"\b(?:apt-get|apt|aptitude)\s+(?:-\S+\s+){0,6}(install|update|upgrade|dist-upgrade"
    r"|full-upgrade)\b([^\n;&|]{0,2000}(?:\n[^;&|]{0,2000}){0,60})?"
)
_YES = re.compile(
    r"(?:^|\s)(?:-[a-zA-Z]{0,6}y[a-zA-Z]{0,6}|--yes|--assume-yes|-qq|-q=2|-q\s+-q|--quiet\s+--quiet)(?=\s|$)"
)
_YES_BEFORE = re.compile(
    r"\b(?:apt-get|apt|yum|dnf|microdnf)\s+(?:-\S+\s+){0,4}(?:-[a-zA-Z]{0,6}y[a-zA-Z]{0,6}|--yes"
    r"|--assume-yes|-qq|-q\s+-q|--quiet\s+--quiet|--assumeyes)\s"
)
_LISTS = re.compile(
    r"rm\s+-[rf]{1,4}\s+[^;&|]{0,200}/var/lib/apt|--mount=type=cache|type=cache"
    r"|type=tmpfs"
)
_APK = re.compile(r"\bapk\s+(?:-\S+\s+){0,4}add\b([^\n;&|]{0,800}(?:\n[^;&|]{0,800}){0,30})?")
_RPM = re.compile(
    r"\b(yum|dnf|microdnf|tdnf)\s+(?:-\S+\s+){0,6}(install|localinstall|groupinstall|update|in|rei"
    r"|reinstall|up|upgrade|module\s+install)\b([^\n;&|]{0,800})"
)
_ZYPPER = re.compile(
    r"\bzypper\s+(?:-\S+\s+){0,6}(install|in|update|up|patch|dist-upgrade|dup)\b([^\n;&|]{0,800})"
)
_RPM_CLEAN = re.compile(
    r"(?:yum|dnf|microdnf|tdnf|zypper)\s+(?:-\S+\s+){0,3}(?:clean|cc)\b|rm\s+-[rf]{1,4}\s+[^;&"
    r"|]{0,100}/var/cache/(?:yum|dnf|zypp)"
)
_UPDATE_ALONE = re.compile(r"(?:apt-get|apt|yum|dnf|apk)\s+(?:-\S+\s+){0,4}update(?:\s+-\S+){0,4}")
_APK_CLEAN = re.compile(r"rm\s+-[rf]{1,4}\s+[^;&|]{0,80}/var/cache/apk")
_PIP = re.compile(r"\bpip3?\s+install\b|\bpython3?\s+-m\s+pip\s+install\b")
_PIP_CLEAN = re.compile(
    r"--no-cache-dir|PIP_NO_CACHE_DIR=(?![\"']?(?:0|off|no|false)\b)|type=cache|/\.cache/pip|pip3?\s+cache\s+purge"
)
_CD = re.compile(r"(?:^|&&|;)\s{0,20}cd\s+(?:/|\.\.|\w)[^\s;&]{0,120}\s{0,20}(?:$|&&|;)")
_ARCHIVE = re.compile(r"\.(?:tar(?:\.\w{1,4})?|tgz|tbz2?|txz|gz|bz2|xz)$", re.IGNORECASE)
_LOWER_PORT = 0
_HIGHEST_PORT = 65_535
_DEV_INSTALL = re.compile(
    r"\b(?:npm\s+(?:ci|install|i)\b(?!\s+-g)|yarn(?:\s+install)?\b|pnpm\s+(?:install|i)\b"
    r"|bun\s+install\b)(?![^\n;&|]{0,120}(?:--omit[= ]dev|--production|--prod\b|-P\b))"
)
_NODE_BUILD = re.compile(r"\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?build\b")
_PRUNES = re.compile(r"prune\b|--omit[= ]dev|--production|--prod\b|NODE_ENV=production")


def hygiene_faults(image: Dockerfile) -> Iterator[Fault]:
    shipped = image.shipped()
    for stage in image.stages:
        for item in stage.named("RUN"):
            yield from _run(image, stage, item, stage.number in shipped)
        yield from _stage(image, stage)
    yield from _names(image)
    yield from _one_stage(image)


def _run(image: Dockerfile, stage: Stage, item: Instruction, stays: bool) -> Iterator[Fault]:
    """One finding for each RUN, with everything that it lacks. What a stage that is thrown away holds is no matter."""
    text = item.command if item.text.strip().startswith("[") else item.text
    cached = any("type=cache" in value or "type=tmpfs" in value for _, value in item.flags)
    broken = [*_breaks(text), *does_nothing(text), *(newest(text) if stays else ())]
    if stays and goes_on(text, stage):
        broken.append("goes on when the first part of its pipe fails (set -o pipefail)")
    untidy = list(_leaves(text, cached, stage)) if stays else []
    if broken:
        yield _made(image, item, "build-breaks", f"This step {_joined(broken)}.")
    if untidy:
        yield _made(
            image,
            item,
            "build-untidy",
            f"This step {_joined(untidy)}: the image is larger than it has to be.",
        )


def _joined(parts: list[str]) -> str:
    return " and ".join(dict.fromkeys(parts))


def _made(
    image: Dockerfile, item: Instruction, rule: str, message: str, confidence: float | None = None
) -> Fault:
    return Fault(
        rule,
        image.path,
        item.line,
        item.last_line,
        message,
        f"{item.name}:{item.text.strip()[:80]}",
        None,
        confidence,
    )


def _breaks(text: str) -> Iterator[str]:
    """What makes the build stop, differ from day to day, or use old lists."""
    actions = [(match[1], match[0]) for match in _APT.finditer(text)]
    for verb, whole in actions:
        if (
            verb == "install"
            and not _YES.search(whole)
            and not _YES_BEFORE.search(whole)
            and "APT::Get::Assume-Yes" not in text
        ):
            yield "waits for a yes that nobody types (apt-get install -y)"
    if re.search(r"(?:^|&&|;)\s{0,40}(?:sudo\s+)?apt\s+(?:-\S+\s+){0,3}(?:install|update|upgrade)\b", text):
        yield "uses apt, which is made for people and may change what it does (apt-get)"
    if _UPDATE_ALONE.fullmatch(text.strip()):
        yield "keeps the list of packages in a layer of its own, which is old at the next build"
    for match in _RPM.finditer(text):
        if (
            match[2] != "update"
            and not _YES.search(match[0])
            and not _YES_BEFORE.search(match[0])
            and "--assumeyes" not in match[0]
        ):
            yield f"waits for a yes that nobody types ({match[1]} install -y)"
    if _ZYPPER.search(text) and not re.search(r"(?:^|\s)(?:-n|--non-interactive|-y|--no-confirm)\b", text):
        yield "waits for a yes that nobody types (zypper -n)"
    if _CD.match(text.strip()) and "&&" not in text and ";" not in text:
        yield "changes the folder for itself alone (WORKDIR lasts)"


def _leaves(text: str, cached: bool, stage: Stage) -> Iterator[str]:
    """What is left behind in the layer."""
    installs = [match[0] for match in _APT.finditer(text) if match[1] == "install"]
    if installs:
        if any(
            "--no-install-recommends" not in whole and "Install-Recommends" not in text for whole in installs
        ):
            yield "installs packages that nothing asked for (--no-install-recommends)"
        if not cached and not _LISTS.search(text):
            yield "leaves the lists of packages behind (rm -rf /var/lib/apt/lists/*)"
    bare = any("--no-cache" not in match[0] and "-U" not in match[0].split() for match in _APK.finditer(text))
    if bare and not cached and not _APK_CLEAN.search(text):
        yield "leaves the package index behind (apk add --no-cache)"
    manager = _RPM.search(text) or _ZYPPER.search(text)
    if manager is not None and not cached and not _RPM_CLEAN.search(text[manager.end() :]):
        yield "leaves the package cache behind (clean all)"
    told = any(
        name.upper() == "PIP_NO_CACHE_DIR" and value.lower() not in ("0", "off", "no", "false")
        for item in stage.named("ENV", "ARG")
        for name, value, _ in item.pairs()
    )
    if _PIP.search(text) and not cached and not told and not _PIP_CLEAN.search(text):
        yield "leaves pip's cache behind (--no-cache-dir)"


def _stage(image: Dockerfile, stage: Stage) -> Iterator[Fault]:
    for item, message in stage_breaks(image, stage):
        yield _made(image, item, "build-breaks", message, 0.7)
    for name in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
        several = stage.named(name)
        for item in several[:-1]:
            yield _made(
                image,
                item,
                "build-breaks",
                f"There are several {name} in this stage; only the last one counts.",
            )
    for item in stage.named("WORKDIR"):
        place = item.text.strip().strip("\"'")
        if place and not re.match(r"^(?:/|\$|[A-Za-z]:[\\/]|%)", place):
            yield _made(
                image,
                item,
                "build-breaks",
                f"WORKDIR {place} depends on the base image: begin it with /.",
                0.7,
            )
    for item in stage.named("ADD"):
        words = tuple(word.strip("\"'") for word in item.words)
        local = words[:-1] if len(words) > 1 else words
        if (
            local
            and not any(re.match(r"(?i)https?://|git@|\$", word) or _ARCHIVE.search(word) for word in local)
            and "<<" not in item.text
        ):
            yield _made(
                image,
                item,
                "build-untidy",
                "ADD does more than copying (it unpacks and fetches): use COPY.",
                0.65,
            )
    for item in stage.named("EXPOSE"):
        ports = [port for word in item.text.split() for port in word.partition("/")[0].split("-")]
        if any(port.isdigit() and not _LOWER_PORT <= int(port[:9]) <= _HIGHEST_PORT for port in ports):
            yield _made(image, item, "build-breaks", "There is no port of that number.")
    for item in stage.named("COPY"):
        source = (item.flag("from") or "").lower()
        if source and (source == stage.alias or source == str(stage.number)):
            yield _made(image, item, "build-breaks", "COPY --from names its own stage.")
        words = item.words
        if (
            len(words) > 2
            and not words[-1].endswith(("/", ".", "\\"))
            and "<<" not in item.text
            and "$" not in words[-1]
        ):
            yield _made(
                image,
                item,
                "build-breaks",
                "COPY of several files needs a folder at the end: write it with a /.",
            )
    for item in stage.named("MAINTAINER"):
        yield _made(image, item, "build-untidy", "MAINTAINER is no longer read: use a LABEL.", 0.65)


def _names(image: Dockerfile) -> Iterator[Fault]:
    seen: set[str] = set()
    for stage in image.stages:
        if stage.alias and stage.alias in seen:
            yield Fault(
                "build-breaks", image.path, stage.line, stage.line,
                f"Two stages are called {stage.alias}: COPY --from takes one of them by chance.",
                f"alias:{stage.number}",
            )  # fmt: skip
        seen.add(stage.alias)


def _one_stage(image: Dockerfile) -> Iterator[Fault]:
    """Tools that only the build needs stay in the image that runs."""
    if len(image.stages) != 1:
        return
    runs = image.final.named("RUN")
    installs = next((item for item in runs if _DEV_INSTALL.search(item.command)), None)
    builds = any(_NODE_BUILD.search(item.command) for item in runs)
    pruned = any(_PRUNES.search(item.text) for item in image.final.instructions)
    if installs is not None and builds and not pruned:
        yield Fault(
            "single-stage-devdeps", image.path, installs.line, installs.last_line,
            "The tools of the build are all in the image that runs: more to download, and more that can "
            "have a hole.",
            "single-stage", Severity.LOW,
        )  # fmt: skip
