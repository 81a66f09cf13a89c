from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lastmile_desktop.cli.main import main

Run = Callable[..., str]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a project of its own; gives what it printed and checks how it ended."""
    (tmp_path / "acme").mkdir()
    monkeypatch.chdir(tmp_path / "acme")

    def command(*argv: str, ends: int = 0, typed: str | None = None, piped: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(piped) if typed is None else Terminal(typed))
        code = main([*argv, "--data-dir", str(tmp_path / "home")])
        printed = capsys.readouterr()
        assert code == ends, printed.err
        return printed.out if code == 0 else printed.err

    return command


def value(printed: str) -> Any:
    return json.loads(printed)


def test_a_talk_is_logged_in_one_line_and_found_again(run: Run) -> None:
    printed = run(
        *(
            "talk",
            "add",
            "I lose the job if I'm not first",
            "--person",
            "Dana Ortiz",
            "--company",
            "Ortiz Roofing",
        ),
        *("--channel", "video", "--commitment", "money", "--gave", "pre-order", "--amount", "49.50 usd"),
        *("--follow-up", "3d", "--quote", "[pain] I lose the job", "--tag", "quotes"),
    )
    then = datetime.now().astimezone().date() + timedelta(days=3)
    assert printed == f"Logged as 1: Dana Ortiz, Ortiz Roofing. Follow up on {then}.\n"
    talk = value(run("talk", "show", "1", "--json"))["talk"]
    assert (talk["person"], talk["channel"], talk["tags"]) == ("Dana Ortiz", "video", ["quotes"])
    assert (talk["commitment"]["amount"], talk["commitment"]["currency"]) == (4950, "USD")
    assert talk["quotes"][0]["signals"] == ["pain"]
    found = value(run("talk", "search", "lose", "--signal", "pain", "--least", "money", "--json"))
    assert (found["total"], found["hits"][0]["talk"]["id"]) == (1, 1)
    assert {"text": "lose", "hit": True} in found["hits"][0]["excerpt"]
    assert value(run("talk", "search", "lose", "--tag", "other", "--json"))["total"] == 0


def test_the_text_may_come_from_a_pipe(run: Run) -> None:
    run("talk", "add", "--person", "Lee Park", "--date", "2026-11-18", piped="All in my phone.\nReally.\n")
    talk = value(run("talk", "show", "1", "--json"))["talk"]
    assert talk["said"] == "All in my phone.\nReally."
    assert talk["when"].startswith("2026-11-18")


def test_without_a_text_the_editor_opens(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "assert file.stat().st_mode & 0o077 == 0\n"
        "file.write_text(file.read_text().replace('Person: ', 'Person: Kim Lee').replace('\\n\\n\\n', '\\nOne.\\n# two\\n\\n'))\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    run("talk", "add", typed="")
    talk = value(run("talk", "show", "1", "--json"))["talk"]
    assert (talk["person"], talk["said"]) == ("Kim Lee", "One.\n# two")


def test_an_editor_that_is_left_empty_logs_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    assert "nothing is logged" in run("talk", "add", typed="", ends=2)
    monkeypatch.setenv("VISUAL", "no-such-editor")
    assert "No editor was started" in run("talk", "add", typed="", ends=3)


def test_who_it_was_is_asked_for_at_a_terminal_and_wrong_use_in_a_script(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("talk", "add", "All in my phone.", typed="Lee Park\n")
    assert value(run("talk", "list", "--json"))["talks"][0]["person"] == "Lee Park"
    assert "--person NAME" in run("talk", "add", "All in my phone.", ends=2)


def test_what_people_said_is_data_to_the_terminal(run: Run) -> None:
    run("talk", "add", "--person", "Eve", "[red]hi[/] \x1b[31m\x9b31m\u202e\rgone")
    for printed in (run("talk", "list"), run("talk", "show", "1"), run("talk", "list", "--json")):
        assert "[red]hi[/]" in printed
        assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(printed)


def test_columns_are_aligned_and_the_numbers_stay(run: Run) -> None:
    run("talk", "add", "--person", "Dana Ortiz", "word " * 60)
    run("talk", "add", "--person", "Lee", "short")
    head, *rows = run("talk", "list").splitlines()
    assert [row.split()[0] for row in rows] == ["2", "1"]
    assert {row.index("short") if "short" in row else row.index("word") for row in rows} == {
        head.index("Said")
    }


def test_a_transcript_is_imported_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "call.vtt"
    file.write_text("WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Dana Ortiz>I lose the job.\n")
    first = value(run("talk", "import", str(file), "--json"))["imported"][0]
    assert (first["talk"]["person"], first["again"]) == ("Dana Ortiz", False)
    assert "was in the log before" in run("talk", "import", str(file))
    assert "0:01  Dana Ortiz: I lose the job." in run("talk", "show", str(first["talk"]["id"]))
    assert value(run("talk", "search", '"lose the job"', "--json"))["total"] == 1


def test_a_table_brings_a_talk_for_each_row_once(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text(
        "Date,Person,Company,Channel,Notes\n"
        "2026-11-03 09:30,Dana Ortiz,Ortiz Roofing,Zoom,Photos get lost\n"
        "2026-11-04,Lee Park,,Phone,Would pay\n"
        "2026-11-05,dana ortiz,,Phone,Still lost\n"
    )
    assert run("talk", "import", str(table)) == f"{table}: New in the log: 2 people, 3 talks.\n"
    talks = value(run("talk", "list", "--json"))["talks"]
    assert [(talk["person"], talk["company"], talk["said"]) for talk in talks] == [
        ("Dana Ortiz", "Ortiz Roofing", "Still lost"),
        ("Lee Park", "", "Would pay"),
        ("Dana Ortiz", "Ortiz Roofing", "Photos get lost"),
    ]
    held = datetime.fromisoformat(talks[2]["when"]).astimezone()
    assert (held.day, held.hour, held.minute, talks[2]["channel"]) == (3, 9, 30, "video")
    assert "Nothing in it was new. 5 were there before." in run("talk", "import", str(table))


@pytest.mark.parametrize("name", ["log.json", "log.md", "tables"])
def test_the_log_goes_out_and_comes_back(run: Run, tmp_path: Path, name: str) -> None:
    run("talk", "add", "--person", "Dana Ortiz", "I lose the job.")
    run("talk", "export", str(tmp_path / name))
    files = [tmp_path / name] if (tmp_path / name).is_file() else list((tmp_path / name).iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    (tmp_path / "other").mkdir()
    there = ("--project", str(tmp_path / "other"))
    assert "New in the log: 1 person, 1 talk." in run("talk", "import", str(tmp_path / name), *there)
    assert value(run("talk", "list", "--json", *there))["talks"][0]["said"] == "I lose the job."


def test_what_is_not_there_is_said(run: Run, tmp_path: Path) -> None:
    assert "no talk with the number 7" in run("talk", "show", "7", ends=3)
    assert "does not know 'Ann'" in run("people", "show", "Ann", ends=3)
    assert "is no folder" in run("talk", "list", "--project", str(tmp_path / "gone"), ends=3)
    assert run("talk", "search", "nothing") == "Nothing found.\n"


def test_people_are_added_listed_and_brought_in(run: Run, tmp_path: Path) -> None:
    run(
        "people", "add", "Dana Ortiz", "--company", "Ortiz Roofing", "--role", "buyer", "--next", "2030-01-02"
    )
    assert "in the log already" in run("people", "add", "dana ortiz", ends=3)
    (tmp_path / "people.csv").write_text("Name,Company\nLee Park,Park Ltd\nDana Ortiz,Ortiz Roofing\n")
    imported = value(run("people", "import", str(tmp_path / "people.csv"), "--json"))
    assert imported == {"new": 1, "known": 1}
    listed = run("people", "list")
    assert "Dana Ortiz  Ortiz Roofing  buyer  to contact  2030-01-02" in listed
    assert "Lee Park" in listed


def test_people_who_should_be_gone_are_named_and_stay(run: Run) -> None:
    run("people", "add", "Dana Ortiz", "--delete-by", "2026-01-01")
    run("people", "add", "Lee Park")
    assert "1 should be deleted by now" in run("people", "list")
    listed = value(run("people", "list", "--to-delete", "--json"))
    assert [person["name"] for person in listed["people"]] == ["Dana Ortiz"]
    assert len(value(run("people", "list", "--json"))["people"]) == 2


def test_one_person_is_taken_out_and_forgotten(run: Run, tmp_path: Path) -> None:
    run("talk", "add", "--person", "Dana Ortiz", "I lose the job.")
    run("talk", "add", "--person", "Lee Park", "All in my phone.")
    run("people", "export", "Dana Ortiz", str(tmp_path / "dana.md"))
    assert "Lee Park" not in (tmp_path / "dana.md").read_text()
    assert "--yes" in run("people", "forget", "Dana Ortiz", ends=2)
    assert run("people", "forget", "1", typed="n\n").endswith("Nothing was erased.\n")
    assert run("people", "forget", "Dana Ortiz", "--yes") == "Forgotten, with 1 talk.\n"
    assert [talk["person"] for talk in value(run("talk", "list", "--json"))["talks"]] == ["Lee Park"]


def test_two_with_the_same_name_are_told_apart_by_number(run: Run) -> None:
    run("people", "add", "Lee Park", "--company", "One")
    run("people", "add", "Lee Park", "--company", "Two")
    assert "1 (One), 2 (Two)" in run("people", "show", "Lee Park", ends=3)
    assert "Two" in run("people", "show", "2")


@pytest.mark.parametrize(
    "argv",
    [
        ("talk",),
        ("talk", "add", "--channel", "fax", "x"),
        ("talk", "add", "--date", "soon", "x"),
        ("talk", "add", "--amount", "much", "x"),
        ("people", "show"),
    ],
)
def test_wrong_use_ends_with_two(argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("text", "days"), [("today", 0), ("tomorrow", 1), ("5d", 5), ("+2w", 14), ("2026-11-24", None)]
)
def test_days_are_typed_as_people_do(text: str, days: int | None) -> None:
    from lastmile_desktop.cli.days import coming

    today = datetime.now().astimezone().date()
    assert coming(text) == (date(2026, 11, 24) if days is None else today + timedelta(days=days))


@pytest.mark.parametrize("text", ["mon", "tue", "wednesday", "thu", "fri", "sat", "sun"])
def test_a_weekday_is_the_next_or_the_last_one_and_never_today(text: str) -> None:
    from lastmile_desktop.cli.days import coming, past

    today = datetime.now().astimezone().date()
    assert 1 <= (coming(text) - today).days <= 7
    assert 1 <= (today - past(text)).days <= 7
    assert coming(text).weekday() == past(text).weekday()


def test_a_note_is_not_in_the_future() -> None:
    from lastmile_desktop.cli.days import moment

    assert moment("today") <= datetime.now(UTC)


def test_a_note_needs_neither_the_catalogue_nor_qt(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from lastmile_desktop.cli.main import main\n"
        f"main(['talk', 'add', 'hi', '--person', 'Ann', '--project', {str(tmp_path)!r}, '--data-dir', {str(tmp_path)!r}])\n"
        "heavy = ('PySide6', 'rich', 'git', 'semgrep', 'lastmile_desktop.session', 'lastmile_desktop.catalogue')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Logged as 1: Ann.", "[]"]
