"""Which function of the project a call inside a webhook handler means."""

from __future__ import annotations

import re

from lastmile_desktop.project.code.outline import Do, Function, Import, Outline, steps_within
from lastmile_desktop.project.models.webhooks.reads import Found, Reads

_HOPS = 5
_INJECTED = re.compile(r"(?:private|public|protected|readonly)\s+(\w+)\s*:\s*([A-Z]\w*)")
# Too common to be recognised by their name alone.
_COMMON = frozenset(
    {
        *(
            "get",
            "post",
            "put",
            "set",
            "add",
            "delete",
            "update",
            "create",
            "find",
            "send",
            "save",
            "insert",
            "json",
        ),
        *(
            "parse",
            "text",
            "execute",
            "run",
            "query",
            "log",
            "error",
            "info",
            "warn",
            "debug",
            "push",
            "map",
            "filter",
        ),
        *(
            "then",
            "catch",
            "next",
            "status",
            "end",
            "from",
            "select",
            "toString",
            "has",
            "emit",
            "on",
            "use",
            "values",
        ),
        *(
            "where",
            "commit",
            "all",
            "first",
            "one",
            "call",
            "apply",
            "bind",
            "close",
            "start",
            "stop",
            "init",
            "handle",
        ),
    }
)


_EMPTY = frozenset({"null", "undefined", "None", "false", "False", '""', "''"})


def _constants_of(outline: Outline) -> dict[str, Do]:
    """What names are given at the top of a file, without those that get their value later or on a condition."""
    made = {
        target: step
        for step in outline.top
        if isinstance(step, Do) and step.value is not None
        for target in step.targets
    }
    bodies = [outline.top, *(function.body for function in outline.functions)]
    again = {
        target
        for body in bodies
        for step in steps_within(body)
        if isinstance(step, Do) and step is not made.get((step.targets or ("",))[0])
        for target in step.targets
    }
    return {
        name: step
        for name, step in made.items()
        if name not in again or step.value is None or step.value.text.strip() not in _EMPTY
    }


