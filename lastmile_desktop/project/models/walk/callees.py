"""Which function of the project a call reaches: local, imported, a method of an object or of a class."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.outline import (
    Call,
    ClassDef,
    Do,
    Function,
    Leave,
    Outline,
    Value,
    steps_within,
)
from lastmile_desktop.project.code.resolve import Definition, Modules
from lastmile_desktop.project.models.routes.hook_locals import HookLocals

_TYPE = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s*)*(?:(?:private|public|protected|readonly)\s+)*[\w*]+\??\s*:\s*([A-Za-z_][\w.]*)"
)
_NAME = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s*)*(?:(?:private|public|protected|readonly)\s+)*\**([A-Za-z_$][\w$]*)"
)
_CLASS_HOPS = 4


@dataclass(frozen=True, slots=True)
class Target:
    """The function reached, in which file, and the arguments it gets. `bound` when the first Python parameter is
    the object itself, `maker` the call that made the object."""

    path: str
    function: Function
    args: tuple[Value, ...]
    bound: bool = False
    maker: Call | None = None


class Callees:
    """Looks names up in one project. Indexes of a file are made when the file is first asked about."""

    def __init__(self, outlines: Mapping[str, Outline], modules: Modules) -> None:
        self.outlines = outlines
        self.modules = modules
        self._seen: set[str] = set()
        self._functions: dict[str, dict[str, Function]] = {}
        self._values: dict[str, dict[str, Do]] = {}
        self._definitions: dict[tuple[str, str], Definition | None] = {}
        self._locals = HookLocals(outlines)

    @contextmanager
    def watching(self) -> Generator[set[str]]:
        """The files that are consulted meanwhile, for whoever keeps the result."""
        outer, self._seen = self._seen, set()
        try:
            yield self._seen
        finally:
            outer |= self._seen
            self._seen = outer

    def note(self, paths: Iterable[str]) -> None:
        """Files that a kept result was made from."""
        self._seen.update(paths)

    def functions(self, path: str) -> dict[str, Function]:
        """The functions of a file by name."""
        self._seen.add(path)
        known = self._functions.get(path)
        if known is None:
            outline = self.outlines.get(path)
            known = {function.name: function for function in outline.functions} if outline else {}
            self._functions[path] = known
        return known

    def value(self, path: str, name: str) -> Do | None:
        """The module-level statement that gives a name its value."""
        self._seen.add(path)
        known = self._values.get(path)
        if known is None:
            outline = self.outlines.get(path)
            steps = outline.top if outline else ()
            known = {}
            for step in steps:
                if isinstance(step, Do):
                    for target in step.targets:
                        known.setdefault(target, step)
            self._values[path] = known
        return known.get(name)

    def definition(self, path: str, name: str) -> Definition | None:
        key = (path, name)
        if key not in self._definitions:
            self._definitions[key] = self.modules.definition(path, name)
        found = self._definitions[key]
        self._seen.add(path)
        if found is not None and found.path:
            self._seen.add(found.path)
        return found

    def class_def(self, path: str, name: str) -> tuple[str, ClassDef] | None:
        """A class by the name it has in this file."""
        outline = self.outlines.get(path)
        self._seen.add(path)
        if outline is None:
            return None
        last = name.rpartition(".")[2]
        for item in outline.classes:
            if item.name == last:
                return path, item
        found = self.definition(path, name.partition(".")[0])
        if found is None or not found.path or found.path == path:
            return None
        there = self.outlines.get(found.path)
        wanted = found.name if "." not in name else last
        return (
            next(((found.path, item) for item in there.classes if item.name == wanted), None)
            if there
            else None
        )

    def named(self, path: str, scope: str, name: str) -> tuple[str, Function] | None:
        """The function a plain name means at a place inside `scope` (the enclosing function's name)."""
        functions = self.functions(path)
        while True:
            inner = functions.get(f"{scope}.{name}" if scope else name)
            if inner is not None:
                return path, inner
            if not scope:
                break
            scope = scope.rpartition(".")[0]
        found = self.definition(path, name)
        if found is None or not found.path:
            return None
        if found.function is not None:
            return found.path, found.function
        if found.name == "*":
            return self._whole(found.path)
        there = self.functions(found.path).get(found.name)
        if there is not None:
            return found.path, there
        step = self.value(found.path, found.name)
        if step is not None and step.value is not None and not step.value.calls:
            alias = step.value.text.strip()
            if re.fullmatch(r"[A-Za-z_$][\w$]*", alias) and alias != found.name:
                return self.named(found.path, "", alias)
        return None

    def _whole(self, path: str) -> tuple[str, Function] | None:
        """The function that `module.exports = …` gives to `const auth = require("./auth")`."""
        outline = self.outlines.get(path)
        export = next((item for item in outline.exports if item.name == "default"), None) if outline else None
        if outline is None or export is None or export.module:
            return None
        function = outline.exported("default") or self.functions(path).get(export.local)
        return (path, function) if function is not None else None

    def target(self, path: str, function: Function | None, call: Call) -> Target | None:
        """The function of the project that this call runs, None when it is an outside one or unknown."""
        if not call.links:
            return None
        scope = function.name if function else ""
        first = call.links[0]
        if not first.name:
            if len(call.links) > 1 or call.is_new:
                made = self._on_instance(path, call)
                if made is not None or call.is_new:
                    return made
            found = self.named(path, scope, call.root) or self._locals.taken(path, function, call.root)
        else:
            found = self._locals.called(path, call)
        if found is not None:
            self._seen.add(found[0])
            given = (
                first if first.args is not None else next((link for link in call.links if link.args), first)
            )
            return Target(*found, given.args or ())
        return self._method(path, function, call) if first.name else None

    def _on_instance(self, path: str, call: Call) -> Target | None:
        """`Service(db).load(x)` and `new Service().load(x)`."""
        method = next((link for link in call.links if link.name and link.args is not None), None)
        if method is None:
            return None
        made = self.class_def(path, call.root)
        found = self._in_class(*made, method.name, method.args or ()) if made else None
        return replace(found, maker=call) if found else None

    def _in_class(
        self, path: str, owner: ClassDef, name: str, args: tuple[Value, ...], hops: int = 0
    ) -> Target | None:
        found = self.functions(path).get(f"{owner.name}.{name}")
        if found is not None:
            return Target(path, found, args, bound=self.outlines[path].language == "python")
        if hops < _CLASS_HOPS:
            for base in owner.bases:
                above = self.class_def(path, base.split("[")[0].split("(")[0])
                if above and above[1] is not owner:
                    inherited = self._in_class(*above, name, args, hops + 1)
                    if inherited:
                        return inherited
        return None

    def _method(self, path: str, function: Function | None, call: Call) -> Target | None:
        names = [link.name for link in call.links]
        at = next((index for index, link in enumerate(call.links) if link.args is not None), None)
        if at is None:
            return None
        args = call.links[at].args or ()
        if call.root in ("this", "self", "cls"):
            return self._on_self(path, function, names[: at + 1], args)
        if at > 1:
            return None
        owner = ".".join([call.root, *names[:at]])
        method = names[at]
        here = self.functions(path).get(f"{owner}.{method}")
        if here is not None:
            return Target(path, here, args, bound=False)
        typed = self._local_class(path, function, call.root) if at == 0 else None
        if typed is not None:
            found = self._in_class(typed[0], typed[1], method, args)
            return replace(found, maker=typed[2]) if found else None
        return self._imported_method(path, call.root, names[:at], method, args)

    def _on_self(
        self, path: str, function: Function | None, names: list[str], args: tuple[Value, ...]
    ) -> Target | None:
        owner = self._class_of(path, function)
        if owner is None:
            return None
        if len(names) == 1:
            return self._in_class(path, owner, names[0], args)
        if len(names) != 2:
            return None
        attribute, method = names
        typed = self._attribute_class(path, owner, attribute)
        return self._in_class(*typed, method, args) if typed else None

    def _class_of(self, path: str, function: Function | None) -> ClassDef | None:
        outline = self.outlines.get(path)
        if outline is None or function is None:
            return None
        root = function.name.split(".")[0]
        return next((item for item in outline.classes if item.name in (function.parent, root)), None)

    def _attribute_class(self, path: str, owner: ClassDef, attribute: str) -> tuple[str, ClassDef] | None:
        for maker in ("constructor", "__init__"):
            function = self.functions(path).get(f"{owner.name}.{maker}")
            if function is None:
                continue
            for param in function.params:
                name, kind = _NAME.match(param), _TYPE.match(param)
                if name and kind and name.group(1) == attribute:
                    return self.class_def(path, kind.group(1))
            for step in function.body:
                if (
                    isinstance(step, Do)
                    and step.value
                    and any(t.split(".", 1)[-1] == attribute for t in step.targets)
                ):
                    found = self._made_class(path, step.value)
                    if found:
                        return found
        for name, value, _ in owner.attributes:
            if name == attribute:
                return self._made_class(path, value)
        return None

    def _made_class(self, path: str, value: Value) -> tuple[str, ClassDef] | None:
        made = next((call for call in value.calls if call.root[:1].isupper()), None)
        if made is not None:
            return self.class_def(path, made.root)
        given = next((call for call in value.calls if len(call.links) == 1 and not call.links[0].name), None)
        return _given_class(self, path, given) if given else None

    def _local_class(
        self, path: str, function: Function | None, name: str
    ) -> tuple[str, ClassDef, Call | None] | None:
        """The class of a variable made in this function or one around it, or of a typed parameter; and the call that
        made it."""
        if function is None:
            return None
        for param in function.params:
            kind = _TYPE.match(param)
            found = _NAME.match(param)
            if kind and found and found.group(1) == name:
                typed = self.class_def(path, kind.group(1))
                return (*typed, None) if typed else None
        for step in steps_within(function.body):
            if isinstance(step, Do) and name in step.targets and step.value:
                made = next((call for call in step.value.calls if call.root[:1].isupper()), None)
                typed = self._made_class(path, step.value)
                return (*typed, made) if typed else None
        # A handler inside `registerRoutes(app)` uses what that function made.
        return self._local_class(path, self.functions(path).get(function.name.rpartition(".")[0]), name)

    def constructor(self, target: Target) -> Function | None:
        """The constructor of the object a method was called on."""
        owner = target.function.name.rpartition(".")[0]
        functions = self.functions(target.path)
        return functions.get(f"{owner}.constructor") or functions.get(f"{owner}.__init__")

    def _imported_method(
        self, path: str, root: str, between: list[str], method: str, args: tuple[Value, ...]
    ) -> Target | None:
        module = self.module(path, root)
        if module is not None and not between:
            exported = self.outlines[module].exported(method) or self.functions(module).get(method)
            if exported is not None:
                return Target(module, exported, args)
            found = self.named(module, "", method)
            return Target(*found, args) if found else None
        found = self.definition(path, root)
        if found is None or not found.path:
            return None
        owner = ".".join([found.name, *between])
        direct = self.functions(found.path).get(f"{owner}.{method}")
        if direct is not None:
            python = self.outlines[found.path].language == "python"
            return Target(found.path, direct, args, bound=python and direct.parent == found.name)
        if between:
            return None
        made = self.class_def(found.path, found.name)
        if made is not None:
            return self._in_class(*made, method, args)
        step = self.value(found.path, found.name)
        if step is None or step.value is None:
            return None
        typed = self._made_class(found.path, step.value)
        return self._in_class(*typed, method, args) if typed else None

    def module(self, path: str, name: str) -> str | None:
        """The file that a name imported as a whole module means."""
        outline = self.outlines.get(path)
        for item in outline.imports if outline else ():
            for local, imported in item.names:
                if local != name:
                    continue
                if imported == "*":
                    found = self.modules.file(path, item.module)
                else:
                    found = self._python_submodule(path, item.module, imported, outline)
                if found is not None and found in self.outlines:
                    return found
        return None

    def _python_submodule(self, path: str, module: str, imported: str, outline: Outline | None) -> str | None:
        if outline is None or outline.language != "python":
            return None
        package = self.modules.file(path, module)
        base = package.removesuffix("__init__.py") if package and package.endswith("__init__.py") else None
        candidates = [f"{base}{imported}.py", f"{base}{imported}/__init__.py"] if base is not None else []
        joined = self.modules.file(
            path, f"{module}.{imported}" if not module.endswith(".") else f"{module}{imported}"
        )
        if joined:
            return joined
        return next((item for item in candidates if item in self.outlines), None)


def _given_class(callees: Callees, path: str, call: Call) -> tuple[str, ClassDef] | None:
    """The class of what a function of the project returns: `getService()`, which makes it or kept it."""
    found = callees.named(path, "", call.root)
    if found is None:
        return None
    there, function = found
    for step in steps_within(function.body):
        value = step.value if isinstance(step, Do | Leave) else None
        made = next((item for item in value.calls if item.root[:1].isupper()), None) if value else None
        known = callees.class_def(there, made.root) if made else None
        if known is not None:
            return known
    return None
