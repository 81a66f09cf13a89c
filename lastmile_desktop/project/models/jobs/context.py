"""What is known around a call that may start a job in TypeScript or JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.project.code.outline import Call, Do, Outline, Value
from lastmile_desktop.project.models.calls.sites import Spot
from lastmile_desktop.project.models.jobs.model import Job, JobKind, QueueSettings, Send, Settings
from lastmile_desktop.project.models.jobs.values import bare_module, text_of

Found = Job | Send | QueueSettings
NAME = re.compile(r"^[A-Za-z_$][\w$.]*$")


class Context:
    """What a file imports and which queues its variables are."""

    def __init__(self, outline: Outline, text: str) -> None:
        self.outline = outline
        self.text = text
        self.modules: Mapping[str, str] = {
            local: bare_module(item.module)
            for item in outline.imports
            for local, _ in item.names
            if not item.type_only
        }
        self.imported = frozenset(self.modules.values()) | {
            bare_module(item.module) for item in outline.imports
        }
        self.queues = dict(self._named())

    @property
    def path(self) -> str:
        return self.outline.path

    def has(self, *packages: str) -> bool:
        return any(
            module == package or module.startswith(package + "/")
            for module in self.imported
            for package in packages
        )

    def _named(self) -> Iterator[tuple[str, str]]:
        """Variables that hold a queue, with the queue's name."""
        for step in self.outline.top:
            if not isinstance(step, Do) or step.value is None:
                continue
            made = next(
                (call for call in step.value.calls if call.is_new and call.root in ("Queue", "Bull")), None
            )
            if made is not None and made.args:
                yield from ((target, text_of(made.args[0])) for target in step.targets)


def job_of(
    spot: Spot,
    context: Context,
    kind: JobKind,
    library: str,
    name: str,
    work: Value,
    schedule: str = "",
    settings: Settings | None = None,
) -> Job:
    return Job(
        kind, library, name, context.path, spot.call.span.line, spot.function, work_of(work), schedule,
        settings=settings or Settings(), call=spot.call,
    )  # fmt: skip


def work_of(value: Value) -> str:
    """The function that a value is or calls: inline, by name, or `run(x)` whose promise is handed on."""
    if value.function:
        return value.function
    if NAME.match(value.text):
        return value.text
    called = next((call for call in reversed(value.calls) if not call.is_new), None)
    return _called(called) if called else ""


def _called(call: Call) -> str:
    first = call.links[0] if call.links else None
    return f"{call.root}.{first.name}" if first and first.name and first.args is not None else call.root
