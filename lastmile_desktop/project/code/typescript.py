"""Outlines of TypeScript and JavaScript files, read with tree-sitter."""

from __future__ import annotations

import re
from dataclasses import replace
from sys import intern

from tree_sitter import Node

from lastmile_desktop.project.code.outline import (
    Call,
    Do,
    Export,
    Function,
    Import,
    Outline,
    Span,
    Step,
    Value,
)
from lastmile_desktop.project.code.ts_elision import without_values
from lastmile_desktop.project.code.ts_expressions import Expressions
from lastmile_desktop.project.code.ts_modules import ModuleStatements
from lastmile_desktop.project.code.ts_source import Draft, Source
from lastmile_desktop.project.code.ts_statements import Statements
from lastmile_desktop.project.code.ts_trees import parse

# One of these anywhere makes a component file worth reading whole; the list errs on the side of reading.
_COMPONENT_SUFFIXES = (".tsx", ".jsx", ".vue", ".svelte", ".astro")
_OF_INTEREST = (
    *("await ", "async ", "(req"),
    *("fetch", "axios", "supabase", "prisma", "drizzle", "mongo", "firebase", "firestore", "db."),
    *("sql", "query", "Query", "stripe", "Stripe", "paddle", "process.env", "import.meta", "Deno"),
    *("Bun.", "server", "createServerFn", "req.", "request", "Request", "Response", "app."),
    *("router", "Router.", "Route", "oute(", "invoke", "eval(", "redirect", "http", "cookie"),
    *("eader", "iddleware", "ebhook", "auth", "Auth", "token", "Token", "Storage", "InnerHTML"),
    *("innerHTML", "document.write", "Function(", "child_process", "exec(", "spawn", "File"),
    *("node:", "crypto", "jwt", "bcrypt", "penai", "OpenAI", "nthropic", "generateText"),
    *("streamText", "esend", "sendgrid", "sendMail", "mailer", "twilio", "Sentry", "osthog"),
    *("nalytics", "ixpanel", "ugsnag", "ollbar", "imeout", "AbortSignal", "Socket", "EventSource"),
    *("XMLHttpRequest", "endBeacon", "api/", "api.", "api(", "trpc", "raphql", "pollo", "utation"),
    *("module.exports", "ServerSideProps", "StaticProps", "loader", "action(", "action:"),
    *("EventHandler", "defineConfig", "redis", "kysely", "knex", "sequelize", "typeorm", "mysql"),
    *("sqlite", "postgres", "pload", "ayment", "heckout", "ecret", "assword", "env.", "ENV"),
    *("email", "Email", "cache", "logger", "console.error"),
)
_DYNAMIC = re.compile(r"\b(?:import|require)\s*\(\s*(?:/\*[^*]{0,200}\*/\s*)?(['\"`])([^'\"`\n$]{1,300})\1")


def read(path: str, text: str, language: str, grammar_name: str, *, shallow: bool = False) -> Outline:
    """The outline of a file whose text is already known to be of a sane size."""
    data = text.encode("utf-8", "replace")
    parsed = parse(data, grammar_name)
    source = Source(text, data, parsed.grammar, shallow=shallow or _is_screen_only(path, text))
    if parsed.broken_line:
        source.problem(f"line {parsed.broken_line} is not valid {language}")
    outline = _outline(path, language, source, parsed.root, text)
    if language != "typescript":
        return outline
    return replace(outline, imports=tuple(without_values(list(outline.imports), data, parsed.root)))


def _is_screen_only(path: str, text: str) -> bool:
    """Whether a component file names nothing that a server, a database or a network has to do with."""
    return path.endswith(_COMPONENT_SUFFIXES) and not any(word in text for word in _OF_INTEREST)


def _outline(path: str, language: str, source: Source, program: Node, text: str) -> Outline:
    module = ModuleStatements(source)
    top = module.read(program)
    functions = _read_functions(source)
    if source.shallow:
        _find_dynamic_imports(source, program, text)
    exported = _exported_names(module.exports)
    _wrap_named(top, functions, exported)
    for function_name, (draft, function) in functions.items():
        names = exported.get(function_name, ())
        wrapped = tuple(reversed(draft.wrapped))
        if names or wrapped != function.wrapped_by:
            functions[function_name] = draft, replace(function, exported_as=names, wrapped_by=wrapped)
    ordered = sorted(
        (item[1] for item in functions.values()), key=lambda item: (item.span.line, item.span.column)
    )
    return Outline(
        path,
        language,
        tuple(sorted(source.imports, key=lambda item: (item.span.line, item.span.column))),
        tuple(module.exports),
        tuple(ordered),
        tuple(source.classes),
        top,
        _directives(source, program),
        "; ".join(source.problems),
        source.shallow,
    )


