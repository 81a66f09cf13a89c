"""Names that stand for a collection or a repository: `const invoices = db.collection("invoices")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lastmile_desktop.project.code.outline import Call, Do, Step

_GIVES = frozenset(
    ("collection", "getRepository", "getMongoRepository", "getTreeRepository", "getCustomRepository")
)


def gives_store(call: Call) -> bool:
    """Whether a call hands out a collection or a repository, and asks it nothing yet."""
    last = call.links[-1] if call.links else None
    return last is not None and bool(last.args) and (last.name or call.root) in _GIVES


def held_in(steps: Iterable[Step]) -> dict[str, Call]:
    """The names that these statements give to collections and repositories."""
    return {
        step.targets[0]: step.value.calls[0]
        for step in steps
        if isinstance(step, Do)
        and len(step.targets) == 1
        and not step.unpacks
        and step.value is not None
        and step.value.calls
        and gives_store(step.value.calls[0])
    }


def spelled_out(call: Call, held: Mapping[str, Call]) -> Call:
    """The call with what its first name stands for."""
    store = held.get(call.root)
    if store is None or not call.links:
        return call
    return replace(call, root=store.root, links=(*store.links, *call.links))
