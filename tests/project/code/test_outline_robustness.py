"""Whatever the bytes, reading ends, says what it could not read, and its result can be sent to another process."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.code.outline import Outline, calls_within, steps_within
from lastmile_desktop.project.code.parse import language_of, outline

SUFFIXES = (".ts", ".tsx", ".js", ".jsx", ".mts", ".cjs", ".vue", ".svelte", ".astro", ".py")
PACKAGE = Path(__file__).parents[3] / "lastmile_desktop"
PYTHON = (PACKAGE / "project" / "code" / "py_statements.py").read_text(encoding="utf-8")
SCRIPT = """
'use client'
import React, { useState } from "react";
import { createClient } from "@/lib/supabase";
export async function POST(req: Request) {
  const { data: { user }, error } = await (await createClient()).auth.getUser();
  if (!user || error) { return Response.json({ error: `no ${error?.message}` }, { status: 401 }); }
  switch (user.role) { case "a": await run(user!); break; default: throw new Error("x"); }
  try { for (const item of await list<Item>(user.id)) { items?.push({ ...item, tags: ["a", b] }); } }
  catch (e) { console.error(e); } finally { done && done(); }
  return Response.json(await db.query.users.findMany({ where: (t, { eq }) => eq(t.id, user.id) }));
}
export class Store extends Base { private x = 1; @Get(":id") async load() { return this.x ?? super.load(); } }
export default function Page() { return <form action={async () => { 'use server'; await save() }}>A & B</form> }
"""
TOKENS = st.sampled_from(
    [
        *(
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "<",
            "/>",
            "=>",
            "`",
            "${",
            "'",
            '"',
            "&",
            "?.",
            "!",
            ";",
            ",",
            "\n",
            "\\",
        ),
        *(
            "async ",
            "await ",
            "function ",
            "class ",
            "const x = ",
            "import ",
            "export ",
            "default ",
            "return ",
        ),
        *(
            "if ",
            "switch ",
            "case ",
            "def f",
            ":",
            "    ",
            "\t",
            "@",
            "lambda ",
            "for ",
            "of ",
            "x",
            "f()",
            "# ",
            "//",
        ),
        *("/*", "<script>", "</script>", "---", "\r\n", "\x00", "\ufeff", "\u2028", "é", "😀", "\ud800"),
    ]
)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(found: Outline) -> None:
    """The invariants of every outline."""
    assert pickle.loads(pickle.dumps(found, pickle.HIGHEST_PROTOCOL)) == found
    names = [function.name for function in found.functions]
    assert len(names) == len(set(names))
    for steps in (found.top, *(function.body for function in found.functions)):
        for step in steps_within(steps):
            assert step.span.line >= 1
            assert step.span.column >= 1
        for call in calls_within(steps):
            assert all(len(value.text) <= 600 for link in call.links for value in link.args or ())


@FEW
@given(st.sampled_from(SUFFIXES), st.text(max_size=400))
def test_any_text(suffix: str, text: str) -> None:
    check(outline(f"a{suffix}", text))


@FEW
@given(st.sampled_from(SUFFIXES), st.lists(TOKENS, max_size=120).map("".join))
def test_any_tokens(suffix: str, text: str) -> None:
    check(outline(f"a{suffix}", text))


@FEW
@given(st.sampled_from(SUFFIXES), st.binary(max_size=300).map(lambda data: data.decode("utf-8", "replace")))
def test_any_bytes(suffix: str, text: str) -> None:
    check(outline(f"a{suffix}", text))


@FEW
@given(st.integers(0, len(SCRIPT)), st.integers(0, len(SCRIPT)), st.sampled_from(SUFFIXES[:9]))
def test_any_part_of_a_script(start: int, end: int, suffix: str) -> None:
    check(outline(f"a{suffix}", SCRIPT[start:end]))


@FEW
@given(st.integers(0, len(PYTHON)), st.integers(0, 4000))
def test_any_part_of_a_python_file(start: int, size: int) -> None:
    check(outline("a.py", PYTHON[start : start + size]))


@pytest.mark.parametrize("suffix", [".ts", ".tsx", ".js", ".py"])
@pytest.mark.parametrize(
    "text",
    [
        "f(" * 2000 + ")" * 2000,
        "[" * 3000 + "]" * 3000,
        "{a:" * 2000 + "1" + "}" * 2000,
        "x = " + " + ".join(["'a'"] * 5000),
        "x = " + "a.b()." * 3000 + "c()",
        "if (a) { f(); } else " * 800 + "{ g(); }",
        "if (a) {" * 500 + "f();" + "}" * 500,
        "<a>" * 1500 + "</a>" * 1500,
        "const f = " + "() => " * 800 + "1",
        "x = `" + "${`" * 400 + "`}" * 400 + "`",
        "(" * 4000,
        "a ? b : " * 2000 + "c",
        "await " * 3000 + "x",
        "\n".join("    " * depth + "if x:" for depth in range(90)) + "\n" + "    " * 90 + "pass",
        "if a: f()\n" + "elif b: g()\n" * 900,
        "lambda: " * 300 + "1",
        "not " * 3000 + "x",
    ],
    ids=range(17),
)
def test_deep_nesting(suffix: str, text: str) -> None:
    lines = text.replace("; ", ";\n").replace("(a", "(\na") if len(text) > 5000 and "\n" not in text else text
    check(outline(f"a{suffix}", lines + "\n" * (len(lines) // 5000)))


def test_long_chains_of_else_are_kept_whole() -> None:
    script = "function f() { " + "if (a) { g(); } else " * 50 + "{ last(); } }"
    found = outline("a.ts", script)
    assert not found.error
    assert [call.root for call in calls_within(found.functions[0].body)] == [*["g"] * 50, "last"]
    python = "def f():\n    if a: g()\n" + "    elif b: g()\n" * 49 + "    else: last()\n"
    assert [call.root for call in calls_within(outline("a.py", python).functions[0].body)] == [
        *["g"] * 50,
        "last",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [("x" * 1_000_001, "larger than 1 MB"), ("var a=1;" * 2000, "minified")],
)
def test_what_is_not_read(text: str, error: str) -> None:
    assert outline("a.js", text).error == error


def test_garbage_ends_in_time() -> None:
    text = "\n".join("<<<{{{(((`${" * 8 for _ in range(2000))
    start = time.process_time()
    check(outline("a.tsx", text))
    assert time.process_time() - start < 10


def test_languages() -> None:
    assert language_of("a/b.TSX") == "typescript"
    assert language_of("a.md") is None
    assert language_of("a.py") is not None
    assert language_of("a.json") is None
    assert outline("a.md", "# x").error
