"""FastAPI dependencies: which of them ask who is calling, through aliases, classes and dependencies of their own."""

from __future__ import annotations

import re
from dataclasses import replace

from lastmile_desktop.project.code.outline import Exit, Function, Leave, Value, steps_within
from lastmile_desktop.project.models.guards import doubt_names
from lastmile_desktop.project.models.guards.chain_parts import NEUTRAL, Summary
from lastmile_desktop.project.models.guards.verifiers import Authority, symbols
from lastmile_desktop.project.models.routes.entries import Survey
from lastmile_desktop.project.models.routes.model import Doubt, Guard, GuardStrength
from lastmile_desktop.project.models.walk.callees import Target
from lastmile_desktop.project.models.walk.flow import Frame, State
from lastmile_desktop.project.models.walk.model import Walker
from lastmile_desktop.project.models.walk.outcome import outcome
from lastmile_desktop.project.models.walk.taint import CLEAN, Label, Taint

# Dependencies of packages that hand out a connection, settings, the request, and ask nothing.
_NO_GATE = re.compile(
    r"^(?:fastapi|starlette|sqlalchemy|sqlmodel|pydantic|slowapi|fastapi_limiter|fastapi_pagination|redis|motor|dishka)\b(?!\.security)|"
    r"db|session|settings|config|client|limiter|pagina|cache|request|redis|engine|logger|service|repo",
    re.IGNORECASE,
)
_DEPENDS = re.compile(r"\b(?:Depends|Security)\s*\(\s*([A-Za-z_][\w.]*)?(\s*\()?")
_HEADER = re.compile(
    r"\b(?:Header|Cookie|APIKeyHeader|APIKeyQuery|OAuth2PasswordBearer|HTTPBearer|HTTPBasic)\s*\("
)
_SCHEME = re.compile(r"oauth2|bearer|api_?key_?header|security$|http_?basic|token_?url|scheme", re.IGNORECASE)
_ANNOTATION = re.compile(r"^\s*\**\w+\s*:\s*([A-Za-z_][\w.]*)")
_NAME = re.compile(r"^\s*\**([A-Za-z_]\w*)")
_REQUIRES = re.compile(
    r"^_?(?:require|ensure|verify|authenticate|authorize|get_current|get_authenticated|current)_?[a-z]\w*$"
)
_HOPS = 5