def _read_functions(source: Source) -> dict[str, tuple[Draft, Function]]:
    """Read the bodies of all functions found; reading one may find more."""
    functions: dict[str, tuple[Draft, Function]] = {}
    number = 0
    while number < len(source.drafts):
        draft = source.drafts[number]
        number += 1
        functions[draft.name] = draft, _function(source, draft)
    return functions


def _function(source: Source, draft: Draft) -> Function:
    node = draft.node
    fields = source.fields
    is_async = any(child.type == "async" for child in node.children[:4])
    if source.shallow:
        return Function(draft.name, (), (), source.span(node), is_async, parent=draft.parent)
    statements = Statements(source, draft.name)
    body = node.child_by_field_id(fields["body"])
    steps: tuple[Step, ...] = ()
    directives: tuple[str, ...] = ()
    params, param_values = _parameters(source, node, statements.expressions)
    if body is not None and body.type == "statement_block":
        directives = _directives(source, body)
        steps = statements.steps(body.named_children)
    elif body is not None:
        steps = statements.returned(body)
    return Function(
        draft.name,
        params,
        steps,
        source.span(node),
        is_async,
        decorators=draft.decorators,
        directives=directives,
        parent=draft.parent,
        param_values=param_values,
    )


def _parameters(
    source: Source, node: Node, expressions: Expressions
) -> tuple[tuple[str, ...], tuple[tuple[str, Value], ...]]:
    fields = source.fields
    single = node.child_by_field_id(fields["parameter"])
    if single is not None:
        return (source.text(single),), ()
    listed = node.child_by_field_id(fields["parameters"])
    texts: list[str] = []
    values: list[tuple[str, Value]] = []
    for child in listed.named_children if listed is not None else ():
        if child.type == "comment":
            continue
        texts.append(source.text(child))
        default = child.child_by_field_id(fields["value"]) or child.child_by_field_id(fields["right"])
        pattern = child.child_by_field_id(fields["pattern"]) or child.child_by_field_id(fields["left"])
        if default is not None and pattern is not None:
            value = expressions.value(default)
            expressions.take_calls()
            given = Value(
                texts[-1], entries=(("default", value),), calls=value.calls, span=source.span(child)
            )
            values.append((source.text(pattern), given))
    return tuple(texts), tuple(values)


def _directives(source: Source, block: Node) -> tuple[str, ...]:
    """Leading `"use …"` statements of a file or function."""
    found: list[str] = []
    for statement in block.named_children:
        if statement.type == "comment" or statement.type == "hash_bang_line":
            continue
        inner = statement.named_children
        if statement.type != "expression_statement" or not inner or inner[0].type != "string":
            break
        directive = source.string(inner[0])
        if directive.startswith("use "):
            found.append(directive)
    return tuple(found)


def _exported_names(exports: list[Export]) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for export in exports:
        if not export.module:
            known = names.get(export.local, ())
            if export.name not in known:
                names[export.local] = (*known, export.name)
    return names


def _wrap_named(
    top: tuple[Step, ...], functions: dict[str, tuple[Draft, Function]], exported: dict[str, tuple[str, ...]]
) -> None:
    """`export const POST = withAuth(handler)`: the function `handler` is what `POST` runs, inside
    `withAuth`."""
    for step in top:
        if not isinstance(step, Do) or len(step.targets) != 1 or step.value is None or not step.calls:
            continue
        names = exported.get(step.targets[0], ())
        call: Call = step.calls[-1]
        if not names or step.targets[0] in functions or not call.args or call.args[-1].text not in functions:
            continue
        inner = call.args[-1].text
        exported[inner] = (*exported.get(inner, ()), *names)
        functions[inner][0].wrapped.append(call)


def _find_dynamic_imports(source: Source, program: Node, text: str) -> None:
    """`import("./x")` inside function bodies that are not read."""
    known = {(item.module, item.span.line) for item in source.imports}
    line, position = 1, 0
    for match in _DYNAMIC.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if (match[2], line) in known:
            continue
        column = position - text.rfind("\n", 0, position)
        source.imports.append(Import(intern(match[2]), (), Span(line, column, line), dynamic=True))
