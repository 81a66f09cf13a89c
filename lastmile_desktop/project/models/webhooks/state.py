"""What is known at a point of a webhook handler: on each way that leads here, and of each value.

A *way* is a set of facts that hold together on one path through the code: `verified`, `dev` (only outside
production), `unset` (a secret is not configured), `t:name` / `f:name` (a value is there / is missing), and marks
that say where checking was lost (`swallow:12`, `continue:12`, `bypass:12`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

Way = frozenset[str]
Ways = frozenset[Way]

ALWAYS: Ways = frozenset({frozenset()})
NEVER: Ways = frozenset()
VERIFIED = "verified"
DEV = "dev"
UNSET = "unset"
REFETCHED = "refetched"
FRESH = "fresh"
CLOSED = "closed"
_MARKS = ("swallow:", "continue:", "bypass:", "claim:", "fresh", "id:")
_MOST_WAYS = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a value. `tags` say where it comes from; `when_true` / `when_false` what a test of it
    proves; `fields` hold members known apart; `closure` is the function it is, as (path, name); `made_by` the class
    it is an instance of; `pending` what it becomes when awaited; `attempts` the checks it is the answer of."""

    tags: frozenset[str] = frozenset()
    when_true: Ways = ALWAYS
    when_false: Ways = ALWAYS
    fields: tuple[tuple[str, Known], ...] = ()
    closure: tuple[str, str] | None = None
    made_by: str = ""
    pending: Known | None = None
    pending_ways: Ways = ALWAYS
    attempts: frozenset[int] = frozenset()

    def field(self, name: str) -> Known | None:
        return next((value for key, value in self.fields if key == name), None)

    def tagged(self, *tags: str) -> Known:
        return replace(self, tags=self.tags | frozenset(tags))

    def has(self, *tags: str) -> bool:
        return any(tag in self.tags for tag in tags)


UNKNOWN = Known()
TRUE = Known(frozenset({"constant"}), ALWAYS, NEVER)
FALSE = Known(frozenset({"constant"}), NEVER, ALWAYS)


def of_tags(*tags: str) -> Known:
    return Known(frozenset(tags))


def is_global(fact: str) -> bool:
    """Whether a fact speaks of the whole request, not of a local name."""
    return fact in (VERIFIED, DEV, UNSET, REFETCHED) or fact.startswith(_MARKS)


def both(left: Ways, right: Ways) -> Ways:
    """All ways on which one of each holds; ways that contradict themselves are dropped."""
    if left == ALWAYS:
        return right
    if right == ALWAYS:
        return left
    found: set[Way] = set()
    for one in left:
        for other in right:
            way = one | other
            if not _contradicts(way):
                found.add(way)
    return limited(frozenset(found))


def either(left: Ways, right: Ways) -> Ways:
    return limited(left | right)


def limited(ways: Ways) -> Ways:
    """Few enough ways to reason about: local facts are forgotten first, then ways are merged."""
    if len(ways) <= _MOST_WAYS:
        return ways
    ways = frozenset(frozenset(fact for fact in way if is_global(fact)) for way in ways)
    if len(ways) <= _MOST_WAYS:
        return ways
    groups: dict[Way, list[Way]] = {}
    for way in ways:
        groups.setdefault(frozenset(fact for fact in way if _decides(fact)), []).append(way)
    return frozenset(frozenset[str].intersection(*group) for group in groups.values())


def _decides(fact: str) -> bool:
    """Whether a fact tells ways apart even when there are too many of them."""
    return fact in (VERIFIED, DEV, UNSET) or fact.startswith(("swallow:", "continue:", "bypass:", "id:"))


def _contradicts(way: Way) -> bool:
    return any(fact.startswith("t:") and f"f:{fact[2:]}" in way for fact in way)


