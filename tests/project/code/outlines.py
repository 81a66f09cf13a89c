"""Outlines in a short notation, so that a test can show a whole function in a few lines."""

from __future__ import annotations

from textwrap import dedent

from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Leave,
    Loop,
    Outline,
    Step,
    Value,
)
from lastmile_desktop.project.code.parse import outline


def ts(text: str, path: str = "a.ts") -> Outline:
    return outline(path, dedent(text))


def py(text: str) -> Outline:
    return outline("a.py", dedent(text))


def value(item: Value) -> str:
    """A value: `{a: …}` and `[…]` for literals with members, else its text."""
    name = f"{item.name}=" if item.name else ""
    if item.function:
        return f"{name}<{item.function}>"
    if item.entries:
        return name + "{" + ", ".join(f"{key}: {value(member)}" for key, member in item.entries) + "}"
    if item.items and item.text.startswith("["):
        return name + "[" + ", ".join(value(member) for member in item.items) + "]"
    return name + item.text


def call(item: Call) -> str:
    """A call: `a = await root.link(args)`."""
    assigned = f"{', '.join(item.assigned)} = " if item.assigned else ""
    links = "".join(
        ("." + link.name if link.name else "")
        + ("" if link.args is None else "(" + ", ".join(value(argument) for argument in link.args) + ")")
        for link in item.links
    )
    return f"{assigned}{'await ' if item.awaited else ''}{'new ' if item.is_new else ''}{item.root}{links}"


def steps(found: tuple[Step, ...], indent: int = 0) -> list[str]:
    """Steps, one a line, nested ones indented."""
    lines: list[str] = []
    pad = "  " * indent
    for step in found:
        match step:
            case Do():
                lines.extend(pad + call(item) for item in step.calls)
                if not step.calls and step.targets and step.value is not None:
                    lines.append(f"{pad}{', '.join(step.targets)} := {value(step.value)}")
            case Leave():
                lines.extend(pad + call(item) for item in step.calls)
                lines.append(f"{pad}{step.how} {value(step.value) if step.value else ''}".rstrip())
            case Branch():
                lines.extend(pad + call(item) for item in step.calls)
                lines.append(f"{pad}if {step.test}")
                lines.extend(steps(step.then, indent + 1))
                if step.orelse:
                    lines.append(f"{pad}else")
                    lines.extend(steps(step.orelse, indent + 1))
            case Attempt():
                lines.append(f"{pad}try")
                lines.extend(steps(step.body, indent + 1))
                for handler in step.handlers:
                    lines.append(f"{pad}catch")
                    lines.extend(steps(handler, indent + 1))
                if step.final:
                    lines.append(f"{pad}finally")
                    lines.extend(steps(step.final, indent + 1))
            case Loop():
                lines.extend(pad + call(item) for item in step.calls)
                lines.append(f"{pad}{step.kind}")
                lines.extend(steps(step.body, indent + 1))
    return lines


def body(found: Outline, name: str) -> list[str]:
    """The steps of one function."""
    function = found.function(name)
    assert function is not None, [item.name for item in found.functions]
    return steps(function.body)
