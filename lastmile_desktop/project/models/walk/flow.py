"""What is known at one point of a route's code, and what the walk through it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lastmile_desktop.project.code.outline import Call, Function, Outline
from lastmile_desktop.project.models.guards.verifiers import Authority
from lastmile_desktop.project.models.routes.model import Doubt, EffectKind, Guard, GuardStrength
from lastmile_desktop.project.models.walk.access import Query
from lastmile_desktop.project.models.walk.conditions import Condition
from lastmile_desktop.project.models.walk.taint import CLEAN, Taint


@dataclass(frozen=True, slots=True)
class Perhaps:
    """Request values that were tied to the caller only where `test` came to `arm`; `likely` and `held` as for a
    state. `reached` in an arm that goes by the same test, of which it is not known whether the check had run."""

    test: Condition
    arm: bool
    origins: frozenset[str]
    likely: frozenset[str] = frozenset()
    held: bool = False
    reached: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """`guards` that dominate this point; `authorised` request values that were tied to the caller; `left` when
    nothing runs after it; `handling` inside the handler of an error; `leads` when the caller was only found to keep
    some account of their own; `doubts` are what may ask who is calling on every way to this point; `held`
    when something that was not followed may have tied the request's values to the caller; `perhaps` is what was tied
    to the caller on some of the ways to this point, `likely` what a check that was passed may have tied to them."""

    guards: tuple[Guard, ...] = ()
    admin: Authority = Authority.NONE
    authorised: frozenset[str] = frozenset()
    left: bool = False
    handling: bool = False
    leads: bool = False
    doubts: tuple[Doubt, ...] = ()
    held: bool = False
    perhaps: tuple[Perhaps, ...] = ()
    likely: frozenset[str] = frozenset()

    @property
    def guarded(self) -> bool:
        return bool(self.guards)

    def with_guard(self, guard: Guard) -> State:
        return self if guard in self.guards else replace(self, guards=(*self.guards, guard))

    def with_doubt(self, doubt: Doubt) -> State:
        """One is enough: the first that was met."""
        return self if self.doubts else replace(self, doubts=(doubt,))

    @property
    def doubt(self) -> Doubt | None:
        """What may guard this point, None where a guard does."""
        return self.doubts[0] if self.doubts and not self.guards else None

    def leaving(self) -> State:
        return replace(self, left=True)


def merge(first: State, second: State) -> State:
    """What is sure after two paths meet."""
    if first.left:
        return second
    if second.left:
        return first
    if first == second:
        return first
    both = first.guarded and second.guarded
    guards = tuple(dict.fromkeys((*first.guards, *second.guards))) if both else ()
    if both and any(guard.conditional for guard in guards) and not all(guard.conditional for guard in guards):
        sure = [any(not guard.conditional for guard in state.guards) for state in (first, second)]
        guards = guards if all(sure) else tuple(guard for guard in guards if guard.conditional)
    handling = first.handling and second.handling
    authorised = first.authorised & second.authorised
    if Authority.ADMIN in (first.admin, second.admin):
        # An administrator may see every row, so only the other path's limits remain.
        authorised = second.authorised if first.admin is Authority.ADMIN else first.authorised
    leads = first.leads or second.leads
    doubts = _in_doubt(first, second)
    return State(
        guards,
        min(first.admin, second.admin),
        authorised,
        False,
        handling,
        leads,
        doubts,
        first.held and second.held,
        tuple(item for item in first.perhaps if item in second.perhaps),
        (first.likely | first.authorised) & (second.likely | second.authorised),
    )


def _in_doubt(first: State, second: State) -> tuple[Doubt, ...]:
    """A point is in doubt when each way to it is, or is guarded."""
    if all(state.guarded or state.doubts for state in (first, second)):
        return first.doubts or second.doubts
    return ()


@dataclass(frozen=True, slots=True)
class Completion:
    """One way a function comes back: the state there and the value it gives; `shown` are the rows that it gives
    away."""

    state: State
    taint: Taint
    text: str
    shown: frozenset[int] = frozenset()


@dataclass(slots=True)
class Draft:
    """A query under way: what is known of its rows may still change (an owner compared afterwards). `fed` when the
    request decides what is written or which rows; `computed` when what is written comes from rows, or
    notes an error; `exposed` when
    its rows reach the answer; `through` are the rows its condition comes from;
    `keyed` when what the caller brought decides the rows, `changed` when a row that was read is changed."""

    query: Query
    call: Call
    path: str
    function: str
    client: str
    guards: tuple[Guard, ...] = ()
    scope: str = ""
    requested: frozenset[str] = frozenset()
    bulk: bool = False
    handling: bool = False
    fed: bool = False
    computed: bool = False
    exposed: bool = False
    exposed_openly: bool = False
    through: frozenset[int] = frozenset()
    doubt: Doubt | None = None
    keyed: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """An effect that is no query; `recipients` says where an e-mail's address comes from."""

    kind: EffectKind
    call: Call
    path: str
    guards: tuple[Guard, ...]
    requested: bool
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """An argument handed on: the whole, and its members when it is an object literal."""

    whole: Taint
    members: tuple[tuple[str, Taint], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """The moment a middleware or wrapper lets the request through, with what it hands on."""

    state: State
    args: tuple[Handed, ...]


@dataclass(slots=True)
class Frame:
    """One activation of a function. `onward` are the names whose call lets the request through; `texts` what
    variables were assigned, as written; `documents` variables that stand for documents or collections not read yet."""

    path: str
    outline: Outline
    function: Function | None
    env: dict[str, Taint]
    depth: int = 0
    onward: frozenset[str] = frozenset()
    completions: list[Completion] = field(default_factory=list[Completion])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    documents: dict[str, Call] = field(default_factory=dict[str, Call])

    def bind(self, name: str, taint: Taint, keep: bool) -> None:
        """Give a name a value; inside a branch what it may have held before is kept."""
        known = self.env.get(name)
        self.env[name] = taint | known if keep and known is not None and known is not CLEAN else taint


@dataclass(slots=True)
class Trace:
    """Everything seen on one walk. `sets` are values that a middleware put on the request; `parted` are guards that
    stand on some of the ways through a function and not on others that let the request on, too."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    happenings: list[Happening] = field(default_factory=list[Happening])
    passages: list[Passage] = field(default_factory=list[Passage])
    weak: list[Guard] = field(default_factory=list[Guard])
    sets: dict[str, Taint] = field(default_factory=dict[str, Taint])
    parted: list[Guard] = field(default_factory=list[Guard])
    files: set[str] = field(default_factory=set[str])
    steps: int = 0

    def claim(self, name: str, path: str, line: int) -> None:
        """Note a check that proves nothing."""
        guard = Guard(name, GuardStrength.UNVERIFIED, path, line)
        if guard not in self.weak:
            self.weak.append(guard)