class Dependencies:
    """Judges each dependency once."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._known: dict[tuple[str, str], tuple[Summary, Taint, frozenset[str]]] = {}

    def value(self, path: str, value: Value) -> Summary:
        """A dependency in a `dependencies=[…]` list."""
        return self._text(path, value.text, 0)[0]

    def of_params(self, path: str, function: Function) -> Summary:
        """The dependencies a function asks for in its parameters, with what they put there."""
        return self._params(path, function, 0)[0]

    def _params(self, path: str, function: Function, hops: int) -> tuple[Summary, dict[str, Taint]]:
        total = NEUTRAL
        given: dict[str, Taint] = {}
        for param in function.params:
            name = _NAME.match(param)
            if name is None or name.group(1) in ("self", "cls"):
                continue
            summary, taint = self._param(path, param, hops)
            total += summary
            given[name.group(1)] = taint
        sets = tuple((f"#{name}", taint) for name, taint in given.items())
        return replace(total, sets=(*total.sets, *sets)), given

    def _param(self, path: str, param: str, hops: int) -> tuple[Summary, Taint]:
        if "Depends" in param or "Security" in param:
            return self._text(path, param, hops)
        name = (_NAME.match(param) or re.match(r"(\w*)", param)).group(1)  # type: ignore[union-attr]
        if _HEADER.search(param):
            return NEUTRAL, Taint(Label.CREDENTIAL, frozenset((name,)))
        annotation = _ANNOTATION.match(param)
        alias = self._alias(path, annotation.group(1)) if annotation else None
        if alias is not None:
            return self._text(alias[0], alias[1], hops)
        if annotation and re.search(
            r"(?:^|\.)(?:Request|Response|BackgroundTasks|Session|AsyncSession|Connection|WebSocket)$",
            annotation.group(1),
        ):
            return NEUTRAL, CLEAN
        return NEUTRAL, Taint(Label.REQUEST, frozenset((name,)))

    def _alias(self, path: str, name: str) -> tuple[str, str] | None:
        """`CurrentUser = Annotated[User, Depends(get_current_user)]`, here or imported."""
        holder = (path, name)
        if "." in name:
            module = self._survey.callees.module(path, name.partition(".")[0])
            holder = (module, name.rpartition(".")[2]) if module else holder
        else:
            found = self._survey.callees.definition(path, name)
            if found is not None and found.path:
                holder = (found.path, found.name)
        step = self._survey.callees.value(*holder)
        text = step.value.text if step and step.value else ""
        return (holder[0], text) if "Depends" in text or "Security" in text else None

    def _text(self, path: str, text: str, hops: int) -> tuple[Summary, Taint]:
        found = _DEPENDS.search(text)
        if found is None or hops > _HOPS:
            return NEUTRAL, CLEAN
        name = found.group(1)
        if not name:
            annotation = _ANNOTATION.match(text)
            name = annotation.group(1) if annotation else ""
        key = (path, name + ("()" if found.group(2) else ""))
        known = self._known.get(key)
        if known is None:
            self._known[key] = (NEUTRAL, CLEAN, frozenset())
            with self._survey.callees.watching() as seen:
                summary, taint = self._judge(path, name, bool(found.group(2)), hops)
            known = (summary, taint, frozenset((*seen, path)))
            self._known[key] = known
        self._survey.callees.note(known[2])
        return known[0], known[1]

    def _judge(self, path: str, name: str, made: bool, hops: int) -> tuple[Summary, Taint]:
        target = self._function(path, name, made)
        if target is not None:
            walked = self._walk(target, hops)
            broken = self._survey.scopes.outline(target.path).error
            readable = walked[0].guards or walked[1].labels or not broken
            return (
                walked
                if readable or not symbols().names_guard(name.rpartition(".")[2])
                else self._named(path, name)
            )
        last = name.rpartition(".")[2]
        holder = self._survey.callees.definition(path, name.partition(".")[0])
        where = (holder.path, holder.name) if holder and holder.path else (path, name)
        step = self._survey.callees.value(*where)
        text = step.value.text if step and step.value else ""
        if _HEADER.search(text) or _HEADER.search(f"{name}(") or (_SCHEME.search(last) and not text):
            return NEUTRAL, Taint(Label.CREDENTIAL, frozenset((last,)))
        if step is not None and step.value is not None and step.value.calls and "optional=True" not in text:
            call = step.value.calls[0]
            inner = self._function(where[0], call.root, made=True)
            if inner is not None and not call.links[0].name:
                return self._walk(inner, hops)
            callee = call.callee.rpartition(".")[2]
            if symbols().names_guard(callee) or symbols().names_guard(last):
                return self._named(path, last)
        if (symbols().names_guard(last) or _REQUIRES.match(last)) and not text:
            return self._named(path, last)
        package = holder.package if holder is not None else ""
        if package and not _NO_GATE.search(f"{package} {name}"):
            return Summary(doubts=(Doubt(name, path, 1),)), CLEAN
        return NEUTRAL, CLEAN

    @staticmethod
    def _named(path: str, name: str) -> tuple[Summary, Taint]:
        admin = symbols().authority(name)
        return Summary((Guard(name, GuardStrength.VERIFIED, path, 1),), admin, unknown=(name,)), Taint(
            Label.IDENTITY, via=name
        )

    def _function(self, path: str, name: str, made: bool) -> Target | None:
        from lastmile_desktop.project.models.guards.chain_parts import reference

        if not name:
            return None
        target = self._survey.callees.target(path, None, reference(name)) or self._namesake(path, name)
        owner = self._survey.callees.class_def(path, name)
        if owner is not None and (made or target is None):
            call = self._survey.callees.functions(owner[0]).get(f"{owner[1].name}.__call__")
            init = self._survey.callees.functions(owner[0]).get(f"{owner[1].name}.__init__")
            chosen = call if made else (init or call)
            return Target(owner[0], chosen, (), bound=True) if chosen else None
        if target is None or not made:
            return target
        prefix = target.function.name + "."
        inner = [
            item
            for key, item in self._survey.callees.functions(target.path).items()
            if key.startswith(prefix)
        ]
        return Target(target.path, inner[0], ()) if inner else target

    def _namesake(self, path: str, name: str) -> Target | None:
        """The only function of this name in the project, for names that reach a file by other ways than imports."""
        if "." in name or self._survey.callees.definition(path, name) is not None:
            return None
        found = [
            Target(outline.path, function, ())
            for outline in self._survey.live()
            if outline.language == "python"
            for function in outline.functions
            if function.name == name
        ]
        return found[0] if len(found) == 1 else None

    def _walk(self, target: Target, hops: int) -> tuple[Summary, Taint]:
        before, given = self._params(target.path, target.function, hops + 1)
        walker = Walker(self._survey.callees, self._survey.scopes)
        env = dict(self._survey.scopes.env(target.path))
        for name, taint in given.items():
            env[name] = taint
            if name in ("request", "req", "conn") and not taint.labels:
                env.pop(name)
        for local in ("request", "self"):
            if env.get(local) is CLEAN or (env.get(local) or CLEAN).labels == Label.REQUEST:
                env.pop(local, None)
        start = State(before.guards, before.admin, doubts=before.doubts)
        frame = Frame(target.path, self._survey.scopes.outline(target.path), target.function, env)
        ended = walker.run(frame, start)
        taint = outcome(frame.completions, start, target.function.name)
        name = target.function.name
        guards = ended.guards
        if guards and not before.guards:
            guards = (
                Guard(name, guards[0].strength, target.path, guards[0].line, guards[0].conditional),
                *guards[1:],
            )
        admin = max(ended.admin, symbols().authority(name)) if guards else ended.admin
        if guards or taint.labels & Label.IDENTITY:
            taint = Taint(
                Label.IDENTITY | (Label.ADMIN if admin is Authority.ADMIN else Label.NONE),
                client=taint.client,
                via=name,
            )
        elif taint.client or taint.labels & (Label.CREDENTIAL | Label.CLAIMED):
            taint = Taint(
                taint.labels & (Label.CREDENTIAL | Label.CLAIMED), taint.origins, client=taint.client
            )
        else:
            taint = CLEAN
        files = frozenset(walker.trace.files) | before.files
        unsure = () if guards else ended.doubts
        if not guards and not unsure and _refuses_by_name(target.function):
            unsure = (Doubt(name, target.path, target.function.span.line),)
        weak = (*before.weak, *walker.trace.weak)
        return Summary(guards, admin, weak, (), (), before.unknown, files, doubts=unsure), taint


def _refuses_by_name(function: Function) -> bool:
    """A dependency named for the caller that raises somewhere: how it comes to a good answer was not followed."""
    last = function.name.rpartition(".")[2]
    named = symbols().names_guard(last) or doubt_names.names_asking(last)
    return named and any(
        isinstance(step, Leave) and step.how is Exit.THROW for step in steps_within(function.body)
    )
