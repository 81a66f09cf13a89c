"""The repository's own rules."""

from __future__ import annotations

import ast
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.catalogue import walkthroughs
from lastmile_desktop.core.commands import Command
from lastmile_desktop.core.events import Event
from lastmile_desktop.detectors.discover import detector_for
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.settings import SETTINGS

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "lastmile_desktop"
LONGEST_MODULE, LONGEST_CLASS, LONGEST_FUNCTION = 450, 320, 60
CATALOGUE = catalogue_load.load(rules_dir())


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_classes_and_functions_stay_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    too_long = [f"module: {len(text.splitlines())} lines"] if len(text.splitlines()) > LONGEST_MODULE else []
    for node in ast.walk(ast.parse(text)):
        size = (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0)
        limit = (
            LONGEST_CLASS
            if isinstance(node, ast.ClassDef)
            else LONGEST_FUNCTION
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            else None
        )
        if limit is not None and size > limit:
            too_long.append(f"{node.name}: {size} lines")  # type: ignore[attr-defined]
    assert not too_long


def test_every_detector_has_a_check_and_every_detector_rule_a_detector() -> None:
    found = {
        f"{path.parent.name}.{path.stem.replace('_', '-')}"
        for path in (PACKAGE / "detectors").glob("*/*.py")
        if path.stem != "__init__"
    }
    assert found <= set(CATALOGUE.checks)
    without = [
        check.id
        for check in CATALOGUE.checks.values()
        if any(rule.engine == "detector" for rule in check.rules) and detector_for(check.id).detect is None
    ]
    assert not without


def test_every_check_is_whole() -> None:
    problems: list[str] = []
    for check in CATALOGUE.checks.values():
        ids = [rule.id for rule in check.rules]
        problems += [f"{check.id}: rule twice" for _ in [0] if len(ids) != len(set(ids))]
        problems += [f"{check.id}: no reference" for _ in [0] if not check.refs]
        problems += [f"{check.id}: titles are equal" for _ in [0] if check.title_gap == check.title_passed]
        folder = CATALOGUE.folder(check)
        tools = ["", *(path.stem.partition(".")[2] for path in folder.glob("walkthrough.*.md"))]
        for tool in tools:
            guide = walkthroughs.load(folder, check.id, tool)
            if len(guide.prompt) > 1_200:
                problems.append(f"{check.id} {tool}: the prompt has {len(guide.prompt)} characters")
            if len(guide.steps[0].body.split()) > 120:
                problems.append(f"{check.id} {tool}: explain is longer than 120 words")
    assert not problems, "\n".join(problems)


def test_the_first_sixteen_checks_are_there() -> None:
    assert set(CATALOGUE.checks) >= {
        "access.rls-disabled",
        "access.rls-not-enforced",
        "access.route-unauthenticated",
        "access.object-ownership",
        "secrets.privileged-key-in-client",
        "secrets.committed",
        "payments.webhook-unverified",
        "payments.webhook-replay-order",
        "data.migration-locks",
        "data.backup-unproven",
        "reliability.no-timeouts",
        "abuse.injection",
        "ops.no-error-tracking",
        "delivery.env-parity",
        "frontend.a11y-static",
        "demand.no-conversations",
    }


def test_every_setting_says_what_it_is_for() -> None:
    assert all(setting.help.endswith(".") for setting in SETTINGS if setting.title)


def test_every_event_is_applied_and_every_command_is_sent_somewhere_in_the_window() -> None:
    window = "\n".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "ui").rglob("*.py"))
    unused = [
        kind.__name__ for kind in (*get_args(Event), *get_args(Command)) if f"{kind.__name__}" not in window
    ]
    assert not unused


def tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    return (REPOSITORY / name for name in listed.splitlines())


def test_the_repository_speaks_of_the_product_alone() -> None:
    unwanted = re.compile(
        "|".join(
            ("/" + "work/", "/" + "root/", "index" + r"-url\s*=", "pypi" + r"\.org", "registry" + r"\.npmjs")
        )
    )
    found: list[str] = []
    for file in tracked():
        if file.suffix in (".png", ".svg", ".lock") or not file.is_file() or "fixtures" in file.parts:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{file.relative_to(REPOSITORY)}: {match.group(0)}" for match in unwanted.finditer(text)]
    assert not found


def test_no_fake_secret_stands_whole_in_the_repository() -> None:
    shapes = re.compile(
        r"\bsk_(?:live|test)_[A-Za-z0-9]{20,}|\bsb_secret_[\w-]{20,}|\bgh[po]_\w{36}|\bAKIA[0-9A-Z]{16}\b|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    )
    found = [
        str(file.relative_to(REPOSITORY))
        for file in tracked()
        if file.is_file()
        and file.suffix != ".png"
        and shapes.search(file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found


def test_the_wheel_has_rules_and_resources_and_no_fixtures(tmp_path: Path) -> None:
    import sys

    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", str(tmp_path), str(REPOSITORY)),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "lastmile_desktop/_data/rules/access/rls-disabled/check.toml" in names
    assert any(name.startswith("lastmile_desktop/_data/resources/icons/") for name in names)
    assert not [name for name in names if "/fixtures/" in name or name.startswith("tests/")]
