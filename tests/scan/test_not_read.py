"""Where part of a project is not read, checks that rest on it neither pass nor say that nothing is there."""

from __future__ import annotations

import pytest

from lastmile_desktop.catalogue.load import load
from lastmile_desktop.core.verdict import Grounds, State, decide
from lastmile_desktop.resources import rules_dir
from lastmile_desktop.scan.evaluate import Heard, judge
from lastmile_desktop.scan.excerpts import Excerpts
from tests.project.models.hooks import view_of

CATALOGUE = load(rules_dir())
SOCKET = {
    "package.json": '{"dependencies": {"ws": "8", "express": "4"}}',
    "server.ts": 'import express from "express";\nimport { WebSocketServer } from "ws";\nconst app = express();\n'
    'app.get("/health", (req, res) => res.json({ ok: true }));\nconst wss = new WebSocketServer({ port: 1 });\n'
    "app.listen(3000);\n",
}
LARAVEL = {"composer.json": '{"require": {"laravel/framework": "11"}}', "routes/api.php": "<?php"}
PEEWEE = {
    "requirements.txt": "peewee\n",
    "models.py": "from peewee import *\nclass User(Model):\n    email = CharField()\n",
}
STATIC = {"index.html": "<!doctype html><title>Hello</title>"}


def states(files: dict[str, str], check_id: str) -> set[State]:
    view = view_of(files)
    judged = judge(CATALOGUE.checks[check_id], view, Heard(), Excerpts(view))
    return {
        decide(
            Grounds(
                item.check.id,
                item.target,
                item.findings,
                item.passes,
                item.unknowns,
                item.looked,
                item.not_applicable,
                item.needs_attestation,
            )
        ).state
        for item in judged
    }


@pytest.mark.parametrize(
    ("files", "check_id"),
    [
        (SOCKET, "access.route-unauthenticated"),
        (LARAVEL, "access.route-unauthenticated"),
        (LARAVEL, "payments.trusts-browser"),
        (PEEWEE, "data.integrity"),
        (PEEWEE, "data.schema-not-in-repo"),
        (PEEWEE, "privacy.data-map-retention"),
    ],
)
def test_what_is_not_read_leaves_a_check_open(files: dict[str, str], check_id: str) -> None:
    assert states(files, check_id) == {State.UNKNOWN}


@pytest.mark.parametrize(
    "check_id", ["access.route-unauthenticated", "data.integrity", "payments.trusts-browser"]
)
def test_a_page_alone_raises_no_question(check_id: str) -> None:
    assert states(STATIC, check_id) == {State.NOT_APPLICABLE}


@pytest.mark.parametrize(
    "files", [SOCKET, LARAVEL, PEEWEE, STATIC], ids=["socket", "laravel", "peewee", "static"]
)
def test_every_check_has_a_verdict_and_none_breaks(files: dict[str, str]) -> None:
    view = view_of(files)
    for check in CATALOGUE.checks.values():
        judged = judge(check, view, Heard(), Excerpts(view))
        assert judged, check.id
        assert not [item for part in judged for item in part.unknowns if "broke" in item.reason], check.id
