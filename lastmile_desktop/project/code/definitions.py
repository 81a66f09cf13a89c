"""Where a name is really defined, through imports, re-exports and plain aliases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Do, Function, Import, Outline

_HOPS = 8


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name leads: a file of the project (with the function, if it is one), or an outside package.
    `name` is `*` for a whole module."""

    path: str = ""
    name: str = ""
    function: Function | None = None
    package: str = ""


class FileNames:
    """The names of one file, by what they stand for."""

    def __init__(self, outline: Outline) -> None:
        self.is_python = outline.language == "python"
        self.functions = {function.name: function for function in outline.functions}
        self.imports: dict[str, tuple[Import, str]] = {}
        for item in outline.imports:
            for local, imported in item.names:
                self.imports.setdefault(local, (item, imported))
        self.exports: dict[str, tuple[str, str]] = {}
        self.star_modules: list[str] = []
        for export in outline.exports:
            if export.name == "*":
                self.star_modules.append(export.module)
            else:
                self.exports.setdefault(export.name, (export.local, export.module))
        self.star_modules.extend(
            item.module for item in outline.imports if any(pair == ("*", "*") for pair in item.names)
        )
        self.values: dict[str, str] = {
            target: step.value.text if step.value is not None else ""
            for step in outline.top
            if isinstance(step, Do)
            for target in step.targets
        }
        self.bases = {
            found.name: tuple(_class_name(base) for base in found.bases) for found in outline.classes
        }
        self.instances = dict(_instances(outline))


