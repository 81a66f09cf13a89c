from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from lastmile_desktop.cli.main import main
from lastmile_desktop.core.checklist import Chip
from lastmile_desktop.core.conversation import Conversation
from lastmile_desktop.core.notebook import Difference, JournalEntry
from lastmile_desktop.customers.visit import visit
from lastmile_desktop.home import Home
from lastmile_desktop.resources import resources_dir
from lastmile_desktop.session import load_catalogue, scan_once
from lastmile_desktop.store import records

CHECK = "secrets.privileged-key-in-client"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "acme-crm"
    shutil.copytree(resources_dir() / "sample", copy)
    return copy


def run(root: Path, *argv: str) -> int:
    return main(["scan", str(root), "--data-dir", str(root.parent / "home"), "--check", CHECK, *argv])


def test_a_scan_prints_a_verdict_line_and_the_places(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 thing stops you")
    assert "src/lib/admin.ts:6" in printed


def test_fail_on_stop_ends_with_one_only_when_something_stops(root: Path) -> None:
    assert run(root, "--fail-on", "stop", "--output", str(root.parent / "out.txt")) == 1
    (root / "src/lib/admin.ts").unlink()
    (root / "src/pages/Jobs.tsx").unlink()
    assert run(root, "--fail-on", "stop", "--output", str(root.parent / "out.txt")) == 0


def test_an_unknown_check_is_wrong_use(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(root), "--check", "nothing.here"]) == 2
    assert "lastmile checks" in capsys.readouterr().err


def test_a_missing_folder_could_not_be_scanned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(tmp_path / "no"), "--data-dir", str(tmp_path / "home")]) == 3
    assert "is no folder" in capsys.readouterr().err


def test_unknown_options_are_wrong_use() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["scan", "--colour"])
    assert ended.value.code == 2


def test_no_save_leaves_no_history(root: Path) -> None:
    assert run(root, "--no-save", "--output", str(root.parent / "x")) == 0
    assert not (root.parent / "home" / "lastmile.sqlite3").exists()


def test_json_names_findings_and_what_was_not_run(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(root, "--format", "json", "--users", "150")
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == 1
    assert report["scan"]["users"] == 150
    (check,) = report["checks"]
    assert (check["id"], check["target"], check["verdict"], check["band"]) == (CHECK, ".", "gap", "stop")
    place = check["findings"][0]["evidence"][0]
    assert (place["path"], place["line_start"]) == ("src/lib/admin.ts", 6)
    assert check["findings"][0]["state"] == "new"


def test_findings_are_new_then_open(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states: list[str] = []
    for _ in range(2):
        run(root, "--format", "json")
        states.append(json.loads(capsys.readouterr().out)["checks"][0]["findings"][0]["state"])
    assert states == ["new", "open"]


def test_what_customers_asked_for_and_what_broke_twice_ranks_as_in_the_window(root: Path) -> None:
    home, now = Home.of(root.parent / "home"), datetime.now(UTC)
    with visit(home.database, root, now) as log:
        log.add(Conversation("Dana", "Is my data safe?", now, linked_checks=(CHECK,)))
        for _ in range(2):
            entry = JournalEntry(
                "Works here", now.date(), differences=(Difference.PERMISSION,), linked_checks=(CHECK,)
            )
            records.keep(log.db, log.project, entry)
    _, found = scan_once(root, home, checks={CHECK: load_catalogue().checks[CHECK]})
    (row,) = found.rows
    assert {Chip.CUSTOMER_ASKED, Chip.BROKE_TWICE} <= set(row.chips)
    assert (found.situation.asked, found.situation.repeated) == ({CHECK}, {CHECK})


def test_sarif_is_valid_and_tells_fail_from_pass(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(root, "--format", "sarif")
    gap = json.loads(capsys.readouterr().out)
    (root / "src/lib/admin.ts").write_text("export const supabaseAdmin = null as never;\n")
    run(root, "--format", "sarif")
    mended = json.loads(capsys.readouterr().out)
    for report in (gap, mended):
        Sarif.model_validate(report)
    (result, *_) = gap["runs"][0]["results"]
    assert result["kind"] == "fail"
    assert result["ruleId"].startswith(f"{CHECK}/")
    assert result["partialFingerprints"]["lastMile/v1"]
    assert [item["kind"] for item in mended["runs"][0]["results"]] == ["pass"]
    assert mended["runs"][0]["results"][0]["ruleId"] == CHECK


def test_checks_lists_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checks", "--format", "json"]) == 0
    listed = {item["id"]: item for item in json.loads(capsys.readouterr().out)}
    assert listed[CHECK]["severity"] == "critical"
    assert all(item["references"] and item["engines"] for item in listed.values())


def test_doctor_names_every_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--data-dir", str(tmp_path)])
    printed = capsys.readouterr().out
    assert code == 0, printed
    for name in ("semgrep", "secrets", "migrations", "markup", "workflows", "git"):
        assert name in printed
