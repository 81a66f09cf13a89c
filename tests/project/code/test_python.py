"""Python sources and their outlines."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.code.outline import calls_within
from lastmile_desktop.project.code.parse import outline
from tests.project.code.outlines import body, call, py, steps, value


def only_call(text: str) -> str:
    found = py(f"async def f():\n    {text}\n")
    return call(list(calls_within(found.functions[0].body))[-1])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("requests.get(url, timeout=5)", "requests.get(url, timeout=5)"),
        ("user = await db.get(User, id)", "user = await db.get(User, id)"),
        ("a, b = f()", "a, b = f()"),
        ("self.x = f()", "self.x = f()"),
        ("os.environ['A'].strip()", "os.environ.A.strip()"),
        ("rows[0].delete()", "rows.[0].delete()"),
        (
            "(await client()).table('t').select('*').execute()",
            "await client().table('t').select('*').execute()",
        ),
        ("f(*a, **k)", "f(*a, **=k)"),
        ("f({'a': 1, **b, c: [2]})", "f({a: 1, ...: b, c: [2]})"),
        ("x = y or f()", "x = f()"),
        ("if (n := f()) is None: pass", "n = f()"),
        ("async with open() as (r, w): pass", "r, w = open()"),
        ("make()(1)", "make()(1)"),
        ("[f(x) for x in y]", "f(x)"),
        ("sorted(x, key=lambda r: r.id)", "sorted(x, key=<f.@2:19>)"),
    ],
)
def test_chain(text: str, shown: str) -> None:
    assert only_call(text) == shown


def test_statements() -> None:
    found = py(
        """
        async def create(item: Item):
            user = current()
            if not user:
                raise HTTPException(401)
            elif user.admin:
                return None
            else:
                log(user)
            assert user.ok()
            ready and go()
            try:
                save(item)
            except ValueError:
                fail()
            else:
                done()
            finally:
                close()
            async with session() as s:
                await s.add(item)
            for row in rows():
                push(row)
            match kind():
                case "a" | "b" if check():
                    one()
                case _:
                    other()
            return build(f"{name()} x")
        """
    )
    assert body(found, "create") == [
        "user = current()",
        "if not user",
        "  HTTPException(401)",
        "  throw HTTPException(401)",
        "else",
        "  if user.admin",
        "    return None",
        "  else",
        "    log(user)",
        "user.ok()",
        "if not (user.ok())",
        "  throw",
        "if ready",
        "  go()",
        "try",
        "  save(item)",
        "  done()",
        "catch",
        "  fail()",
        "finally",
        "  close()",
        "s = session()",
        "with",
        "  await s.add(item)",
        "row = rows()",
        "for",
        "  push(row)",
        "kind()",
        "check()",
        'if kind() is "a" | "b" if check()',
        "  one()",
        "else",
        "  other()",
        "name()",
        'build(f"{name()} x")',
        'return build(f"{name()} x")',
    ]


def test_functions() -> None:
    found = py(
        """
        @router.get("/{id}", response_model=Item)
        @login_required
        async def read(id: int, user: Annotated[User, Depends(get_user)], db=Depends(get_db), *args, k=1, **kw):
            def inner():
                pass
            return 1
        """
    )
    read = found.function("read")
    assert read is not None
    assert [call(item) for item in read.decorators] == [
        'router.get("/{id}", response_model=Item)',
        "login_required",
    ]
    assert read.params == (
        *("id: int", "user: Annotated[User, Depends(get_user)]", "db=Depends(get_db)"),
        *("*args", "k=1", "**kw"),
    )
    given = dict(read.param_values)
    assert [call(item) for item in given["user"].calls] == ["Depends(get_user)"]
    assert [key for key, _ in given["user"].entries] == ["annotation"]
    assert [call(item) for item in given["db"].calls] == ["Depends(get_db)"]
    assert found.function("read.inner") is not None
    assert read.exported_as == ("read",)


def test_classes() -> None:
    found = py(
        """
        class Settings(BaseSettings, frozen=True):
            key: str
            limit: int = Field(default=10)
            name = "x"
            class Meta:
                ordering = ["a"]
            @property
            def full(self): return self.a.b()
        """
    )
    settings, meta = found.classes
    assert settings.bases == ("BaseSettings", "frozen=True")
    assert [(name, given.text) for name, given, _ in settings.attributes] == [
        ("key", ""),
        ("limit", "Field(default=10)"),
        ("name", '"x"'),
    ]
    assert settings.annotations == (("key", "str"), ("limit", "int"))
    assert (meta.name, [value(item) for _, item, _ in meta.attributes]) == ("Settings.Meta", ['["a"]'])
    assert body(found, "Settings.full") == ["self.a.b()", "return self.a.b()"]


def test_imports() -> None:
    found = py(
        """
        import os.path, sys as system
        from .a import b as c, d
        from .. import e
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from .models import User
        def f():
            import late
        """
    )
    assert [(item.module, item.names, item.dynamic, item.type_only) for item in found.imports] == [
        ("os.path", (("os", "*"),), False, False),
        ("sys", (("system", "*"),), False, False),
        (".a", (("c", "b"), ("d", "d")), False, False),
        ("..", (("e", "e"),), False, False),
        ("typing", (("TYPE_CHECKING", "TYPE_CHECKING"),), False, False),
        (".models", (("User", "User"),), False, True),
        ("late", (("late", "*"),), True, False),
    ]


def test_strings() -> None:
    found = py('f("a" "b", f"x {y}", b"c", """d""")')
    (item,) = calls_within(found.top)
    assert [argument.literal for argument in item.args] == ["ab", None, None, "d"]
    assert [part.text for part in item.args[1].items] == ["y"]


@pytest.mark.parametrize(
    "broken",
    [
        "def g(:\n    pass",
        "x = = 1",
        "print 'hello'",
        "if True:\n    return (",
        "type Alias = int",
        "def h[T](x: T) -> T:\n    return x",
    ],
)
def test_the_rest_of_a_broken_file_is_read(broken: str) -> None:
    text = f"@get\ndef first():\n    return one()\n\n{broken}\n\n@get\ndef last():\n    return two()\n"
    found = py(text)
    assert "not valid Python" in found.error
    first, last = found.function("first"), found.function("last")
    assert first is not None
    assert last is not None
    assert last.span.line == text.count("\n", 0, text.index("def last")) + 1
    assert steps(last.body) == ["two()", "return two()"]


def test_several_exceptions_without_brackets() -> None:
    found = py("def f():\n    try:\n        a()\n    except ValueError, TypeError:\n        b()\n")
    assert body(found, "f") == ["try", "  a()", "catch", "  b()"]


def test_generic_functions_are_read_by_older_pythons() -> None:
    assert body(py("def h[T](x: T) -> T:\n    return go(x)\n"), "h") == ["go(x)", "return go(x)"]


def test_form_feeds_and_wide_characters_keep_places() -> None:
    found = py('x = "é"\n\x0c\ny = "€€"; fetch(x)\n')
    (item,) = calls_within(found.top)
    assert (item.span.line, item.span.column) == (3, 11)
    assert [argument.text for argument in item.args] == ["x"]


def test_tests_keep_only_names() -> None:
    found = outline(
        "tests/test_pay.py", "import stripe\n@mark\ndef test_pay():\n    stripe.Charge.create()\n"
    )
    assert found.shallow
    (function,) = found.functions
    assert (function.name, function.body) == ("test_pay", ())