class Definitions:
    """Follows names from file to file."""

    def __init__(self, targets: Mapping[tuple[str, str], str], names: Mapping[str, FileNames]) -> None:
        self._targets = targets
        self._names = names
        self._found: dict[tuple[str, str], Definition | None] = {}

    def of(self, path: str, name: str) -> Definition | None:
        """The definition of a local, possibly dotted name."""
        key = (path, name)
        if key not in self._found:
            head, _, rest = name.partition(".")
            self._found[key] = self._local(path, head, rest, _HOPS)
        return self._found[key]

    def _local(self, path: str, name: str, rest: str, hops: int) -> Definition | None:
        """A name as used inside a file."""
        names = self._names.get(path)
        if names is None or hops <= 0:
            return None
        member = f"{name}.{rest}"
        if rest and member in names.functions:
            return Definition(path, member, names.functions[member])
        if name in names.functions:
            return Definition(path, name, names.functions[name])
        if name in names.imports:
            item, imported = names.imports[name]
            return self._imported(path, item, imported, name, rest, hops)
        if name in names.bases:
            return (self._method(path, name, rest, hops) if rest else None) or Definition(path, name)
        if rest and name in names.instances:
            made = self._local(path, names.instances[name], "", hops - 1)
            method = self._method(made.path, made.name, rest, hops - 1) if made is not None else None
            if method is not None:
                return method
        if name in names.values:
            alias = names.values[name]
            if alias != name and _is_dotted_name(alias):
                head, _, more = alias.partition(".")
                followed = self._local(path, head, ".".join(part for part in (more, rest) if part), hops - 1)
                if followed is not None:
                    return followed
            return Definition(path, member if rest else name)
        return self._through_stars(path, names, name, rest, hops) if names.is_python else None

    def _method(self, path: str, owner: str, rest: str, hops: int) -> Definition | None:
        """A method of a class, its own or one it inherits."""
        names = self._names.get(path)
        if names is None or hops <= 0:
            return None
        function = names.functions.get(f"{owner}.{rest}")
        if function is not None:
            return Definition(path, function.name, function)
        for base in names.bases.get(owner, ()):
            head, _, more = base.partition(".")
            found = self._local(path, head, more, hops - 1)
            method = self._method(found.path, found.name, rest, hops - 1) if found is not None else None
            if method is not None:
                return method
        return None

    def _imported(
        self, path: str, item: Import, imported: str, local: str, rest: str, hops: int
    ) -> Definition | None:
        target = self._targets.get((path, item.module))
        submodule = self._targets.get((path, _submodule(item.module, imported)))
        if imported == "*":
            return self._namespace(path, item, local, rest, hops)
        if target is not None:
            found = self._exported(target, imported, rest, hops - 1)
            if found is not None:
                return found
        if submodule is not None:
            return self._member(submodule, rest, hops)
        if target is not None or item.module.startswith("."):
            return None
        return Definition(name=f"{imported}.{rest}" if rest else imported, package=item.module)

    def _namespace(self, path: str, item: Import, local: str, rest: str, hops: int) -> Definition | None:
        """`import * as x`, `const x = require("…")`, Python's `import a.b`."""
        target = self._targets.get((path, item.module))
        root, _, tail = item.module.partition(".")
        if tail and local == root:
            # `import a.b` binds `a`; the module itself is reached as `a.b`.
            if rest != tail and not rest.startswith(f"{tail}."):
                target = self._targets.get((path, root))
            else:
                rest = rest[len(tail) + 1 :]
        if target is None:
            return None if item.module.startswith(".") else Definition(name=rest or "*", package=item.module)
        if not rest:
            # A CommonJS module may be one function.
            whole = self._exported(target, "default", "", hops - 1)
            return whole if whole is not None and whole.function is not None else Definition(target, "*")
        return self._member(target, rest, hops)

    def _member(self, path: str, rest: str, hops: int) -> Definition | None:
        if not rest:
            return Definition(path, "*")
        head, _, more = rest.partition(".")
        return self._exported(path, head, more, hops - 1)

    def _exported(self, path: str, name: str, rest: str, hops: int) -> Definition | None:
        """A name as seen from outside a file."""
        names = self._names.get(path)
        if names is None or hops <= 0:
            return None
        if names.is_python:
            return self._local(path, name, rest, hops)
        if name not in names.exports:
            return self._through_stars(path, names, name, rest, hops)
        local, module = names.exports[name]
        if not module:
            found = self._local(path, local, rest, hops)
            return found if found is not None else Definition(path, local)
        target = self._targets.get((path, module))
        if target is None:
            return None if module.startswith(".") else Definition(name=local, package=module)
        if local == "*":
            return self._member(target, rest, hops)
        return self._exported(target, local, rest, hops - 1)

    def _through_stars(
        self, path: str, names: FileNames, name: str, rest: str, hops: int
    ) -> Definition | None:
        if name == "default":
            return None
        outside: list[str] = []
        for module in names.star_modules:
            target = self._targets.get((path, module))
            if target is None and not module.startswith("."):
                outside.append(module)
            found = self._exported(target, name, rest, hops - 1) if target is not None else None
            if found is not None:
                return found
        # With one outside package behind a star, what is found nowhere else can only come from there.
        return (
            Definition(name=f"{name}.{rest}" if rest else name, package=outside[0])
            if len(outside) == 1
            else None
        )


def _instances(outline: Outline) -> Iterator[tuple[str, str]]:
    """Module-level names that hold an instance, with its class: `new Store(…)`, `Store.getInstance()`, and in
    Python any call of a capitalised name."""
    for step in outline.top:
        if not isinstance(step, Do) or len(step.targets) != 1 or not step.calls:
            continue
        call = step.calls[-1]
        called = [link.name for link in call.links]
        is_class = call.root[:1].isupper()
        if ((call.is_new or (is_class and outline.language == "python")) and called == [""]) or (
            is_class and called in (["getInstance"], ["instance"], ["get_instance"])
        ):
            yield step.targets[0], call.root


def _class_name(base: str) -> str:
    """A base without its type arguments."""
    return re.split(r"[<\[(]", base, maxsplit=1)[0].strip()


def _submodule(module: str, name: str) -> str:
    return module + name if module.endswith(".") else f"{module}.{name}"


def _is_dotted_name(text: str) -> bool:
    return len(text) < 120 and all(part.isidentifier() for part in text.replace("$", "_").split("."))