def merged(left: Known, right: Known) -> Known:
    """Either of two values."""
    if left is right or left == right:
        return left
    names = dict.fromkeys([key for key, _ in left.fields] + [key for key, _ in right.fields])
    fields = tuple(
        (name, merged(left.field(name) or _missing(left), right.field(name) or _missing(right)))
        for name in names
    )
    tags = left.tags | right.tags
    if CLOSED in tags and not (_is_closed(left) and _is_closed(right)):
        tags -= {CLOSED}
    return Known(
        tags,
        either(left.when_true, right.when_true),
        either(left.when_false, right.when_false),
        fields,
        left.closure or right.closure,
        left.made_by or right.made_by,
        left.pending or right.pending,
        either(left.pending_ways, right.pending_ways),
        left.attempts | right.attempts,
    )


def _missing(value: Known) -> Known:
    """A member that is not among the fields: absent from an object that is known whole, unknown of any other."""
    return FALSE if _is_closed(value) else UNKNOWN


def _is_closed(value: Known) -> bool:
    """Whether all members are known: a member that is not among the fields is missing."""
    return CLOSED in value.tags or value.when_true == NEVER


def under(value: Known, ways: Ways) -> Known:
    """The value as it is on these ways."""
    kept: Ways = frozenset(
        frozenset(fact for fact in way if is_global(fact) and fact[:3] != "id:") for way in ways
    )
    if kept == ALWAYS:
        return value
    return replace(
        value,
        when_true=both(value.when_true, kept),
        when_false=both(value.when_false, kept),
        fields=tuple((name, under(member, kept)) for name, member in value.fields),
    )


@dataclass(slots=True)
class State:
    """The ways that reach this point (none: unreachable) and the values of names."""

    ways: Ways = ALWAYS
    names: dict[str, Known] = field(default_factory=dict[str, Known])

    @property
    def dead(self) -> bool:
        return not self.ways

    @property
    def trusted(self) -> bool:
        """Whether the sender is proven on every way that exists in production."""
        return all(VERIFIED in way or DEV in way for way in self.ways)

    @property
    def proven(self) -> bool:
        """Whether the sender is proven on some way, not merely left unasked outside production."""
        return any(VERIFIED in way for way in self.ways)

    def unproven(self) -> tuple[Way, ...]:
        return tuple(way for way in self.ways if VERIFIED not in way and DEV not in way)

    def copy(self) -> State:
        return State(self.ways, dict(self.names))

    def assuming(self, ways: Ways) -> State:
        """This state where a test had this outcome."""
        return State(both(self.ways, ways), dict(self.names))

    def add(self, *facts: str) -> None:
        if self.ways:
            self.ways = frozenset(way | frozenset(facts) for way in self.ways)

    def mark(self, fact: str) -> None:
        """Say on the unproven ways where checking was lost; the first mark stays."""
        self.ways = frozenset(
            way
            if VERIFIED in way
            or DEV in way
            or any(known.startswith(("swallow:", "continue:", "bypass:")) for known in way)
            else way | {fact}
            for way in self.ways
        )

    def assign(self, name: str, value: Known) -> None:
        stale = {f"t:{name}", f"f:{name}"}
        if any(stale & way for way in self.ways):
            self.ways = frozenset(way - stale for way in self.ways)
        self.names[name] = value
        for member in [key for key in self.names if key.startswith(name + ".")]:
            del self.names[member]

    def become(self, other: State) -> None:
        self.ways, self.names = other.ways, other.names


def joined(states: Iterable[State]) -> State:
    """Where several paths meet."""
    alive = [state for state in states if not state.dead]
    if not alive:
        return State(NEVER)
    result = alive[0].copy()
    for state in alive[1:]:
        names: dict[str, Known] = {}
        for name in result.names | state.names:
            mine, theirs = result.names.get(name), state.names.get(name)
            if mine is None or theirs is None:
                known = under(mine, result.ways) if mine else under(theirs or UNKNOWN, state.ways)
                names[name] = merged(known, FALSE)
            elif mine == theirs:
                names[name] = mine
            else:
                names[name] = merged(under(mine, result.ways), under(theirs, state.ways))
        result = State(either(result.ways, state.ways), names)
    return result
