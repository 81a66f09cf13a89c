"""What is wrong in Kubernetes manifests."""

from __future__ import annotations

from collections.abc import Iterator

from lastmile_desktop.core.check import Severity
from lastmile_desktop.project.models.delivery.delivery_fault import Fault
from lastmile_desktop.project.models.yaml_tree import Kind, Yaml

_WORKLOADS = frozenset(("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet"))


def is_manifest(documents: tuple[Yaml, ...]) -> bool:
    return any(root.value("kind") and root.value("apiVersion") for root in documents)


def kubernetes_faults(path: str, documents: tuple[Yaml, ...]) -> Iterator[Fault]:
    for root in documents:
        if root.value("kind") in _WORKLOADS:
            spec = _pod(root)
            if spec is not None:
                yield from _workload(path, root, spec)


def _pod(root: Yaml) -> Yaml | None:
    kind = root.value("kind")
    if kind == "Pod":
        return root.get("spec")
    if kind == "CronJob":
        return root.get("spec", "jobTemplate", "spec", "template", "spec")
    return root.get("spec", "template", "spec")


def _workload(path: str, root: Yaml, spec: Yaml) -> Iterator[Fault]:
    name = root.value("metadata", "name") or root.value("kind")
    for flag in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.value(flag) == "true":
            line = spec.line_of(flag)
            yield Fault(
                "privileged",
                path,
                line,
                line,
                f"{name} shares the machine's own {flag[4:].lower()}.",
                f"{name}:{flag}",
            )
    for field in ("containers", "initContainers"):
        listed = spec.get(field)
        for item in listed.items if listed is not None else ():
            if item.kind is Kind.MAP:
                yield from _container(path, name, item, spec, field == "containers")


def _container(path: str, name: str, item: Yaml, spec: Yaml, main: bool) -> Iterator[Fault]:
    called = f"{name}/{item.value('name')}"
    for flag in ("privileged", "allowPrivilegeEscalation"):
        node = item.get("securityContext", flag)
        if node is not None and node.text == "true":
            yield Fault(
                "privileged",
                path,
                node.line,
                node.line,
                f"{called} may take over the machine that runs it.",
                f"{called}:{flag}",
            )
    image = item.get("image")
    if (
        image is not None
        and image.text
        and "@sha256:" not in image.text
        and "{{" not in image.text
        and "$" not in image.text
    ):
        tag = image.text.rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest"):
            yield Fault(
                "latest-tag",
                path,
                image.line,
                image.line,
                f"{image.text} names no version: what runs tomorrow is not known.",
                called,
            )
    if main and item.get("resources", "limits") is None:
        yield Fault(
            "no-limits", path, item.line, item.line,
            f"{called} may use all memory of its machine: one leak takes the others down with it.",
            called, Severity.MEDIUM,
        )  # fmt: skip