class HookLookup:
    """Follows names through scopes, imports, classes and instances."""

    def __init__(self, reads: Reads) -> None:
        self.reads = reads
        self._by_name: dict[str, dict[str, Function]] = {}
        self._constants: dict[str, dict[str, Do]] = {}
        self._cache: dict[tuple[str, str, str], tuple[Found, ...]] = {}

    def is_python(self, path: str) -> bool:
        outline = self.reads.outline(path)
        return outline is not None and outline.language == "python"

    def function(self, path: str, name: str) -> Function | None:
        """The function with this name in a file."""
        known = self._by_name.get(path)
        if known is None:
            outline = self.reads.outline(path)
            known = {item.name: item for item in outline.functions} if outline else {}
            self._by_name[path] = known
        return known.get(name)

    def functions(self, path: str, scope: str, dotted: str, made_by: str = "") -> tuple[Found, ...]:
        """The functions that `dotted` may mean inside the function `scope` of a file; several when a method is
        known by its name only. `made_by` is the class of the object it is called on, where known."""
        key = (path, scope, f"{made_by}>{dotted}")
        if key not in self._cache:
            self._cache[key] = self._functions(path, scope, dotted, made_by)
        return self._cache[key]

    def _functions(self, path: str, scope: str, dotted: str, made_by: str) -> tuple[Found, ...]:
        head, _, rest = dotted.partition(".")
        last = dotted.rpartition(".")[2]
        if head in ("this", "self", "cls"):
            return self._own_method(path, scope, rest)
        if not rest:
            local = self._in_scope(path, scope, head)
            return (local,) if local else self._imported(path, head)
        if made_by:
            method = self._method_of(path, made_by, last)
            if method:
                return (method,)
        found = self._member(path, scope, head, rest)
        if found:
            return found
        return self._namesakes(last) if not self._is_outside(path, head) else ()

    def _in_scope(self, path: str, scope: str, name: str) -> Found | None:
        while True:
            found = self.function(path, f"{scope}.{name}" if scope else name)
            if found:
                return (path, found)
            if not scope:
                return None
            scope = scope.rpartition(".")[0]

    def _own_method(self, path: str, scope: str, rest: str) -> tuple[Found, ...]:
        name = rest.rpartition(".")[2]
        injected = self._injected(path, scope, rest.partition(".")[0]) if "." in rest else ""
        if injected:
            method = self._method_of(path, injected, name) or self._method_of_type(path, injected, name)
            if method:
                return (method,)
        while scope:
            scope = scope.rpartition(".")[0]
            found = self.function(path, f"{scope}.{name}") if scope else None
            if found:
                return ((path, found),)
        return self._namesakes(name)

    def _injected(self, path: str, scope: str, attribute: str) -> str:
        """The class of `this.orders`, given to the constructor as `private readonly orders: OrdersService`."""
        maker = self.function(path, f"{scope.partition('.')[0]}.constructor")
        for param in maker.params if maker else ():
            found = _INJECTED.search(param)
            if found and found[1] == attribute:
                return found[2]
        return ""

    def _method_of_type(self, path: str, owner: str, name: str) -> Found | None:
        """The method of a class that is imported for its type alone, as frameworks inject it."""
        outline = self.reads.outline(path)
        for item in outline.imports if outline else ():
            for local, imported in item.names:
                home = self.reads.file(path, item.module) if local == owner else None
                method = self.function(home, f"{imported}.{name}") if home else None
                if home and method:
                    return (home, method)
        return None

    def import_of(self, path: str, name: str) -> tuple[Import, str] | None:
        """The import that binds a local name, and what it is called there."""
        outline = self.reads.outline(path)
        for item in outline.imports if outline else ():
            for local, imported in item.names:
                if local == name and not item.type_only:
                    return item, imported
        return None

    def module_of(self, path: str, name: str) -> str:
        """The module a local name comes from, "" when it is not imported."""
        found = self.import_of(path, name)
        return found[0].module if found else ""

    def _is_outside(self, path: str, name: str) -> bool:
        found = self.import_of(path, name)
        return found is not None and self.reads.file(path, found[0].module) is None

    def _imported(self, path: str, name: str, hops: int = 0) -> tuple[Found, ...]:
        found = self.import_of(path, name)
        if found is None:
            return ()
        target = self.target(path, found[0], found[1])
        return self._exported(target, found[1], hops) if target else ()

    def target(self, path: str, item: Import, imported: str) -> str:
        """The project file an import leads to; for Python also the module that `from package import module` means."""
        if self.is_python(path):
            separator = "" if item.module.endswith(".") else "."
            inner = self.reads.file(path, f"{item.module}{separator}{imported}")
            if inner:
                return inner
        return self.reads.file(path, item.module) or ""

    def _exported(self, path: str, name: str, hops: int) -> tuple[Found, ...]:
        outline = self.reads.outline(path)
        if outline is None or hops > _HOPS:
            return ()
        function = outline.exported(name) or self.function(path, name)
        if function:
            return ((path, function),)
        for export in outline.exports:
            if export.name != name and export.name != "*":
                continue
            if export.module:
                target = self.reads.file(path, export.module)
                wanted = name if export.name == "*" else export.local
                found = self._exported(target, wanted, hops + 1) if target else ()
            else:
                local = self._in_scope(path, "", export.local)
                found = (local,) if local else self._imported(path, export.local, hops + 1)
            if found:
                return found
        return self._imported(path, name, hops + 1) if self.import_of(path, name) else ()

    def home_of(self, path: str, name: str, hops: int = 0) -> tuple[str, str]:
        """The file where a module-level name is defined, and its name there; ("", "") when outside the project."""
        found = self.import_of(path, name)
        if found is None:
            return (path, name)
        target = self.target(path, found[0], found[1])
        if not target or hops > _HOPS:
            return ("", "")
        outline = self.reads.outline(target)
        for export in outline.exports if outline else ():
            if export.name == found[1] and export.local and not export.module:
                return self.home_of(target, export.local, hops + 1)
            if export.name in (found[1], "*") and export.module:
                inner = self.reads.file(target, export.module)
                if inner and export.local not in ("", "*"):
                    return (inner, export.local)
        return (target, found[1])

    def _member(self, path: str, scope: str, head: str, rest: str) -> tuple[Found, ...]:
        """`head.rest` where head is a class, an object, an instance or a module."""
        last = rest.rpartition(".")[2]
        found = self.import_of(path, head)
        if found is not None and found[1] == "*":
            target = self.target(path, found[0], "*")
            return self._exported(target, last, 0) if target else ()
        home, name = self.home_of(path, head)
        if not home:
            return ()
        if found is not None and self.is_python(path):
            as_module = self.reads.file(path, f"{found[0].module}.{found[1]}")
            if as_module:
                return self._exported(as_module, last, 0)
        for owner in (name, head):
            method = self.function(home, f"{owner}.{last}")
            if method:
                return ((home, method),)
        made = self._class_behind(home, name)
        if made:
            method = self._method_of(home, made, last)
            if method:
                return (method,)
        return ()

    def _class_behind(self, path: str, name: str) -> str:
        """The class that a module-level `name = new Class()` (or Python `Class()`) is made of."""
        step = self.constant(path, name)
        call = step.value.calls[0] if step and step.value and step.value.calls else None
        if call is None or not call.links or call.links[0].name:
            return ""
        return call.root if call.is_new or call.root[:1].isupper() else ""

    def _method_of(self, path: str, owner: str, name: str) -> Found | None:
        home, local = self.home_of(path, owner)
        method = self.function(home, f"{local}.{name}") if home else None
        return (home, method) if method else None

    def constant(self, path: str, name: str) -> Do | None:
        """The last module-level assignment of a name."""
        known = self._constants.get(path)
        if known is None:
            outline = self.reads.outline(path)
            known = _constants_of(outline) if outline else {}
            self._constants[path] = known
        return known.get(name)

    def _namesakes(self, name: str) -> tuple[Found, ...]:
        if name in _COMMON or len(name) < 4:
            return ()
        return self.reads.namesakes(name)
