"""Imports and exports of TypeScript and JavaScript."""

from __future__ import annotations

import pytest

from tests.project.code.outlines import ts


def test_imports() -> None:
    found = ts(
        """
        import def, { a as b, type C } from "x";
        import * as ns from 'y';
        import type { T } from 'z';
        import "side-effect";
        import fs = require("fs");
        const os = require('os'), { p: q } = require('./p');
        use(def, b, ns, fs, os, q);
        async function f() {
          const { g: h } = await import("./g");
          require("./late");
        }
        const lazy = () => import('./page');
        """
    )
    assert [(item.module, item.names, item.dynamic, item.type_only) for item in found.imports] == [
        ("x", (("def", "default"), ("b", "a")), False, False),
        ("y", (("ns", "*"),), False, False),
        ("z", (("T", "T"),), False, True),
        ("side-effect", (), False, False),
        ("fs", (("fs", "*"),), False, False),
        ("os", (("os", "*"),), False, False),
        ("./p", (("q", "p"),), False, False),
        ("./g", (("h", "g"),), True, False),
        ("./late", (), True, False),
        ("./page", (), True, False),
    ]


@pytest.mark.parametrize(
    ("text", "is_type"),
    [
        ("import { User } from './u'; const x: User = y;", True),
        ("import { User } from './u'; type A = Record<string, User>;", True),
        ("import { db } from './u'; type D = typeof db;", True),
        ("import { unused } from './u'; const s = 'unused'; // unused", True),
        ("import { User } from './u'; const x: User = new User();", False),
        ("import { User } from './u'; class A extends User {}", False),
        ("import { user } from './u'; f({ user });", False),
        ("import { user } from './u'; export { user };", False),
    ],
)
def test_imports_of_types_only(text: str, is_type: bool) -> None:
    assert ts(text).imports[0].type_only is is_type


def test_component_use_is_a_use() -> None:
    assert (
        not ts("import { Card } from './c'; export const A = () => <Card />;", "a.tsx").imports[0].type_only
    )


def test_exports() -> None:
    found = ts(
        """
        export const a = 1, { b, c: d } = x;
        export function e() {}
        export class F {}
        export enum G { A }
        export { h as i, j };
        export { k as l } from "./k";
        export * from "./m";
        export * as n from "./n";
        export type { O } from "./o";
        export type P = string;
        export default e;
        """
    )
    assert [(item.name, item.local, item.module) for item in found.exports] == [
        ("a", "a", ""),
        ("b", "b", ""),
        ("d", "d", ""),
        ("e", "e", ""),
        ("F", "F", ""),
        ("G", "G", ""),
        ("i", "h", ""),
        ("j", "j", ""),
        ("l", "k", "./k"),
        ("*", "*", "./m"),
        ("n", "*", "./n"),
        ("default", "e", ""),
    ]
    function = found.exported("default")
    assert function is not None
    assert function.exported_as == ("e", "default")


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = { list, create: async (req) => {} }",
        "exports.list = list; exports.create = async (req) => {}",
        "module.exports.list = list; module.exports.create = function (req) {}",
    ],
)
def test_commonjs_exports(text: str) -> None:
    found = ts(f"function list() {{}}\n{text}", "a.js")
    assert found.exported("list") is not None
    assert found.exported("create") is not None


def test_a_type_that_is_imported_in_place_does_not_break_the_file() -> None:
    found = ts(
        """
        interface Store { rows(): Promise<Array<{ at: Date } & import("@shared/schema").Row>>; }
        export class Rows implements Store {
          async rows(): Promise<(import("@shared/schema").Row & { at: Date })[]> { return find(); }
        }
        """
    )
    assert [item.name for item in found.functions] == ["Rows.rows"]
