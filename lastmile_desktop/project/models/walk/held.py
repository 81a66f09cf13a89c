"""What an expression holds while a function is read: whose text it is, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lastmile_desktop.project.code.expression import HOLE

# What text of a visitor may still do where it arrives. `part` is an address of the browser taken apart.
ANYTHING = frozenset(
    {
        *(
            "sql",
            "command",
            "code-eval",
            "path-traversal",
            "ssrf",
            "open-redirect",
            "xss",
            "template",
            "xpath",
        ),
        *("ldap", "nosql", "header-log", "regex", "prototype-pollution", "xxe"),
    }
)
TEXT = ANYTHING - {"nosql"}
# One part of an address that was opened: no slash is in it, and nobody chooses a host with it.
SEGMENT = TEXT - {"path-traversal", "ssrf", "open-redirect"}
# What a script in the browser reads from the address bar.
IN_BROWSER = frozenset({"xss", "code-eval", "part"})
# A number that can be guessed, and what is made of it.
GUESSABLE = frozenset({"guessable"})
# Stands for a part of a text that is not written here and that no visitor wrote (a setting, a row, a constant).
OWN = "\1"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Held:
    """`risk` is what a visitor's text in it may do, `text` its wording with a hole for what is not known (None when it
    is no text that is written here), `members` those of a record or list literal, `made` the dotted name of what it
    is, as the file writes or imports it (`sqlite3.connect().cursor`), `number` its value when it is one; `settled` what
    a visitor's text in it could do until a test or a change ruled it out."""

    risk: frozenset[str] = frozenset()
    text: str | None = None
    members: tuple[tuple[str, Held], ...] = ()
    made: str = ""
    number: float | None = None
    settled: frozenset[str] = frozenset()

    @property
    def shape(self) -> str:
        """The wording; a hole for what a visitor wrote."""
        if self.text is not None:
            return self.text
        return HOLE if self.risk else OWN

    @property
    def fixed(self) -> str | None:
        """The whole text, when all of it is written down."""
        known = self.text is not None and not self.risk and HOLE not in self.text and OWN not in self.text
        return self.text if known else None

    def member(self, name: str) -> Held | None:
        return next((held for key, held in self.members if key == name), None)

    def without(self, *kinds: str) -> Held:
        """The same, where some things can no longer happen."""
        left = self.risk.difference(kinds)
        return self if left == self.risk else replace(self, risk=left)

    def harmless(self) -> Held:
        """The same, held to something that does no harm."""
        return replace(self, risk=frozenset()) if self.risk else self

    def settle(self, *kinds: str) -> Held:
        """The same, where it was seen that some things (or any at all) can no longer happen."""
        gone = frozenset(kinds) or ANYTHING
        left = self.risk - gone if kinds else frozenset[str]()
        return replace(self, risk=left, settled=self.settled | gone) if self.risk else self


CLEAN = Held()


def either(first: Held, second: Held) -> Held:
    """What a name may hold after two ways meet."""
    if first == second:
        return first
    text = first.text if first.text == second.text else _longer(first, second)
    made = first.made if first.made == second.made else first.made or second.made
    members = first.members if first.members == second.members else _merged(first, second)
    return Held(first.risk | second.risk, text, members, made, settled=_settled((first, second)))


def _settled(parts: Iterable[Held]) -> frozenset[str]:
    """What is ruled out for every part that a visitor has a hand in, or once had."""
    left: frozenset[str] | None = None
    for part in parts:
        if part.risk or part.settled:
            left = part.settled if left is None else left & part.settled
    return left or frozenset()


def _longer(first: Held, second: Held) -> str | None:
    """The wording of the one that a visitor can change; of two such the one that says more."""
    if bool(first.risk) != bool(second.risk):
        return first.text if first.risk else second.text
    if not first.risk:
        return OWN
    if first.text is None or second.text is None:
        return None
    return max(first.text, second.text, key=len) if HOLE in first.text + second.text else HOLE


def _merged(first: Held, second: Held) -> tuple[tuple[str, Held], ...]:
    keys = dict.fromkeys([key for key, _ in (*first.members, *second.members)])
    found: list[tuple[str, Held]] = []
    for key in keys:
        left, right = first.member(key), second.member(key)
        found.append((key, either(left, right) if left and right else left or right or CLEAN))
    return tuple(found)


def joined(parts: Iterable[Held]) -> Held:
    """Texts put together, in order."""
    risk: frozenset[str] = frozenset()
    wording: list[str] = []
    together = tuple(parts)
    for part in together:
        risk |= part.risk
        wording.append(part.shape)
    return Held(risk - {"nosql"}, "".join(wording)[:_LONGEST], settled=_settled(together))


def boxed(members: tuple[tuple[str, Held], ...]) -> Held:
    """A record or list literal: whoever takes a member gets what is in it."""
    return Held(frozenset().union(*(held.risk for _, held in members)), None, members)
