"""What a visitor's request decides inside one function: which variables it reaches, and which tests take that power
away again (an allow-list, a row that was looked up, a comparison with the true price)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.outline import Attempt, Branch, Do, Leave, Loop, Step, Value
from lastmile_desktop.project.models.walk.taint import Label, ambient

Origins = frozenset[str]
Env = dict[str, Origins]

REQUEST = "request"
NONE: Origins = frozenset()

_OF_RECEIVER = frozenset(
    (
        "trim toString toLowerCase toUpperCase replace replaceAll split slice substring map filter flatMap reduce at "
        "pop shift find get getAll strip lower upper quantize toFixed json formData text body values entries items "
        "model_dump dict"
    ).split()
)  # fmt: skip
_OF_ARGUMENTS = frozenset(
    (
        "Number parseInt parseFloat String BigInt parse safeParse parseAsync safeParseAsync round floor ceil abs trunc "
        "int float str Decimal loads max min Math.round fromEntries assign isNaN validate decodeURIComponent"
    ).split()
)  # fmt: skip
_COMPARES = frozenset(("==", "!=", "<", ">", "<=", ">=", "in", "instanceof", "is", "is not", "not in"))
_MEMBERSHIP = frozenset(
    ("includes", "has", "some", "every", "indexOf", "hasOwnProperty", "hasOwn", "keys", "values")
)
_READS = re.compile(
    r"(?i)find|get|select|lookup|retrieve|query|first|fetch|load|read|one|check|valid|resolve|match|allow|filter|search"
)
_WRITES = re.compile(r"(?i)\b(?:insert|create|upsert|update|save|add|log|send|json|parse|safeParse)$")
# Queries that add a row: its `.select()` only hands back what the visitor sent.
_ADDS = frozenset(("insert", "upsert", "insertOne", "insert_one"))
_MUST_EXIST = re.compile(
    r"(?:OrThrow|_or_404|OrFail|assert\w*|require[A-Z]\w*|validate[A-Z]\w*|validate_\w+)$"
)
_EACH = re.compile(
    r"^(?:async )?(?:for ?)?(?:await )?\(?(?:const |let |var )?\(?([\w$, {}\[\]]{1,120}?)\)? (?:of|in) (.{1,300})$"
)
_ERROR_ANSWER = re.compile(
    r"\.status\(\s*4\d\d|status:\s*4\d\d|abort\(\s*4\d\d|sendStatus\(\s*4\d\d|\.code\(\s*4\d\d"
)


def origins(expr: ex.Expr, env: Mapping[str, Origins]) -> Origins:
    """Whose text an expression holds: the request, or parameters by place."""
    match expr:
        case ex.Name() | ex.Attribute():
            return _of_path(expr, env)
        case ex.Invocation():
            return _of_call(expr, env)
        case ex.Binary(op=op, left=left, right=right):
            return NONE if op in _COMPARES else origins(left, env) | origins(right, env)
        case ex.Choice(then=then, otherwise=otherwise):
            return origins(then, env) | origins(otherwise, env)
        case ex.Unary(op=op, operand=operand):
            return NONE if op == "not" else origins(operand, env)
        case ex.Several(parts=parts, is_list=False) if len(parts) == 2:
            # `PRICES[plan]` is what the list says, whichever entry the visitor picks.
            return origins(parts[0], env)
        case ex.Joined(parts=parts) | ex.Several(parts=parts):
            return NONE.union(*(origins(part, env) for part in parts))
        case ex.Record(entries=entries):
            return NONE.union(*(origins(value, env) for _, value in entries))
        case _:
            return NONE


def _of_path(expr: ex.Expr, env: Mapping[str, Origins]) -> Origins:
    path = ex.plain_path(expr)
    if not path:
        return origins(expr.object, env) if isinstance(expr, ex.Attribute) else NONE
    return _held(path, env)


def _held(path: str, env: Mapping[str, Origins]) -> Origins:
    """What a dotted name holds: of itself, or as a member of what is known."""
    prefix, rest = path, ""
    while prefix:
        if prefix in env and ("." in prefix or not rest or not ambient(path) & Label.REQUEST):
            found = env[prefix]
            return _member(found, rest) if rest else found
        prefix, _, last = prefix.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    return frozenset({REQUEST}) if ambient(path) & Label.REQUEST else NONE


def _member(found: Origins, path: str) -> Origins:
    """Of a parameter only the member that is read is meant."""
    first = path.partition(".")[0]
    return frozenset(
        origin if origin == REQUEST or "." in origin else f"{origin}.{first}" for origin in found
    )


def _of_call(expr: ex.Invocation, env: Mapping[str, Origins]) -> Origins:
    callee = ex.dotted(expr.callee)
    if callee and ambient(callee) & Label.REQUEST:
        return frozenset({REQUEST})
    last = callee.rpartition(".")[2]
    if last in _OF_RECEIVER and isinstance(expr.callee, ex.Attribute):
        return origins(expr.callee.object, env)
    if (
        last in _OF_ARGUMENTS
        or callee in _OF_ARGUMENTS
        or (expr.is_new and last in ("URLSearchParams", "FormData"))
    ):
        return NONE.union(*(origins(arg, env) for arg in expr.args))
    return NONE


class Flow:
    """Follows the steps of one function in order. Where `lists_count`, a value that was found in a list or a table of
    the server's is no longer the visitor's."""

    def __init__(self, language: str, enums: frozenset[str], lists_count: bool = True) -> None:
        self._language = language
        self._enums = enums
        self._lists_count = lists_count
        self._looked_up: dict[str, frozenset[str]] = {}

    def walk(self, steps: tuple[Step, ...], env: Env) -> Iterator[tuple[Step, Env]]:
        """Each step with what the request decides when it runs; `env` is changed in place."""
        for step in steps:
            yield step, env
            match step:
                case Do():
                    self._assign(step, env)
                case Branch():
                    yield from self._branch(step, env)
                case Attempt(body=body, handlers=handlers, final=final):
                    yield from self.walk(body, env)
                    for handler in handlers:
                        yield from self.walk(handler, dict(env))
                    yield from self.walk(final, env)
                case Loop(body=body, header=header):
                    self._bind_loop(header, env)
                    yield from self.walk(body, env)
                case Leave():
                    pass

    def of(self, value: Value, env: Mapping[str, Origins]) -> Origins:
        if value.function:
            return NONE
        if value.entries:
            return NONE.union(*(self.of(inner, env) for _, inner in value.entries))
        return origins(ex.of_value(value, self._language), env)

    def _assign(self, step: Do, env: Env) -> None:
        if step.value is None or not step.targets:
            for call in step.calls:
                if self._lists_count and _MUST_EXIST.search(call.callee):
                    self._clear(frozenset(_tainted_in(" ".join(arg.text for arg in call.args), env)), env)
            return
        found = self.of(step.value, env)
        apart = len(step.targets) > 1
        alone = ex.plain_path(ex.of_value(step.value, self._language)) != ""
        looked = self._lookup_in(step.value, env)
        for target in step.targets:
            last = target.rpartition(".")[2]
            given = _member(found, target) if apart else found
            # One name on the left may be the whole value, or one member taken out of it.
            given |= _member(found, target) if alone and not apart else NONE
            env[target] = NONE if last in self._enums else given
            self._looked_up[target] = looked

    def _lookup_in(self, value: Value, env: Env) -> frozenset[str]:
        """The visitor's values that a lookup was made with: `PLANS.find((plan) => plan.priceId === priceId)`."""
        outer = value.calls[0] if value.calls else None
        if outer is not None and outer.callee == "Promise.all":
            outer = next((call for call in value.calls[1:] if _READS.search(call.callee)), outer)
        index = outer is None and "[" in value.text
        if not index and (outer is None or not _READS.search(outer.callee) or _WRITES.search(outer.callee)):
            return frozenset()
        if outer is not None and any(link.name in _ADDS for link in outer.links):
            return frozenset()
        named = frozenset(_tainted_in(value.text, env))
        if self._lists_count and outer is not None and _MUST_EXIST.search(outer.callee):
            self._clear(named, env)
        return named

    def _branch(self, step: Branch, env: Env) -> Iterator[tuple[Step, Env]]:
        checked = self._checked(step.test, env)
        equal, unequal = self._told(step.test, env)
        inside, outside = dict(env), dict(env)
        self._clear(checked | equal, inside)
        self._clear(unequal, outside)
        yield from self.walk(step.then, inside)
        yield from self.walk(step.orelse, outside)
        if _leaves(step.then):
            inside = {}
            self._clear(checked, outside)
        if step.orelse and _leaves(step.orelse):
            outside = {}
        env.clear()
        for name in inside.keys() | outside.keys():
            if not inside or not outside:
                env[name] = (inside or outside).get(name, NONE)
            else:
                env[name] = _held(name, inside) | _held(name, outside)

    def _checked(self, test: str, env: Env) -> frozenset[str]:
        """The visitor's values that a test holds against something the server knows."""
        if not self._lists_count:
            return frozenset()
        found: set[str] = set()
        for part in ex.walk(ex.parse(test, self._language)):
            match part:
                case ex.Binary(op=op, left=left, right=right) if op in _COMPARES:
                    for mine, other in ((left, right), (right, left)):
                        if origins(mine, env) and not origins(other, env) and not _is_bound(other):
                            found |= _names(mine)
                case ex.Invocation(args=args) if ex.dotted(part.callee).rpartition(".")[2] in _MEMBERSHIP | {
                    "get"
                }:
                    found |= {name for arg in args if origins(arg, env) for name in _names(arg)}
                case ex.Several(parts=(_, index), is_list=False) if origins(index, env):
                    found |= _names(index)
                case ex.Invocation(args=args) if _READS.search(ex.dotted(part.callee)):
                    if not ambient(ex.dotted(part.callee)):
                        found |= {name for arg in args if origins(arg, env) for name in _names(arg)}
                case ex.Name(id=name):
                    found |= self._looked_up.get(name, frozenset())
                case _:
                    pass
        return frozenset(found)

    def _told(self, test: str, env: Env) -> tuple[frozenset[str], frozenset[str]]:
        """The visitor's values that are known to be a written text where the test holds, and where it does not."""
        found: dict[str, set[str]] = {"==": set(), "!=": set()}
        for part in ex.walk(ex.parse(test, self._language)):
            if isinstance(part, ex.Binary) and part.op in found:
                for mine, other in ((part.left, part.right), (part.right, part.left)):
                    if origins(mine, env) and _is_text(other) and ex.plain_path(mine):
                        found[part.op].add(ex.plain_path(mine))
        return frozenset(found["=="]), frozenset(found["!="])

    def _clear(self, names: frozenset[str], env: Env) -> None:
        for name in names:
            env[name] = NONE
            last = name.rpartition(".")[2]
            for other in [key for key in env if key.rpartition(".")[2] == last or key.startswith(f"{name}.")]:
                env[other] = NONE

    def _bind_loop(self, header: str, env: Env) -> None:
        bare = header.rstrip(": ")
        found = _EACH.match(bare[:-1] if "(" in bare[:12] and bare.endswith(")") else bare)
        if found is None:
            return
        given = origins(ex.parse(found[2], self._language), env)
        for name in re.findall(r"[A-Za-z_$][\w$]*", found[1]):
            env[name] = given


