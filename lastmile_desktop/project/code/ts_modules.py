"""Import and export statements of TypeScript and JavaScript, and what CommonJS writes instead."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from lastmile_desktop.project.code.outline import Do, Export, Import, Step
from lastmile_desktop.project.code.ts_classes import read_class
from lastmile_desktop.project.code.ts_patterns import bindings
from lastmile_desktop.project.code.ts_source import Source
from lastmile_desktop.project.code.ts_statements import Statements

_FUNCTION_DECLARATIONS = frozenset(
    {"function_declaration", "generator_function_declaration", "function_signature"}
)
_CLASS_DECLARATIONS = frozenset({"class_declaration", "abstract_class_declaration", "class"})


class ModuleStatements:
    """Reads the module level of a file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.statements = Statements(source, "")
        self.exports: list[Export] = []

    def read(self, program: Node) -> tuple[Step, ...]:
        steps: list[Step] = []
        for node in program.named_children:
            match node.type:
                case "import_statement":
                    self._import(node)
                case "export_statement":
                    steps.extend(self._export(node))
                case "expression_statement":
                    found = tuple(self.statements.step(node))
                    self._commonjs(found)
                    steps.extend(found)
                case _:
                    steps.extend(self.statements.step(node))
        return tuple(steps)

    def _import(self, node: Node) -> None:
        source = self.source
        module = node.child_by_field_id(source.fields["source"])
        children = node.children
        type_only = any(child.type == "type" for child in children[:2])
        names: list[tuple[str, str]] = []
        dropped = False
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                module = clause.child_by_field_id(source.fields["source"])
                names.extend((source.text(child), "*") for child in clause.named_children[:1])
            elif clause.type == "import_clause":
                found, without_types = self._clause(clause)
                names.extend(found)
                dropped = dropped or without_types
        if module is not None:
            only_types = type_only or (dropped and not names)
            self.source.imports.append(
                Import(source.string(module), tuple(names), source.span(node), type_only=only_types)
            )

    def _clause(self, clause: Node) -> tuple[list[tuple[str, str]], bool]:
        """The names of an import clause, and whether some were left out because they are types."""
        source = self.source
        names: list[tuple[str, str]] = []
        dropped = False
        for child in clause.named_children:
            if child.type == "identifier":
                names.append((source.text(child), "default"))
            elif child.type == "namespace_import":
                names.extend((source.text(name), "*") for name in child.named_children[-1:])
            elif child.type == "named_imports":
                for specifier in child.named_children:
                    if specifier.type != "import_specifier":
                        continue
                    if specifier.children[0].type == "type" and len(specifier.children) > 1:
                        dropped = True
                        continue
                    names.append(self._specifier(specifier))
        return names, dropped

    def _specifier(self, node: Node) -> tuple[str, str]:
        """(local, imported); for an export specifier (outside, local)."""
        name = node.child_by_field_id(self.source.fields["name"])
        alias = node.child_by_field_id(self.source.fields["alias"])
        imported = self.source.text(name).strip("'\"") if name is not None else ""
        return (self.source.text(alias).strip("'\"") if alias is not None else imported), imported

    def _export(self, node: Node) -> Iterable[Step]:
        source = self.source
        module_node = node.child_by_field_id(source.fields["source"])
        module = source.string(module_node) if module_node is not None else ""
        kinds = [child.type for child in node.children]
        declaration = node.child_by_field_id(source.fields["declaration"])
        if "type" in kinds:
            return ()
        if declaration is not None:
            return self._declared(declaration, is_default="default" in kinds)
        value = node.child_by_field_id(source.fields["value"])
        if value is not None:
            return self._default(value)
        for child in node.named_children:
            if child.type == "export_clause":
                for specifier in child.named_children:
                    if specifier.type == "export_specifier" and specifier.children[0].type != "type":
                        outside, local = self._specifier(specifier)
                        self.exports.append(Export(outside, local, module))
            elif child.type == "namespace_export":
                self.exports.append(Export(source.text(child.named_children[-1]), "*", module))
        if module and "*" in kinds:
            self.exports.append(Export("*", "*", module))
        if not module and "=" in kinds:
            self.exports.append(Export("default", source.text(node.named_children[-1])))
        return ()

    def _declared(self, declaration: Node, *, is_default: bool) -> Iterable[Step]:
        source = self.source
        kind = declaration.type
        name_node = declaration.child_by_field_id(source.fields["name"])
        name = source.text(name_node) if name_node is not None else "default"
        if kind in _FUNCTION_DECLARATIONS:
            if kind != "function_signature":
                self.statements.declare(declaration, "default")
            self.exports.append(Export("default" if is_default else name, name))
            return ()
        if kind in _CLASS_DECLARATIONS:
            read_class(source, self.statements.expressions, declaration, "", "default")
            self.exports.append(Export("default" if is_default else name, name))
            return ()
        if kind in ("lexical_declaration", "variable_declaration"):
            for declarator in declaration.named_children:
                pattern = declarator.child_by_field_id(source.fields["name"])
                if declarator.type == "variable_declarator" and pattern is not None:
                    self.exports.extend(Export(local, local) for local, _ in bindings(source, pattern))
        elif kind == "enum_declaration":
            self.exports.append(Export(name, name))
        return self.statements.step(declaration)

    def _default(self, value: Node) -> Iterable[Step]:
        source = self.source
        inner = value
        if inner.type in _CLASS_DECLARATIONS:
            name = read_class(source, self.statements.expressions, inner, "", "default")
            self.exports.append(Export("default", name))
            return ()
        expressions = self.statements.expressions
        expressions.inline.clear()
        result = expressions.value(value, hint="default")
        self.exports.append(Export("default", result.text if inner.type == "identifier" else "default"))
        return (Do(source.span(value), expressions.take_calls(), ("default",), result),)

    def _commonjs(self, steps: Iterable[Step]) -> None:
        """`module.exports = …` and `exports.name = …`."""
        for step in steps:
            if not isinstance(step, Do) or step.value is None:
                continue
            for target in step.targets:
                local = step.value.function or step.value.text
                plain = (
                    local if local.replace("_", "a").replace("$", "a").replace(".", "a").isalnum() else target
                )
                if target == "module.exports":
                    self.exports.append(Export("default", plain))
                    for key, member in step.value.entries:
                        if key != "...":
                            self.exports.append(Export(key, member.function or member.text))
                elif target.startswith(("module.exports.", "exports.")):
                    name = target.rpartition(".")[2]
                    self.exports.append(Export(name, plain))
