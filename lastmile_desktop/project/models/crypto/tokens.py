"""Values that must not be guessed, made by something that can be: pseudo-random numbers, clocks, counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Do, Outline
from lastmile_desktop.project.models.crypto.meaning import first_secret, is_secret
from lastmile_desktop.project.models.crypto.uses import Scope, Use, imported_as, words

_PYTHON = frozenset(
    (
        "random choice choices randint randrange sample getrandbits uniform randbytes shuffle betavariate triangular"
    ).split()
)
_CLOCK = re.compile(
    r"\bDate\.now\(\)|\bnew Date\(\)|\btime\.time(?:_ns)?\(\)|\bdatetime\.(?:utc)?now\(|\bperformance\.now\("
)
_RANDOM = re.compile(
    r"(?i)random|uuid|nanoid|cuid|ulid|secrets\.|crypto|sign\(|encode\(|jwt|fetch|await|argon|bcrypt|get"
)
_LIFE = frozenset(
    ("expiry expires expiration expire exp expired at time timestamp date issued created updated last refresh valid "
     "ttl until since age iat start end cutoff window now sent used checked fetched bucket refill").split()
)  # fmt: skip
# `expires_at: Date.now() + 3600` beside a token in the same object says when, not what.
_DATED = re.compile(
    r"\w{0,40}(?:expir\w{0,20}|_at|At|_on|timestamp|issued|iat|exp|time|date)['\"]?\s{0,3}:[^,}]{0,120}"
)
_STRONG = frozenset("token otp secret password apikey passwd".split())


@dataclass(frozen=True, slots=True)
class Guessable:
    """`named` is what the value is called, `source` how it is made, `by_function` when the function's name alone says
    what it is. `plain` when the name is one of those that always stand for a secret."""

    line: int
    column: int
    named: str
    source: str
    function: str
    by_function: bool
    plain: bool


def guessables(outline: Outline, scope: Scope, path: str) -> Iterator[Guessable]:
    """Secrets of one function that somebody could predict."""
    python = outline.language == "python"
    sources = _Sources.of(outline)
    seen: set[str] = set()
    told: set[tuple[str, str]] = set()
    for use in scope.calls():
        source = sources.python(use) if python else sources.script(use)
        if not source:
            continue
        named = first_secret((*use.names, use.function)) or _collected(use, scope, path)
        if not named or (source.startswith("uuid1") and not words(named) & _STRONG):
            continue
        own = bool(first_secret(use.names))
        # A password put together letter by letter is one fault, not one for each line.
        if (use.function, named) in told or (not own and use.function in seen):
            continue
        seen.add(use.function)
        if use.function:
            told.add((use.function, named))
        span = use.call.span
        plain = bool(words(named) & _STRONG)
        yield Guessable(span.line, span.column, named, source, use.function, not own, plain)
    yield from _clocks(scope)


def _collected(use: Use, scope: Scope, path: str) -> str:
    """`code += chars[…]`: a bare `code` says nothing, the file it is made in may."""
    names = [name for name in (*use.names, use.function) if name]
    bare = next((name for name in names if "code" in words(name) and is_secret(name) is None), "")
    others = words(path.rpartition("/")[2].partition(".")[0])
    telling = others & {
        "otp",
        "verify",
        "verification",
        "invite",
        "invitation",
        "invites",
        "mfa",
        "2fa",
        "auth",
        "reset",
    }
    return bare if bare and telling else ""


def _clocks(scope: Scope) -> Iterator[Guessable]:
    """`resetToken = Date.now().toString(36)`: made of the time alone."""
    for step, _ in scope.steps:
        if not isinstance(step, Do) or step.value is None or len(step.targets) != 1:
            continue
        target = step.targets[0].rpartition(".")[2]
        found = words(target)
        text = step.value.text
        if not found & _STRONG or found & _LIFE or len(text) > 160 or not is_secret(target):
            continue
        if _CLOCK.search(_DATED.sub("", text)) and not _RANDOM.search(text) and not re.search(r"[<>?]", text):
            yield Guessable(
                step.span.line, step.span.column, target, "the clock", scope.function, False, True
            )


@dataclass(frozen=True, slots=True)
class _Sources:
    modules: frozenset[str]
    functions: dict[str, str]
    clock_ids: frozenset[str]

    @staticmethod
    def of(outline: Outline) -> _Sources:
        if outline.language != "python":
            v1 = frozenset(
                local
                for item in outline.imports
                if item.module == "uuid" or item.module.startswith("uuid/v1")
                for local, name in item.names
                if name == "v1" or item.module == "uuid/v1"
            )
            return _Sources(frozenset(), {}, v1)
        modules = frozenset(
            local
            for item in outline.imports
            if item.module == "random"
            for local, name in item.names
            if name == "*"
        )
        functions = {
            local: name
            for local, name in imported_as(outline, frozenset({"random"})).items()
            if name in _PYTHON
        }
        return _Sources(modules, functions, frozenset(imported_as(outline, frozenset({"uuid"}))))

    def script(self, use: Use) -> str:
        call = use.call
        first = call.links[0] if call.links else None
        if first is None or first.args is None:
            return ""
        if call.root == "Math" and first.name == "random":
            return "Math.random()"
        if call.root == "crypto" and first.name == "pseudoRandomBytes":
            return "pseudoRandomBytes"
        if (not first.name and call.root in self.clock_ids) or (call.root == "uuid" and first.name == "v1"):
            return "uuid1, which is made of the clock"
        return ""

    def python(self, use: Use) -> str:
        call = use.call
        first = call.links[0] if call.links else None
        if first is None:
            return ""
        if call.root in self.modules and first.name in _PYTHON:
            return f"random.{first.name}"
        if not first.name and call.root in self.functions:
            return f"random.{self.functions[call.root]}"
        if call.root in ("np", "numpy") and first.name == "random":
            return "numpy.random"
        if (call.root == "uuid" and first.name == "uuid1") or (call.root == "uuid1" and not first.name):
            return "uuid1, which is made of the clock"
        return ""
