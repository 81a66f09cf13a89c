"""Modules in which server and browser code stand side by side: what is left of their imports in the browser.

Compilers take out server exports (`loader`, `getServerSideProps`), the handlers of server functions and the
imports that only these use. The same is done here on names: what is reached from the remaining code stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from lastmile_desktop.project.code.ts_trees import parse

_NAMES = frozenset({"identifier", "shorthand_property_identifier"})
_SERVER_FUNCTIONS = (
    "createServerFn",
    "createServerOnlyFn",
    "createMiddleware",
    "serverOnly$",
    "server$",
    "action$",
)
_TYPES = frozenset({"type_annotation", "type_arguments", "type_alias_declaration", "interface_declaration"})


def client_modules(text: str, path: str, server_exports: frozenset[str]) -> frozenset[str]:
    """The module texts that client code of this file still imports, after the server's part is taken out."""
    data = text.encode("utf-8", "replace")
    root = parse(data, "typescript" if path.endswith(("ts", "vue", "svelte")) else "tsx").root
    imported: dict[str, str] = {}
    kept: set[str] = set()
    owners: dict[str, list[_Names]] = {}
    waiting: list[_Names] = []
    for statement in root.named_children:
        if statement.type == "import_statement":
            names = _imported_names(statement)
            module = _source(statement)
            imported.update(dict.fromkeys(names, module))
            if not names and module and not _is_type_import(statement):
                kept.add(module)
            continue
        for declared, part in _parts(statement):
            used = _Names(part)
            for name in declared:
                owners.setdefault(name, []).append(used)
            exported = statement.type == "export_statement"
            stays = not declared or (exported and not (declared & server_exports))
            if stays and not (exported and _exported_names(statement) & server_exports):
                waiting.append(used)
    kept.update(_reached(waiting, owners, imported))
    return frozenset(kept)


class _Names:
    """The names and dynamic imports of a piece of code, server regions left out; read on first use."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.modules: set[str] = set()
        self._names: set[str] | None = None

    def read(self) -> set[str]:
        if self._names is None:
            self._names = set()
            self._walk()
        return self._names

    def _walk(self) -> None:
        names = self._names if self._names is not None else set[str]()
        stack = [self._node]
        while stack:
            node = stack.pop()
            kind = node.type
            if kind in _NAMES:
                names.add(_text(node))
            elif (kind == "export_statement" and (module := _source(node))) or (
                kind == "call_expression" and (module := _dynamic(node))
            ):
                self.modules.add(module)
            elif kind not in _TYPES:
                stack.extend(child for child in node.children if not _is_server_region(child))


def _reached(
    waiting: list[_Names], owners: dict[str, list[_Names]], imported: dict[str, str]
) -> Iterable[str]:
    done: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) in done:
            continue
        done.add(id(part))
        for name in part.read():
            if name in imported:
                yield imported[name]
            waiting.extend(owners.get(name, ()))
        yield from part.modules


def _parts(statement: Node) -> Iterable[tuple[set[str], Node]]:
    """The declarations of a statement, each with the names it declares; other statements declare nothing."""
    declaration = statement.child_by_field_name("declaration") or statement
    if declaration.type in ("lexical_declaration", "variable_declaration"):
        for child in declaration.named_children:
            name = child.child_by_field_name("name")
            if name is not None:
                yield _pattern_names(name), child
        return
    name = declaration.child_by_field_name("name")
    is_default = any(child.type == "default" for child in statement.children)
    yield ({_text(name)} if name is not None and not is_default else set[str]()), statement
    if name is not None and is_default:
        yield {_text(name)}, statement


def _pattern_names(pattern: Node) -> set[str]:
    if pattern.type == "identifier":
        return {_text(pattern)}
    names: set[str] = set()
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            names.add(_text(node))
        stack.extend(node.named_children)
    return names


def _exported_names(statement: Node) -> set[str]:
    """The outside names of `export { a as b } from …`."""
    names: set[str] = set()
    for clause in statement.named_children:
        if clause.type == "export_clause":
            for specifier in clause.named_children:
                outside = specifier.child_by_field_name("alias") or specifier.child_by_field_name("name")
                if outside is not None:
                    names.add(_text(outside))
    return names


def _imported_names(statement: Node) -> list[str]:
    names: list[str] = []
    stack = [clause for clause in statement.named_children if clause.type == "import_clause"]
    while stack:
        node = stack.pop()
        if node.type == "import_specifier":
            local = node.child_by_field_name("alias") or node.child_by_field_name("name")
            names.extend([_text(local)] if local is not None else [])
        elif node.type == "identifier":
            names.append(_text(node))
        else:
            stack.extend(node.named_children)
    return names


def _is_type_import(statement: Node) -> bool:
    return any(child.type == "type" for child in statement.children[:2])


def _is_server_region(node: Node) -> bool:
    """Arguments of server functions, the `server` part of a route, and functions marked `use server`."""
    kind = node.type
    if kind == "arguments":
        return node.parent is not None and _called_server_function(node.parent)
    if kind == "pair":
        key = node.child_by_field_name("key")
        return key is not None and _text(key) == "server" and _is_route_option(node)
    if kind == "statement_block":
        first = node.named_children[0] if node.named_children else None
        return (
            first is not None and first.type == "expression_statement" and _text(first)[1:11] == "use server"
        )
    return False


def _called_server_function(call: Node) -> bool:
    """Whether `call` is `createServerFn(…)` or a link (`.handler(…)`) of its chain."""
    node: Node | None = call
    while node is not None and node.type in ("call_expression", "member_expression"):
        node = node.child_by_field_name("function" if node.type == "call_expression" else "object")
    return node is not None and node.type == "identifier" and _text(node) in _SERVER_FUNCTIONS


def _is_route_option(pair: Node) -> bool:
    call = pair.parent.parent.parent if pair.parent is not None and pair.parent.parent is not None else None
    return call is not None and call.type == "call_expression" and "Route" in _text(call)[:40]


def _dynamic(call: Node) -> str:
    function = call.child_by_field_name("function")
    arguments = call.child_by_field_name("arguments")
    if function is None or arguments is None or function.type != "import" or not arguments.named_children:
        return ""
    first = arguments.named_children[0]
    return _text(first)[1:-1] if first.type == "string" else ""


def _source(statement: Node) -> str:
    source = statement.child_by_field_name("source")
    return _text(source)[1:-1] if source is not None else ""


def _text(node: Node) -> str:
    return node.text.decode("utf-8", "replace") if node.text is not None else ""
