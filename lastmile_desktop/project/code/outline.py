"""The outline of a source file: what checks need to know of its code, in the same shapes for TypeScript,
JavaScript and Python.

An outline is a small, picklable value computed once per file content. It keeps control flow (what runs before
what, what returns early), calls with their chained links and arguments, and imports and exports; it drops
everything else. Text is the source's own, white space collapsed and capped at `TEXT_CAP` characters.
Lines and columns are 1-based.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter

TEXT_CAP = 600


@dataclass(frozen=True, slots=True)
class Span:
    line: int
    column: int
    line_end: int


@dataclass(frozen=True, slots=True)
class Import:
    """`module` as written. `names` are (local, imported) pairs; imported is `default` or `*` where it
    applies.

    Python's `import a.b` gives names (("a", "*"),) with module "a.b"; `from a import b as c` gives (("c",
    "b"),). `dynamic` is `import()` or `require()` inside a function. `type_only` never reaches a bundle: written so, or
    (TypeScript) without any use of its names as a value.
    """

    module: str
    names: tuple[tuple[str, str], ...]
    span: Span
    dynamic: bool = False
    type_only: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """`name` as seen from outside (`default` for the default export), `local` the name inside this file or
    the name in `module` for a re-export; `*` re-exports everything."""

    name: str
    local: str
    module: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """An argument or a right-hand side. `entries` are the members of an object/dict literal, in order,
    spreads under the key `...`; `name` is the keyword of a Python keyword argument. `literal` is the value of
    a plain string literal without interpolation. `function` names the inline function passed here (see
    `Function.name`), if any. `calls` are all calls inside this expression, outermost first.
    Of an inline function with a body and of markup `text` holds the beginning only; the column of a value
    without calls or members may be that of the first one on its line."""

    text: str
    name: str = ""
    literal: str | None = None
    entries: tuple[tuple[str, Value], ...] = ()
    items: tuple[Value, ...] = ()
    function: str = ""
    # Left out of comparisons: every call is there once more in its own place, and again in each outer value.
    calls: tuple[Call, ...] = field(default=(), compare=False, repr=False)
    span: Span | None = None

    def entry(self, key: str) -> Value | None:
        """The member of an object literal with this key."""
        return next((value for name, value in self.entries if name == key), None)


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chained expression: `.name` (args None) or `.name(args)`. An index is a step named by its
    text in brackets (`[0]`), or plainly by its value for a string. `tagged` marks a template literal's tag
    (`sql`...``), whose argument is the template."""

    name: str
    args: tuple[Value, ...] | None
    line: int
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call, with its whole fluent chain as one value.

    `supabase.from("t").select("*").eq("id", x)` is root `supabase` and links from/select/eq.
    `prisma.invoice.findUnique({...})` is root `prisma`, links invoice (no args) and findUnique.
    `fetch(url)` is root `fetch`, links (Link("", args),): a call of the root itself has the empty name.
    `new Stripe(key)` has `is_new` and root `Stripe`. A function called where it is written has that
    function's name as root. `callee` is the dotted names, such as `supabase.from.select.eq`. `assigned` are
    the local names bound from the result (destructured ones too, as `data`, or `error:err` when renamed).
    """

    root: str
    links: tuple[Link, ...]
    span: Span
    awaited: bool = False
    is_new: bool = False
    assigned: tuple[str, ...] = ()

    @property
    def callee(self) -> str:
        return ".".join([self.root, *(link.name for link in self.links if link.name)])

    def link(self, name: str) -> Link | None:
        """The first link with this name."""
        return next((link for link in self.links if link.name == name), None)

    def args_of(self, name: str) -> tuple[Value, ...]:
        """The arguments of the first link with this name, () when there is none."""
        link = self.link(name)
        return (link.args or ()) if link else ()

    @property
    def args(self) -> tuple[Value, ...]:
        """The arguments of the last called link."""
        return next((link.args for link in reversed(self.links) if link.args is not None), ())


class Exit(StrEnum):
    """How a path leaves: nothing after it in the function runs."""

    RETURN = "return"
    THROW = "throw"


@dataclass(frozen=True, slots=True)
class Do:
    """An expression statement, declaration or assignment: the calls it makes, innermost argument first.

    `targets` are assigned names or member texts (`x`, `obj.y`); `value` the right-hand side; `unpacks` when the
    names are its members (`const { user } = …`); `adds` when the value is added to what the names hold (`x += y`).
    `continue` is one whose value's text says so (`skips`).
    """

    span: Span
    calls: tuple[Call, ...] = ()
    targets: tuple[str, ...] = ()
    value: Value | None = None
    unpacks: bool = False
    adds: bool = False

    @property
    def skips(self) -> bool:
        """Whether the rest of the loop's body does not run."""
        return not self.targets and self.value is not None and self.value.text == SKIPS.text


SKIPS = Value("continue")


