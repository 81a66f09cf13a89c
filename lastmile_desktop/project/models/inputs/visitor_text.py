"""Where text of a visitor is run, opened, fetched or shown, followed statement by statement inside one file.

Every function is read in order with what its names hold: what comes from the request, what a test has settled, what
was cleaned. Functions of the same file are read again for what they are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lastmile_desktop.project.code import expression as ex
from lastmile_desktop.project.code.expression import HOLE
from lastmile_desktop.project.code.outline import (
    Attempt,
    Branch,
    Call,
    Do,
    Exit,
    Function,
    Leave,
    Loop,
    Outline,
    Step,
    Value,
)
from lastmile_desktop.project.models.inputs import visitor_sinks_python, visitor_sinks_script, visitor_sources
from lastmile_desktop.project.models.inputs.visitor_checks import Env, settled
from lastmile_desktop.project.models.inputs.visitor_reading import Reading
from lastmile_desktop.project.models.inputs.visitor_scope import all_of, become, bound, each, imported, merged
from lastmile_desktop.project.models.inputs.visitor_sinks import Asked
from lastmile_desktop.project.models.inputs.visitor_words import may_use
from lastmile_desktop.project.models.walk.held import CLEAN, Held, boxed, either
from lastmile_desktop.project.models.walk.parameters import names, pairs

_DEEPEST = 4
_MOST_RUNS = 200
_FOR = re.compile(
    r"^(?:async\s+)?for(?:\s+await)?\s*\(?\s*(?:const|let|var)?\s*(.{1,80}?)\s+(?:of|in)\s+(.{1,400}?)\)?$"
)
_WITH = re.compile(r"^(?:async\s+)?with\s+(.{1,400}?)\s+as\s+([A-Za-z_]\w*)\s*$")
_ROUTED = re.compile(r"(?:^|\.)(?:route|get|post|put|patch|delete)$")
_NAMES_HOST = re.compile(r"(?i)(?:host(?:name)?|href|ur[il]|\[[^\]]*\])$")
_SESSIONS = re.compile(r"^(?:\w+\.)*\w*(?:session|SESSION)\w*\[|^(?:req|request|ctx|c)\.session\.")
_THEN = frozenset({"then", "map", "forEach", "filter", "flatMap", "find", "reduce", "each", "tap"})


@dataclass(frozen=True, slots=True)
class VisitorText:
    """A use of a visitor's text: `kind` is what is done with it, `function` where it stands; `handed` when another
    function gave the text to that one, whose own conditions are not seen there. `harmless` when the text was held to
    something that does no harm here, or is all written in the code."""

    kind: str
    line: int
    function: str
    handed: bool = False
    harmless: bool = False


def visitor_text_of(outline: Outline, text: str) -> tuple[VisitorText, ...]:
    """`visitor_text` of a file whose words say that there may be any."""
    return visitor_text(outline) if may_use(text, python=outline.language == "python") else ()


def visitor_text(outline: Outline) -> tuple[VisitorText, ...]:
    """Every dangerous use in one file of what visitors send."""
    if outline.shallow:
        return ()
    walk = Walk(outline)
    walk.read_all()
    plain = {(item.kind, item.line) for item in walk.found if not item.handed}
    found = [item for item in walk.found if not item.handed or (item.kind, item.line) not in plain]
    risky = {(item.kind, item.line) for item in found}
    found += [item for item in walk.settled - walk.unsure if (item.kind, item.line) not in risky]
    return tuple(sorted(found, key=lambda item: (item.line, item.kind)))


class Walk:
    """Reads the functions of one file."""

    def __init__(self, outline: Outline) -> None:
        self.found: set[VisitorText] = set()
        self.settled, self.unsure = set[VisitorText](), set[VisitorText]()
        self._returned: dict[str, list[tuple[int, Held]]] = {}
        self._outline = outline
        self._python = outline.language == "python"
        self._language = "python" if self._python else "typescript"
        self._imported = dict(imported(outline))
        self._modules = frozenset(item.module for item in outline.imports)
        self._named: dict[str, Function] = {item.name: item for item in outline.functions}
        self._children: dict[str, list[Function]] = {}
        for function in outline.functions:
            if function.parent:
                self._children.setdefault(function.parent, []).append(function)
        self._reading = Reading(self._python, self._imported, self._run)
        self._depth = self._runs = self._handed = 0
        self._seen: set[str] = set()
        self._top: Env = {}
        self._given_back: dict[tuple[str, tuple[frozenset[str], ...]], Held] = {}
        self._scope = ""
        self._flask = any(item.startswith(("flask", "bottle", "quart")) for item in self._modules)

    def read_all(self) -> None:
        self._steps(self._outline.top, self._top)
        for function in self._outline.functions:
            if function.parent and "@" in function.name.rpartition(".")[2]:
                continue
            self._function(function, dict(self._top), {})
        for function in self._outline.functions:
            # Handlers that another function makes and gives back: `return (req, res) => …`.
            if function.name not in self._seen:
                self._function(function, dict(self._top), {})

    def read_given(self, function: Function, given: Mapping[str, Held]) -> None:
        """Reads one function that is handed something."""
        self._steps(self._outline.top, self._top)
        self._function(function, dict(self._top), given)

    def _function(self, function: Function, env: Env, args: Mapping[str, Held]) -> Held:
        """Reads a function's body; what it gives back."""
        self._runs += 1
        if self._depth >= _DEEPEST or self._runs > _MOST_RUNS:
            return CLEAN
        own = {local: Held(made=local) for param in function.params for local in names(param)}
        env = {**env, **own, **visitor_sources.given(self._outline, function), **args}
        self._seen.add(function.name)
        outer, self._scope = self._scope, function.name
        self._depth += 1
        given: list[Held] = []
        self._steps(function.body, env, given)
        self._depth -= 1
        self._scope = outer
        back = CLEAN
        for held in given:
            back = either(back, held) if back is not CLEAN else held
        if self._shows(function) and "xss" in back.risk:
            self._show_returned(function, env)
        return back

    def _shows(self, function: Function) -> bool:
        """Whether what a function returns is the page (Flask's and Bottle's routes)."""
        return self._flask and any(call.links and _ROUTED.search(call.callee) for call in function.decorators)

    def _show_returned(self, function: Function, env: Env) -> None:
        for line, held in self._returned.pop(function.name, ()):
            if "xss" in held.risk and not held.members:
                self.found.add(VisitorText("xss", line, function.name))

    def _run(self, made: str, args: Sequence[Held], keywords: Mapping[str, Held]) -> Held | None:
        """What a function of this file gives back for what it is handed."""
        name = made.removeprefix("self.").removeprefix("this.")
        function = self._named.get(name)
        if function is None and name != made:
            prefix = self._scope.partition(".")[0]
            function = self._named.get(f"{prefix}.{name}")
        if function is None:
            return None
        risks = tuple(held.risk for held in (*args, *keywords.values()))
        key = (function.name, risks if any(risks) else ())
        if key not in self._given_back:
            self._given_back[key] = CLEAN
            self._handed += 1
            handed = bound(function, args, keywords)
            self._given_back[key] = self._function(function, dict(self._top), handed)
            self._handed -= 1
        return self._given_back[key]

    def _steps(self, steps: Sequence[Step], env: Env, given: list[Held] | None = None) -> bool:
        """Reads statements in order; whether they leave the function."""
        given = [] if given is None else given
        return any(self._step(step, env, given) for step in steps)

    def _step(self, step: Step, env: Env, given: list[Held]) -> bool:
        match step:
            case Do():
                self._do(step, env)
                return step.skips
            case Leave(value=value, calls=calls, how=how):
                self._calls(calls, env)
                if value is not None and how is Exit.RETURN:
                    held = self._value(value, env)
                    given.append(held)
                    self._returned.setdefault(self._scope, []).append((step.span.line, held))
                return True
            case Branch():
                return self._branch(step, env, given)
            case Attempt(body=body, handlers=handlers, final=final):
                before = dict(env)
                left = self._steps(body, env, given)
                for handler in handlers:
                    inside = merged(before, env)
                    if not self._steps(handler, inside, given):
                        become(env, merged(env, inside) if not left else inside)
                        left = False
                self._steps(final, env, given)
                return left
            case Loop():
                self._loop(step, env, given)
                return False

    def _do(self, step: Do, env: Env) -> None:
        self._calls(step.calls, env)
        if step.value is None:
            for call in step.calls:
                self._change(call, env)
            return
        held = self._value(step.value, env)
        for target in step.targets:
            self._assign(step, target, held, env)

    def _assign(self, step: Do, target: str, held: Held, env: Env) -> None:
        if step.unpacks or len(step.targets) > 1:
            member, _, local = target.rpartition(":")
            name = local or target
            places = [item.rpartition(":")[2] for item in step.targets]
            part = held.member(member or name) or held.member(str(places.index(name)))
            env[name] = part or self._member(held, member or name)
            return
        self._sink_of_property(step, target, held, env)
        if "guessable" in held.risk and _SESSIONS.match(target):
            self._note("guessable", held, step.span.line)
        if step.adds:
            before = self._read(target, env)
            text = before.shape + held.shape if before.text is not None else held.text
            held = replace(either(before, held), text=text[:300] if text else text)
        if target.isidentifier():
            for name in [name for name in env if name.startswith(f"{target}.")]:
                del env[name]
            env[target] = held
            return
        expr = ex.parse(target, self._language)
        path = ex.plain_path(expr)
        if path:
            env[path] = held
        root, _, key = path.rpartition(".") if path else (ex.dotted(expr).partition(".")[0], "", "")
        owner = env.get(root)
        if owner is not None and not owner.made.startswith("@"):
            if key and owner.members:
                env[root] = boxed((*(item for item in owner.members if item[0] != key), (key, held)))
            elif held.risk:
                # An address keeps its host when its path or its query is filled in.
                added = held.risk if _NAMES_HOST.search(target) else held.risk - {"ssrf", "open-redirect"}
                env[root] = Held(owner.risk | added, owner.text, owner.members, owner.made)

    def _member(self, held: Held, name: str, whole: ex.Expr = ex.NOTHING, env: Env | None = None) -> Held:
        """What a member of a value holds (`const { q } = req.query`)."""
        path = ex.plain_path(whole) if env else ""
        if env and path in env:
            return env[path]
        return self._reading.read(ex.Attribute(ex.Name("@"), name), {"@": held})

    def _sink_of_property(self, step: Do, target: str, held: Held, env: Env) -> None:
        if self._python or not (held.risk or held.settled):
            return
        made = self._read(target.rpartition(".")[0], env).made if "." in target else ""
        for kind, value in visitor_sinks_script.assigned(target, made, held):
            self._note(kind, value, step.span.line)

    def _branch(self, step: Branch, env: Env, given: list[Held]) -> bool:
        self._calls(step.calls, env)
        test = ex.parse(step.test, self._language)
        known = self._case(step.test, env) if self._python else None
        known = self._reading.truth(test, env) if known is None else known
        inside = {**env, **settled(self._reading, test, env, True)}
        outside = {**env, **settled(self._reading, test, env, False)}
        left = known is False or self._steps(step.then, inside, given)
        left_else = known is True or self._steps(step.orelse, outside, given)
        if left and left_else:
            become(env, outside if known is False else inside)
            return known is None
        become(env, outside if left else inside if left_else else merged(inside, outside))
        return False

    def _case(self, test: str, env: Env) -> bool | None:
        """Whether a case of Python's `match` is taken (`guess is 'C' | 'D'`)."""
        found = re.fullmatch(r"(\w+) is (('[^']*'|\"[^\"]*\")(?: \| ('[^']*'|\"[^\"]*\"))*)", test)
        subject = env.get(found[1]) if found else None
        if found is None or subject is None or subject.fixed is None:
            return None
        return subject.fixed in [word.strip("'\"") for word in re.findall(r"'[^']*'|\"[^\"]*\"", found[2])]

    def _loop(self, step: Loop, env: Env, given: list[Held]) -> None:
        self._calls(step.calls, env)
        found = _WITH.match(step.header) if step.kind == "with" else _FOR.match(step.header)
        if found is not None:
            target, source = (found[2], found[1]) if step.kind == "with" else (found[1], found[2])
            held = self._read(source, env)
            if step.kind != "with":
                parts = [item for _, item in held.members]
                held = (
                    all_of(parts) if parts else Held(held.risk, HOLE if held.risk else None, made=each(held))
                )
            for name in re.findall(r"[A-Za-z_$][\w$]*", target):
                env[name] = held
        inside = dict(env)
        self._steps(step.body, inside, given)
        become(env, inside if step.kind == "with" else merged(env, inside))

    def _calls(self, calls: Sequence[Call], env: Env) -> None:
        for call in calls:
            self._call(call, env)

    def _call(self, call: Call, env: Env) -> None:
        """Looks at each step of a chained call, and reads the callbacks it is given."""
        callee: ex.Expr = ex.parse(call.root, self._language)
        held, fresh = self._reading.read(callee, env), call.is_new
        for link in call.links:
            receiver = held
            if link.name:
                callee = ex.Attribute(callee, link.name.strip("[]"))
            if link.args is None:
                held = self._member(receiver, link.name.strip("[]"), callee, env)
                continue
            args = [self._value(value, env) for value in link.args if not value.name]
            keywords = {value.name: self._value(value, env) for value in link.args if value.name}
            full = self._full(callee, receiver, env)
            self._judge(Asked(full, receiver, tuple(args), keywords, fresh, link.tagged), link.line)
            for value in link.args:
                if value.function:
                    self._callback(value.function, link.name, receiver, env)
            held, fresh = self._reading.after(callee, receiver, args, keywords, env), False
            callee = ex.Invocation(callee, ())

    def _full(self, callee: ex.Expr, receiver: Held, env: Env) -> str:
        if not isinstance(callee, ex.Attribute):
            return receiver.made
        made = self._reading.called(callee, receiver, callee.name, env)
        return made or (f"{receiver.made}.{callee.name}" if receiver.made else ex.dotted(callee))

    def _judge(self, asked: Asked, line: int) -> None:
        table = visitor_sinks_python if self._python else visitor_sinks_script
        for kind, held in table.sinks(asked, self._modules):
            self._note(kind, held, line)
        if asked.name in ("set_cookie", "cookie", "setCookie"):
            self._note("guessable", asked.arg(1, "value"), line)

    def _note(self, kind: str, held: Held, line: int) -> None:
        if kind in held.risk:
            self.found.add(VisitorText(kind, line, self._scope, self._handed > 0))
        elif kind != "guessable":
            known = kind in held.settled or held.fixed is not None
            (self.settled if known else self.unsure).add(VisitorText(kind, line, "", harmless=True))

    def _callback(self, name: str, method: str, receiver: Held, env: Env) -> None:
        function = self._named.get(name)
        if function is None:
            return
        args: dict[str, Held] = {}
        if method in _THEN and receiver.risk and function.params:
            inner = (
                all_of([held for _, held in receiver.members])
                if receiver.members
                else Held(receiver.risk, HOLE)
            )
            args = {local: inner for local, _ in pairs(function.params[0])}
        self._function(function, env, args)

    def _change(self, call: Call, env: Env) -> None:
        """Lists and records that are filled or emptied in place."""
        last = call.links[-1] if call.links else None
        if last is None or last.args is None or len(call.links) != 1 or call.root not in env:
            return
        owner, args = env[call.root], [self._value(value, env) for value in last.args]
        match last.name:
            case "append" | "push" | "add" if args:
                size = len(owner.members)
                env[call.root] = boxed(
                    (*owner.members, *((str(size + n), held) for n, held in enumerate(args)))
                )
            case "pop" | "shift" if owner.members:
                rest = (
                    owner.members[1:]
                    if last.name == "shift" or (args and args[0].number == 0)
                    else owner.members[:-1]
                )
                env[call.root] = boxed(tuple((str(n), held) for n, (_, held) in enumerate(rest)))
            case "extend" | "unshift" | "insert" | "update" if any(held.risk for held in args):
                env[call.root] = Held(owner.risk.union(*(held.risk for held in args)), HOLE)
            case "set" if len(args) > 1 and all(held.fixed is not None for held in args[:-1]):
                env[f"{call.root}.@{'.'.join(held.fixed or '' for held in args[:-1])}"] = args[-1]
            case _:
                pass

    def _value(self, value: Value, env: Env) -> Held:
        if value.literal is not None:
            return Held(text=value.literal)
        if value.function:
            return Held(made=value.function)
        if value.items and value.text[:1] in "[(":
            return boxed(
                tuple((str(place), self._value(item, env)) for place, item in enumerate(value.items))
            )
        if value.entries:
            return boxed(tuple((key, self._value(item, env)) for key, item in value.entries))
        return self._read(value.text, env)

    def _read(self, text: str, env: Env) -> Held:
        return self._reading.read(ex.parse(text, self._language), env)
