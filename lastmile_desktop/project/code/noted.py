"""What is noted while a file is read, in whatever language."""

from __future__ import annotations

from lastmile_desktop.project.code.outline import Call, ClassDef, Import


class Noted:
    """Imports and classes, what could not be read, and the names that functions have got."""

    def __init__(self) -> None:
        self.imports: list[Import] = []
        self.classes: list[ClassDef] = []
        self.problems: list[str] = []
        self._names: set[str] = set()
        # Kept for as long as this object, so that an id cannot come to mean another call.
        self._singles: dict[int, tuple[Call, ...]] = {}

    def once(self, calls: list[Call]) -> tuple[Call, ...]:
        """Calls as a tuple. A single call is in the values around it and in its statement: all share one."""
        if len(calls) != 1:
            return tuple(calls)
        call = calls[0]
        known = self._singles.get(id(call))
        if known is None:
            known = self._singles[id(call)] = (call,)
        return known

    def problem(self, message: str) -> None:
        if message not in self.problems:
            self.problems.append(message)