@dataclass(frozen=True, slots=True)
class Leave:
    """return / throw / raise, with the calls made to compute the value. `next(err)` is a plain Do."""

    span: Span
    how: Exit
    value: Value | None = None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """if / else, switch or match (each case one Branch in `orelse` of the former), conditional expression
    statements. `test` is the condition's text, `calls` those made in it."""

    span: Span
    test: str
    calls: tuple[Call, ...]
    then: tuple[Step, ...]
    orelse: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """try / catch / finally. `handlers` are the bodies of catch or except clauses."""

    span: Span
    body: tuple[Step, ...]
    handlers: tuple[tuple[Step, ...], ...] = ()
    final: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """for / while, and a `with` block as a loop of one (kind `with`)."""

    span: Span
    kind: str
    header: str
    calls: tuple[Call, ...]
    body: tuple[Step, ...]


Step = Do | Leave | Branch | Attempt | Loop


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or inline callback.

    `name` is unique in the file: `POST`, `Class.method`, `outer.inner`, and for an unnamed callback
    `<parent>.@<line>:<column>`. `params` are parameter texts with annotations and defaults as written.
    `decorators` are Python/TS decorator calls (`app.get("/x")`) in order; a bare `@login_required` is a Call
    without called links. `directives` are leading string statements (`use server`). `wrapped_by` are calls
    this function is an argument of, outermost first: `export const POST = withAuth(async () => …)` gives
    withAuth, as does `export const POST = withAuth(handler)` for `handler`. The last function given to a
    wrapper takes the name of what is declared: here `POST`. Members of object literals are named by their
    keys (`Route.loader`). `param_values` are the parameters that have a default or (Python) an annotation:
    the calls of both, and the entries `annotation` and `default` as far as written.
    """

    name: str
    params: tuple[str, ...]
    body: tuple[Step, ...]
    span: Span
    is_async: bool = False
    exported_as: tuple[str, ...] = ()
    decorators: tuple[Call, ...] = ()
    directives: tuple[str, ...] = ()
    wrapped_by: tuple[Call, ...] = ()
    parent: str = ""
    param_values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class ClassDef:
    """A class: base texts, class-level assignments (name, value) and decorators. Methods are Functions.
    `annotations` are the type texts of Python attributes (name, annotation); one without a value is in
    `attributes` with an empty text."""

    name: str
    bases: tuple[str, ...]
    attributes: tuple[tuple[str, Value, Span], ...]
    decorators: tuple[Call, ...]
    span: Span
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Barrier:
    """Something in a file's markup that shuts out people who use a keyboard or a screen reader. `kind` is the
    rule of frontend.a11y-static, `headings` for the levels of all headings, or `dead-control` for a control that does
    nothing; `detail` names the thing."""

    kind: str
    line: int
    column: int
    detail: str = ""
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Outline:
    """All that is kept of a file. `top` are the module-level steps. `error` says why parsing was not whole:
    "" when clean; parse errors with recovery keep what was understood. `shallow` marks a file that names
    nothing of interest outside its screen: imports, exports, directives and function names are there, bodies
    are not. `export default <expression>` is a top-level Do with the target `default`."""

    path: str
    language: str
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[ClassDef, ...] = ()
    top: tuple[Step, ...] = ()
    directives: tuple[str, ...] = ()
    error: str = ""
    shallow: bool = False
    barriers: tuple[Barrier, ...] = ()

    def function(self, name: str) -> Function | None:
        return next((function for function in self.functions if function.name == name), None)

    def exported(self, name: str) -> Function | None:
        """The function that this export name stands for, in this file."""
        return next((function for function in self.functions if name in function.exported_as), None)


def steps_within(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, depth first, in source order."""
    for step in steps:
        yield step
        match step:
            case Branch(then=then, orelse=orelse):
                yield from steps_within(then)
                yield from steps_within(orelse)
            case Attempt(body=body, handlers=handlers, final=final):
                yield from steps_within(body)
                for handler in handlers:
                    yield from steps_within(handler)
                yield from steps_within(final)
            case Loop(body=body):
                yield from steps_within(body)
            case _:
                pass


def calls_within(steps: tuple[Step, ...]) -> Iterator[Call]:
    """Every call made directly in these steps (inline callbacks are their own Functions), in source order."""
    for step in steps_within(steps):
        if not isinstance(step, Attempt):
            yield from step.calls


def _quickly_pickled(*classes: type) -> None:
    """Outlines cross process boundaries by the thousand, hundreds of these values in each. The state that
    dataclasses give slotted classes looks their fields up anew for every value; here it is a plain tuple."""
    for each in classes:
        names = tuple(item.name for item in fields(each))
        slots = tuple(each.__dict__[name].__set__ for name in names)

        def restore(self: object, state: tuple[object, ...], slots: tuple[_Slot, ...] = slots) -> None:
            for put, value in zip(slots, state, strict=True):
                put(self, value)

        for name, method in (("__getstate__", _state_of(names)), ("__setstate__", restore)):
            setattr(each, name, method)


_Slot = Callable[[object, object], None]


def _state_of(names: tuple[str, ...]) -> Callable[[object], object]:
    get = attrgetter(*names)
    return lambda self: get(self)


_quickly_pickled(
    *(
        Span,
        Import,
        Export,
        Value,
        Link,
        Call,
        Do,
        Leave,
        Branch,
        Attempt,
        Loop,
        Function,
        ClassDef,
        Barrier,
        Outline,
    )
)
