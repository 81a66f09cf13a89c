"""Which words before a colon or a time are a speaker's name, and which only look like one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LONGEST = 60
_PARTICLES = frozenset(
    "von van de da di du del della der den dos das la le el al bin ibn of and the zu zur y e af av und & /".split()
)
_LABELS = frozenset(
    """
    date time duration attendees attendee participants participant(s) invited title topic topics subject meeting agenda
    summary overview location organizer organiser recording recordings link url language created recorded
    source tags type status keywords speakers note notes ps tip warning important example update edit to from cc sent
    action items next steps attachments transcript download exported version format file invitees event
    datum uhrzeit dauer teilnehmer betreff ort thema notiz notizen hinweis beispiel zusammenfassung titel aufnahme
    however also because first second third finally then now but and or so well yes no okay ok right like here there
    name video audio author authors category categories meta permalink layout slug
    this that what why how when where who result results problem reason one two three answer question basically
    http https www mailto re fw fwd aw wg pain budget price cost pros cons today tomorrow yesterday
    """.split()
) - {"answer", "question"}
_SENTENCE = re.compile(r"[!?;\"“”<>{}=*|]|\w{5,}\.\s|\.\.")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_PHONE = re.compile(r"\+?[\d ().*-]{6,20}")


def plausible(name: str) -> bool:
    """Whether it could be a name at all."""
    if not 0 < len(name) <= _LONGEST or _SENTENCE.search(name) or name.count(",") > 1 or _YEAR.search(name):
        return False
    if _PHONE.fullmatch(name):
        return True
    words = name.split()
    if len(words) > 7 or not any(character.isalpha() for character in name):
        return False
    lowered = [word.lower().strip(".,") for word in words]
    return not (lowered[0] in _LABELS and (len(words) == 1 or all(word in _LABELS for word in lowered)))


def looks_like_a_name(name: str) -> bool:
    """Plausible, and written as names are: capitals but for particles, whatever stands in parentheses."""
    if not plausible(name):
        return False
    if _PHONE.fullmatch(name):
        return True
    words = re.sub(r"\([^)]*\)", " ", name).split()
    return bool(words) and len(words) <= 5 and all(_is_name_word(word, at) for at, word in enumerate(words))


def _is_name_word(word: str, at: int) -> bool:
    return not word[0].islower() or (word.lower() in _PARTICLES and (at > 0 or word.lower() != "the"))


def speakers_among(candidates: Iterable[str]) -> frozenset[str]:
    """The names among what stands before a colon. What is said twice may be a handle in small letters; labels
    that each stand once are notes, not people."""
    counts = Counter(candidates)
    often = {
        name
        for name, times in counts.items()
        if times > 1 and (looks_like_a_name(name) or (plausible(name) and " " not in name))
    }
    once = {name for name, times in counts.items() if times == 1 and looks_like_a_name(name)}
    if not often and len(once) > 2:
        return frozenset()
    return frozenset(often | once)
