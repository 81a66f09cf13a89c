"""The interview guide as shipped: what to ask, section by section (catalogue §6.4)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from lastmile_desktop.resources import resources_dir

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class GuideSection:
    """`hint` is what to keep in mind while asking these."""

    id: str
    title: str
    hint: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    language: str
    sections: tuple[GuideSection, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(question for section in self.sections for question in section.questions)


def guide(problem: str = "", language: str = ENGLISH) -> Guide:
    """The guide with the problem of the lane in its questions, as in "the last time quotes went out late"."""
    shipped, otherwise = _shipped(language)
    spoken = problem.strip().rstrip(".!?") or otherwise
    return Guide(
        language,
        tuple(
            GuideSection(
                section.id,
                section.title,
                section.hint,
                tuple(question.replace("{problem}", spoken) for question in section.questions),
            )
            for section in shipped
        ),
    )


@cache
def _shipped(language: str) -> tuple[tuple[GuideSection, ...], str]:
    table = tomllib.loads((resources_dir() / "guides" / f"{language}.toml").read_text(encoding="utf-8"))
    sections = tuple(
        GuideSection(entry["id"], entry["title"], entry["hint"], tuple(entry["questions"]))
        for entry in table["section"]
    )
    return sections, table["no_problem"]
