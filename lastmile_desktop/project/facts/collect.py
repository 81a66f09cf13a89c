"""All facts of a project, in one pass over what the fact modules look at."""

from __future__ import annotations

from lastmile_desktop.core.facts import FactSet
from lastmile_desktop.project.facts import ai_tools, data, frameworks, hosting, layout, services
from lastmile_desktop.project.facts.survey import Survey
from lastmile_desktop.project.git_facts import GitFacts
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.packages import Package
from lastmile_desktop.project.tree import TextReader, TreeIndex


def collect(
    tree: TreeIndex,
    reader: TextReader,
    packages: tuple[Package, ...],
    git: GitFacts,
    memo: Memo | None = None,
) -> FactSet:
    """What files and git tell of the stack. With the scan's `memo`, unchanged files are not read again."""
    survey = Survey(tree, reader, packages, git, memo or Memo())
    modules = (layout, frameworks, services, data, hosting, ai_tools)
    return FactSet.of(fact for module in modules for fact in module.facts(survey))
