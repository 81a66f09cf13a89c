"""delivery.iac-unsafe: the files that build and run the servers leak secrets or cannot be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import at, derived
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, Unknown
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models import yaml_tree
from lastmile_desktop.project.models.delivery import dockerfiles, hcl
from lastmile_desktop.project.models.delivery.compose_faults import compose_faults, is_compose, serves_others
from lastmile_desktop.project.models.delivery.container_faults import container_faults
from lastmile_desktop.project.models.delivery.container_hygiene import hygiene_faults
from lastmile_desktop.project.models.delivery.container_secrets import secret_faults
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.delivery.dockerfiles import Dockerfile
from lastmile_desktop.project.models.delivery.kubernetes_faults import is_manifest, kubernetes_faults
from lastmile_desktop.project.models.delivery.terraform_faults import TerraformFile, terraform_faults
from lastmile_desktop.project.path_kinds import PathKind, path_kind
from lastmile_desktop.project.view import ProjectView

CHECK = "delivery.iac-unsafe"
_STATE = re.compile(r"(?:^|/)[\w.-]{0,80}\.tfstate(?:\.\d{1,20})?(?:\.backup)?$")
_VALUES = re.compile(r"(?:^|/)[\w.-]{0,80}\.(?:auto\.)?tfvars(?:\.json)?$")
_SECRET_VALUE = re.compile(
    r"(?im)^\s{0,20}\"?(\w{0,60}(?:password|passwd|secret|token|api_key|private_key|access_key)\w{0,20})\"?"
    r"\s{0,10}[=:]\s{0,10}\"(?!\s*\"|change|your|xxx|example|<)([^\"$\n]{4,200})\""
)
_ENV_FILE = re.compile(r"(?:^|/)\.env(?:\.(?!example|sample|template|dist)[\w.-]{1,40})?$")
_LIVE = re.compile(r"prod|deploy|live|release", re.IGNORECASE)
_DATABASE_FOR_WORK = re.compile(
    r"(?i)(?:POSTGRES_DB|MYSQL_DATABASE|"
    r"MONGO_INITDB_DATABASE)\"?\s{0,3}[:=]\s{0,3}[\"']?[\w-]{0,40}[_-](?:dev|development|local|test)\b"
)
_ATTEST = "State that a plan was run against the live servers and showed no difference."


def detect(view: ProjectView) -> Detection:
    images = tuple(item for item in dockerfiles.build(view) if not dockerfiles.for_work_only(item.path))
    terraform = tuple(_terraform(view))
    yamls = tuple(_yamls(view))
    states = tuple(_tracked(view, _STATE))
    if not images and not terraform and not yamls and not states:
        return Detection(
            not_applicable=NotApplicable("No Dockerfile, compose file, Terraform or Kubernetes manifest.")
        )
    faults = (
        *(
            fault
            for image in images
            for fault in _of_image(view, image)
            if fault.rule != "no-healthcheck" or not _asked_by_compose(view, image.path)
        ),
        *terraform_faults(terraform),
        *(fault for path, file in yamls for fault in _of_yaml(path, file)),
        *_state(view, states),
        *_ignores(view, images),
    )
    paths = (
        *(image.path for image in images),
        *(file.path for file in terraform),
        *(path for path, _ in yamls),
    )
    broken = tuple((path, file.problem) for path, file in yamls if file.problem)
    return Detection(
        findings=tuple(fault.as_finding(CHECK) for fault in faults),
        passes=tuple(_passes(images, terraform, yamls)),
        unknowns=tuple(Unknown(f"{path}: {why}", path) for path, why in broken),
        looked=(Looked("infrastructure files", len(paths) - len(broken), len(paths)),),
        needs_attestation=_ATTEST if terraform else "",
    )


def _of_image(view: ProjectView, image: Dockerfile) -> tuple[Fault, ...]:
    digest = view.tree.files[image.path].digest
    key = (image.path, digest)
    return view.whole(f"image-faults:{image.path}", key, lambda: _judge_image(image))


def _asked_by_compose(view: ProjectView, path: str) -> bool:
    """Whether a compose file that builds this image asks the container itself whether it answers."""
    folder = path.rpartition("/")[0]
    for entry in view.tree.readable():
        if is_compose(entry.path):
            text = view.text(entry.path) or ""
            builds = path in text or (
                folder and re.search(rf"context:\s{{0,3}}[\"']?(?:\./)?{re.escape(folder)}/?[\"']?\s", text)
            )
            if "healthcheck:" in text and (builds or not folder):
                return True
    return False


def _judge_image(image: Dockerfile) -> tuple[Fault, ...]:
    return (*container_faults(image), *secret_faults(image), *hygiene_faults(image))


def _terraform(view: ProjectView) -> Iterator[TerraformFile]:
    for entry in view.tree.readable():
        if entry.path.endswith(".tf") and _is_ours(entry.path):
            yield TerraformFile(entry.path, view.per_file("hcl", entry.path, hcl.parse, ()))


def _is_ours(path: str) -> bool:
    """Examples and the tests of modules are nobody's servers."""
    return path_kind(path) not in (PathKind.EXAMPLE, PathKind.TEST, PathKind.DOC)


def _yamls(view: ProjectView) -> Iterator[tuple[str, yaml_tree.YamlFile]]:
    for entry in view.tree.readable():
        if (
            entry.suffix not in (".yml", ".yaml")
            or not _is_ours(entry.path)
            or entry.path.startswith(".github/")
        ):
            continue
        if is_compose(entry.path):
            if _has_live_twin(view, entry.path):
                continue
            if view.per_file("compose-for-work", entry.path, _for_work, False):
                continue
            file = view.per_file("yaml", entry.path, yaml_tree.parse, yaml_tree.YamlFile())
            if file.root is None or serves_others(entry.path, file.root):
                yield entry.path, file
        elif view.per_file("is-manifest", entry.path, _looks_like_manifest, False):
            file = view.per_file("yaml", entry.path, yaml_tree.parse, yaml_tree.YamlFile())
            # Charts are templates: what cannot be read as YAML there is no broken manifest.
            if not file.problem and is_manifest(file.documents):
                yield entry.path, file


