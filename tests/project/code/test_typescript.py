"""TypeScript and JavaScript sources and their outlines."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lastmile_desktop.project.code.outline import Call, Do, calls_within
from tests.project.code.outlines import body, call, steps, ts, value


def only_call(text: str) -> Call:
    """The outermost call of a single statement inside a function."""
    function = ts(f"async function f(req) {{ {text} }}").functions[0]
    return list(calls_within(function.body))[-1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fetch(url)", "fetch(url)"),
        ("await fetch(url, { method: 'POST' })", "await fetch(url, {method: 'POST'})"),
        (
            'await supabase\n  .from("t")\n  .select("*")\n  .eq("id", x)',
            'await supabase.from("t").select("*").eq("id", x)',
        ),
        ("prisma.invoice.findUnique({ where: { id } })", "prisma.invoice.findUnique({where: {id: id}})"),
        ("const stripe = new Stripe(key)", "stripe = new Stripe(key)"),
        ("new Foo", "new Foo()"),
        ("new pg.Pool(config).connect()", "new pg.Pool(config).connect()"),
        ("a?.b?.(1)", "a.b(1)"),
        ("(await createClient()).auth!.getUser()", "await createClient().auth.getUser()"),
        ("((db as any).query)(sql)", "db.query(sql)"),
        ("(<any>db).query(1)", "db.query(1)"),
        ("db.query<Row[]>(text)", "db.query(text)"),
        ("handlers['create'](req)", "handlers.create(req)"),
        ("handlers[name](req)", "handlers.[name](req)"),
        ("rows[0].delete()", "rows.[0].delete()"),
        ("make()(1)(2)", "make()(1)(2)"),
        ("super.save()", "super.save()"),
        ("this.repo.save(x)", "this.repo.save(x)"),
        ("sql`select ${id}`", "sql(`select ${id}`)"),
        ("(a || b).c(1)", "a || b.c(1)"),
        (
            "const { data: { user }, error: err } = await s.auth.getUser()",
            "user, error:err = await s.auth.getUser()",
        ),
        ("const { data, ...rest } = g()", "data, rest = g()"),
        ("const { a = 1 } = g()", "a = g()"),
        ("const [x, , y] = g()", "x, y = g()"),
        ("state.user = await g()", "state.user = await g()"),
        ("x ??= g()", "x = g()"),
        ("a = b = g()", "b = g()"),
        ("const s = (await g())?.session ?? null", "s = await g().session"),
        ("const m = await import('./m')", "m = await import('./m')"),
    ],
)
def test_chain(text: str, shown: str) -> None:
    assert call(only_call(text)) == shown


def test_nested_calls_innermost_first() -> None:
    found = ts("async function f() { const u = await find(parse(await req.json()), now()); }")
    assert body(found, "f") == [
        "await req.json()",
        "parse(await req.json())",
        "now()",
        "u = await find(parse(await req.json()), now())",
    ]


def test_value_calls_outermost_first() -> None:
    argument = only_call("go(outer(inner(1)))").args[0]
    assert [call(item) for item in argument.calls] == ["outer(inner(1))", "inner(1)"]


def test_awaited_list_names_each_call() -> None:
    found = ts(
        "async function f() { const [user, { data: team }] = await Promise.all([getUser(), getTeam(id)]); }"
    )
    assert body(found, "f") == [
        "user = getUser()",
        "data:team = getTeam(id)",
        "user, data:team = await Promise.all([getUser(), getTeam(id)])",
    ]


def test_either_call_of_an_alternative_is_assigned() -> None:
    assert body(ts("async function f() { const u = a ? await g() : h(); const v = k() ?? l(); }"), "f") == [
        "u = await g()",
        "u = h()",
        "v = k()",
        "v = l()",
    ]


def test_literals_and_members() -> None:
    argument = only_call(
        "f({ a: 'x', b, ...c, [d]: 1, 'e-f': `g`, h: [1, 'i'], j: `k${l}`, m: \"n\\n\" as const })"
    ).args[0]
    assert [key for key, _ in argument.entries] == ["a", "b", "...", "[d]", "e-f", "h", "j", "m"]
    by_key = dict(argument.entries)
    assert by_key["a"].literal == "x"
    assert by_key["b"].text == "b"
    assert by_key["e-f"].literal == "g"
    assert [item.text for item in by_key["h"].items] == ["1", "'i'"]
    assert by_key["j"].literal is None
    assert by_key["j"].text == "`k${l}`"
    assert [item.text for item in by_key["j"].items] == ["l"]
    assert by_key["m"].literal == "n\n"


def test_statements() -> None:
    found = ts(
        """
        export async function POST(req: Request) {
          const user = await getUser();
          if (!user) return new Response("no", { status: 401 });
          else if (user.role !== "admin") { throw new Error("x"); }
          else log(user);
          isNew && notify(user);
          known || create(user);
          ok ? yes() : no();
          try { await save(user); } catch (e) { report(e); } finally { close(); }
          for await (const row of rows()) { push(row); }
          for (let i = 0; i < 3; i++) step(i);
          while (more()) next();
          do { again(); } while (busy());
          total += count();
          done();
        }
        """
    )
    assert body(found, "POST") == [
        "user = await getUser()",
        "if !user",
        '  new Response("no", {status: 401})',
        '  return new Response("no", { status: 401 })',
        "else",
        '  if user.role !== "admin"',
        '    new Error("x")',
        '    throw new Error("x")',
        "  else",
        "    log(user)",
        "if isNew",
        "  notify(user)",
        "if known",
        "else",
        "  create(user)",
        "if ok",
        "  yes()",
        "else",
        "  no()",
        "try",
        "  await save(user)",
        "catch",
        "  report(e)",
        "finally",
        "  close()",
        "row = rows()",
        "for-await",
        "  push(row)",
        "for",
        "  step(i)",
        "more()",
        "while",
        "  next()",
        "busy()",
        "do",
        "  again()",
        "total = count()",
        "done()",
    ]


def test_switch_is_a_chain_of_branches() -> None:
    found = ts(
        """
        function f(event) {
          switch (event.type) {
            case "a":
            case "b": one(); break;
            case "c": return two();
            default: other();
          }
        }
        """
    )
    assert body(found, "f") == [
        'if event.type === "a" || event.type === "b"',
        "  one()",
        "else",
        '  if event.type === "c"',
        "    two()",
        "    return two()",
        "  else",
        "    other()",
    ]


def test_long_switch_keeps_every_case_and_the_default() -> None:
    cases = "".join(f"case {number}: on{number}(); break;" for number in range(100))
    found = ts(f"function f(x) {{ switch (x) {{ {cases} default: other(); }} }}")
    calls = [item.root for item in calls_within(found.functions[0].body)]
    assert calls == [*(f"on{number}" for number in range(100)), "other"]
    assert not found.error


def test_default_export_of_an_expression() -> None:
    found = ts("export default defineConfig({ plugins: [react()] })")
    (step,) = found.top
    assert isinstance(step, Do)
    assert step.targets == ("default",)
    assert steps(found.top) == ["react()", "defineConfig({plugins: [react()]})"]


def test_interface_parts_hold_functions() -> None:
    found = ts(
        """
        export function Page({ id }) {
          return (
            <form action={async () => { 'use server'; await supabase.from("t").delete().eq("id", id); }}>
              {items.map((item) => <Row key={item.id} onClick={() => remove(item)} />)}
            </form>
          );
        }
        """,
        "page.tsx",
    )
    action = next(function for function in found.functions if "use server" in function.directives)
    assert steps(action.body) == ['await supabase.from("t").delete().eq("id", id)']
    assert any(item.root == "remove" for function in found.functions for item in calls_within(function.body))


def test_plain_ampersands_in_markup() -> None:
    found = ts("export const A = () => <p title='a & b'>Terms & Conditions {fetch(1)} & more</p>", "a.tsx")
    assert not found.error
    assert [item.root for item in calls_within(found.functions[0].body)] == ["fetch"]


def test_places_count_characters() -> None:
    found = ts('const name = "é€😀"; fetch(name)')
    (item,) = [item for item in calls_within(found.top) if item.root == "fetch"]
    assert (item.span.line, item.span.column) == (1, 21)
    assert item.args[0].text == "name"


def test_links_have_their_own_lines() -> None:
    item = only_call('x\n  .from("t")\n  .eq("id", 1)')
    assert [link.line - item.span.line for link in item.links] == [1, 2]


def test_long_text_is_cut() -> None:
    item = only_call(f"send('{'x' * 3000}')")
    assert len(item.args[0].text) == 600
    assert item.args[0].literal == "x" * 3000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.vue",
            "<p>fetch</p>\n<script setup lang='ts'>\nconst x: number = await fetch('/a')\n</script>",
        ),
        ("a.svelte", "<script>\n\nlet x = fetch('/a')</script>\n<p>{x}</p>"),
        ("a.astro", "---\n\nconst x = await fetch('/a')\n---\n<p>{x}</p>"),
    ],
)
def test_components_keep_their_lines(path: str, text: str) -> None:
    found = ts(text, path)
    (item,) = [item for item in calls_within(found.top) if item.root == "fetch"]
    assert item.span.line == 3
    assert found.language == path[2:]


def test_files_of_no_interest_are_read_shallowly() -> None:
    found = ts(
        dedent(
            """
            'use client'
            import * as React from "react"
            import { cn } from "@/lib/utils"
            const Page = React.lazy(() => import("./page"))
            const Card = React.forwardRef(({ className }, ref) => <div ref={ref} className={cn(className)} />)
            export function Grid() { const Other = React.lazy(() => import("./other")); return <Card /> }
            export { Card }
            """
        ),
        "card.tsx",
    )
    assert found.shallow
    assert found.directives == ("use client",)
    assert [(item.module, item.dynamic) for item in found.imports] == [
        ("react", False),
        ("@/lib/utils", False),
        ("./page", True),
        ("./other", True),
    ]
    assert {"Card", "Grid"} <= {function.name for function in found.functions}
    assert all(not function.body for function in found.functions)
    assert found.exported("Card") is not None


def test_broken_file_keeps_what_is_understood() -> None:
    found = ts(
        "import { a } from './a';\nexport async function f() { await fetch('/x') }\nconst = = ;\nexport const b = a;"
    )
    assert "line 3" in found.error
    assert found.exported("f") is not None
    assert [item.module for item in found.imports] == ["./a"]


def test_values_show_their_functions() -> None:
    item = only_call("app.post('/x', mw, (req) => { go() })")
    assert [value(argument) for argument in item.args] == ["'/x'", "mw", "<f.@1:44>"]


def test_tests_keep_only_names() -> None:
    found = ts(
        "import { a } from './a'; describe('x', () => { it('y', async () => { await a() }) })", "a.test.ts"
    )
    assert found.shallow
    assert [item.module for item in found.imports] == ["./a"]
    assert all(not function.body for function in found.functions)
