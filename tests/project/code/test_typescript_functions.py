"""Functions and classes of TypeScript and JavaScript: names, wrappers, parameters, decorators."""

from __future__ import annotations

from lastmile_desktop.project.code.outline import Exit, Leave, calls_within
from tests.project.code.outlines import call, ts


def test_functions_and_their_names() -> None:
    found = ts(
        """
        export const POST = withAuth(async (req) => { return run(req) }, { role: "admin" });
        const handlers = { GET: async () => {}, POST() {} };
        export const Route = createFileRoute("/x")({ server: { handlers: { GET: async () => {} } } });
        app.get("/y", guard, async (req, res) => { res.json(1) });
        class Users { static all = () => {}; find(id: string) {} }
        const names = rows.map((row) => row.name);
        export default { async fetch(req) {}, scheduled: () => {} };
        export const action = createServerFn({ method: "POST" }).validator((d) => d).handler(async ({ data }) => {});
        function outer() { function inner() {} const other = () => {} }
        (async () => { start() })();
        """
    )
    functions = {function.name: function for function in found.functions}
    assert set(functions) == {
        *("POST", "handlers.GET", "handlers.POST", "Route.server.handlers.GET", "@5:22", "Users.all"),
        *("Users.find", "@7:24", "default.fetch", "default.scheduled", "@9:68", "action"),
        *("outer", "outer.inner", "outer.other", "@11:2"),
    }
    assert functions["POST"].exported_as == ("POST",)
    assert [item.root for item in functions["POST"].wrapped_by] == ["withAuth"]
    assert functions["POST"].is_async
    assert [item.root for item in functions["Route.server.handlers.GET"].wrapped_by] == ["createFileRoute"]
    assert [item.callee for item in functions["action"].wrapped_by] == ["createServerFn.validator.handler"]
    assert functions["outer.inner"].parent == "outer"
    assert any(call.root.startswith("@") for call in calls_within(found.top))


def test_callbacks_of_collections_do_not_take_the_name() -> None:
    found = ts("const names = rows.map((row) => fetch(row)); const x = await g().then((r) => r.json());")
    assert [function.name for function in found.functions] == ["@1:24", "@1:71"]


def test_wrapping_a_named_function() -> None:
    found = ts(
        "async function handler(req) {}\nexport const POST = withAuth(handler);\nexport default log(handler);"
    )
    function = found.function("handler")
    assert function is not None
    assert function.exported_as == ("POST", "default")
    assert [item.root for item in function.wrapped_by] == ["log", "withAuth"]


def test_wrappers_are_outermost_first() -> None:
    function = ts("export const GET = outer(middle(async (req) => {}));").functions[0]
    assert function.name == "GET"
    assert [item.root for item in function.wrapped_by] == ["outer", "middle"]


def test_parameters() -> None:
    function = ts(
        "export function f(req: Request, { params }: Props = {}, limit = max(), ...rest: any[]) {}"
    ).functions[0]
    assert function.params == ("req: Request", "{ params }: Props = {}", "limit = max()", "...rest: any[]")
    assert [(name, [call(item) for item in given.calls]) for name, given in function.param_values] == [
        ("{ params }", []),
        ("limit", ["max()"]),
    ]
    assert ts("const f = req => req.json()").functions[0].params == ("req",)


def test_directives() -> None:
    found = ts("'use server';\nimport x from 'x';\nasync function f() { 'use cache'; x() }")
    assert found.directives == ("use server",)
    assert found.functions[0].directives == ("use cache",)
    assert ts('// note\n"use client"\nfetch(1)').directives == ("use client",)


def test_expression_bodies_return() -> None:
    step = ts("const f = async (id) => await db.find(id)").functions[0].body[0]
    assert isinstance(step, Leave)
    assert step.how is Exit.RETURN
    assert [call(item) for item in step.calls] == ["await db.find(id)"]


def test_classes() -> None:
    found = ts(
        """
        @Controller("users")
        export class Users extends Base<User> implements OnInit {
          limit = 10;
          private name: string;
          @Get(":id") @Public
          async find(@Param("id") id: string) { return this.db.find(id) }
        }
        """
    )
    (users,) = found.classes
    assert (users.name, users.bases) == ("Users", ("Base",))
    assert [(name, given.text) for name, given, _ in users.attributes] == [("limit", "10"), ("name", "")]
    assert [call(item) for item in users.decorators] == ['Controller("users")']
    function = found.function("Users.find")
    assert function is not None
    assert [call(item) for item in function.decorators] == ['Get(":id")', "Public"]