def _for_work(text: str) -> bool:
    """Whether the database of this file is called after a developer's machine."""
    return _DATABASE_FOR_WORK.search(text) is not None


def _has_live_twin(view: ProjectView, path: str) -> bool:
    """A file for production beside it: then this one is for a developer's machine."""
    folder, _, name = path.rpartition("/")
    return not _LIVE.search(name) and any(
        _LIVE.search(other.rpartition("/")[2]) and other.rpartition("/")[0] == folder and is_compose(other)
        for other in view.tree.files
    )


def _looks_like_manifest(text: str) -> bool:
    return bool(
        re.search(r"(?m)^apiVersion:", text)
        and re.search(r"(?m)^kind:\s{0,5}(?:Deployment|StatefulSet|DaemonSet|Pod|Job|CronJob)\b", text)
    )


def _of_yaml(path: str, file: yaml_tree.YamlFile) -> Iterator[Fault]:
    if file.root is None:
        return
    if is_compose(path):
        yield from compose_faults(path, file.root)
    else:
        yield from kubernetes_faults(path, file.documents)


def _tracked(view: ProjectView, pattern: re.Pattern[str]) -> Iterator[str]:
    """Files of this name that others get with the repository."""
    tracked = view.git.tracked
    for entry in view.tree:
        shared = tracked is None or entry.path in tracked
        if shared and pattern.search(entry.path) and ".example" not in entry.path:
            yield entry.path


def _state(view: ProjectView, states: tuple[str, ...]) -> Iterator[Fault]:
    for path in states:
        text = view.text(path) or ""
        secret = re.search(
            r'"(?:password|secret|private_key|token|master_password|connection_string)"\s*:\s*"[^"]', text
        )
        line = line_at(text, secret.start()) if secret is not None else 1
        yield Fault(
            "state-committed", path, line, line,
            f"{path} is in the repository: it holds all addresses, names and passwords of your servers in "
            f"plain text.",
            path, None if secret is not None else Severity.HIGH,
        )  # fmt: skip
    for path in _tracked(view, _VALUES):
        match = _SECRET_VALUE.search(view.text(path) or "")
        if match is not None and _is_ours(path):
            line = line_at(view.text(path) or "", match.start(1))
            yield Fault(
                "plaintext-secrets", path, line, line,
                f"{match[1]} stands in {path}, which everybody gets with the repository.", match[1],
            )  # fmt: skip


def _ignores(view: ProjectView, images: tuple[Dockerfile, ...]) -> Iterator[Fault]:
    """`COPY . .` takes the settings of this computer along unless a file says not to."""
    for image in images:
        folder = image.path.rpartition("/")[0]
        item = next(
            (
                item
                for stage in image.stages
                for item in stage.named("COPY", "ADD")
                if not item.has("from") and item.words[:1] in ((".",), ("./",)) and len(item.words) == 2
            ),
            None,
        )
        if item is None:
            continue
        candidates = [f"{image.path}.dockerignore", f"{folder}/.dockerignore".lstrip("/"), ".dockerignore"]
        ignore = next((path for path in candidates if path in view.tree), "")
        settings = [
            entry.path
            for entry in view.tree
            if _ENV_FILE.search(entry.path) and entry.path.startswith(f"{folder}/" if folder else "")
        ]
        if ignore and (not settings or _keeps_out(view.text(ignore) or "")):
            continue
        if not settings and not _has_project(view, folder):
            continue
        what = f"{settings[0]} goes" if settings else "settings, history and tools of this computer go"
        yield Fault(
            "no-dockerignore", image.path, item.line, item.last_line,
            f"{what[0].upper()}{what[1:]} into the image with COPY . .: list what stays out in "
            f".dockerignore.",
            "copy-all", Severity.MEDIUM if settings else Severity.LOW, None if settings else 0.65,
        )  # fmt: skip


def _keeps_out(text: str) -> bool:
    return bool(re.search(r"(?m)^\s{0,5}(?:\*\*/|\./|/)?(?:\.env|\.\*|\*)", text))


def _has_project(view: ProjectView, folder: str) -> bool:
    prefix = f"{folder}/" if folder else ""
    return any(
        f"{prefix}{name}" in view.tree for name in ("package.json", "requirements.txt", "pyproject.toml")
    )


def _passes(
    images: tuple[Dockerfile, ...],
    terraform: tuple[TerraformFile, ...],
    yamls: tuple[tuple[str, yaml_tree.YamlFile], ...],
) -> Iterator[PassEvidence]:
    for image in images:
        user = next((item for stage in image.lineage(image.final) for item in stage.named("USER")), None)
        if user is not None:
            yield PassEvidence(at(image.path, user.line, note="runs as a user of its own"))
        else:
            yield PassEvidence(at(image.path, image.final.line, note=f"built on {image.final.written}"))
    for file in terraform:
        for block in file.blocks:
            if block.kind == "terraform":
                remote = next(block.inner("backend", "cloud"), None)
                if remote is not None:
                    yield PassEvidence(at(file.path, remote.line, note="the state lies apart, and locked"))
    for path, file in yamls:
        if file.root is not None:
            yield PassEvidence(derived("services with fixed versions and closed ports", path))