def _is_bound(expr: ex.Expr) -> bool:
    """A plain number, text or nothing: `amount < 1`, `typeof amount !== "number"`, `!amount`."""
    if isinstance(expr, ex.Literal):
        return True
    if isinstance(expr, ex.Unary):
        return _is_bound(expr.operand)
    return isinstance(expr, ex.Name) and expr.id in ("NaN", "Infinity", "None")


def _is_text(expr: ex.Expr) -> bool:
    return isinstance(expr, ex.Literal) and isinstance(expr.value, str)


def _names(expr: ex.Expr) -> set[str]:
    if isinstance(expr, ex.Unary) and expr.op == "typeof":
        return set()
    return {path for part in ex.walk(expr) if (path := ex.plain_path(part))}


def _tainted_in(text: str, env: Mapping[str, Origins]) -> Iterator[str]:
    for path in dict.fromkeys(re.findall(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", text[:600])):
        prefix = path
        while prefix:
            if env.get(prefix):
                yield path
                break
            prefix = prefix.rpartition(".")[0]


def _leaves(steps: tuple[Step, ...]) -> bool:
    last = steps[-1] if steps else None
    if isinstance(last, Leave):
        return True
    if isinstance(last, Do):
        return (
            last.skips
            or any(_ERROR_ANSWER.search(arg.text) is not None for call in last.calls for arg in call.args)
            or any(link.name == "status" for call in last.calls for link in call.links)
        )
    return isinstance(last, Branch) and bool(last.orelse) and _leaves(last.then) and _leaves(last.orelse)
