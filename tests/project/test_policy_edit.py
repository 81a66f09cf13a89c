"""The policy book changed key by key: what nobody asked to change stays as it was written."""

from __future__ import annotations

import pytest

from lastmile_desktop.catalogue import load as catalogue_load
from lastmile_desktop.core.errors import ProjectError
from lastmile_desktop.core.policy_book import BY_NAME, POLICY_KEYS, SECTIONS, KeyKind, PolicyChange
from lastmile_desktop.project import policy
from lastmile_desktop.project.policy_edit import changed, reading
from lastmile_desktop.resources import rules_dir

BOOK = """# who: see the wiki
schema = 1
odd = "kept"

# doors
[access]  # reviewed by Dana
public_routes = ["/", "/pricing"]  # marketing
colour = "blue"

[[processors]]
name = "Supabase"
classes = ["contact"]
"""


def change(name: str, value: str) -> PolicyChange:
    return PolicyChange(name, value)


def test_comments_order_and_unknown_keys_stay() -> None:
    after = changed(BOOK, [change("access.public_routes", "/\n/about"), change("backup.rpo_hours", "24")])
    assert after == BOOK.replace('["/", "/pricing"]', '["/", "/about"]') + "\n[backup]\nrpo_hours = 24\n"


def test_a_key_of_the_book_itself_stands_above_the_sections() -> None:
    after = changed(BOOK, [change("owner", "Dana"), change("reviewed_on", "2026-11-20")])
    assert after.startswith(
        '# who: see the wiki\nschema = 1\nodd = "kept"\nowner = "Dana"\nreviewed_on = 2026-11-20\n\n# doors\n[access]'
    )


def test_taken_out_and_put_back_is_the_same_text() -> None:
    without = changed(BOOK, [change("access.public_routes", "")])
    assert "public_routes" not in without and 'colour = "blue"' in without
    assert changed(BOOK, []) == BOOK


def test_a_new_book_begins_with_its_version() -> None:
    assert changed(None, [change("release.require_smoke", "yes")]) == (
        "schema = 1\n\n[release]\nrequire_smoke = true\n"
    )


def test_every_key_that_a_form_can_write_reads_back_as_it_was_written() -> None:
    values = {
        KeyKind.TEXT: "Dana",
        KeyKind.TEXTS: "a/**\nb\nc\nd",
        KeyKind.NUMBER: "3",
        KeyKind.FLAG: "yes",
        KeyKind.DAY: "2026-11-20",
        KeyKind.CHOICE: "period_end",
    }
    changes = [change(key.name, values[key.kind]) for key in POLICY_KEYS if key.kind in values]
    found = reading(changed(BOOK, changes))
    assert dict(found.values).items() >= {item.name: item.value for item in changes}.items()
    assert [item.text for item in found.problems] == [
        "odd is not a key of the policy book; is it a spelling mistake?",
        "[access] colour is not a key of this section; is it a spelling mistake?",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("backup.rpo_hours", "a day"), ("reviewed_on", "yesterday"), ("backup.rto_hours", "²"), ("slo", "x")],
)
def test_a_value_that_will_not_do_is_refused(name: str, value: str) -> None:
    with pytest.raises(ProjectError, match=name):
        changed(BOOK, [change(name, value)])


def test_what_is_no_toml_is_read_as_nothing_and_not_overwritten() -> None:
    found = reading("[access\nx")
    assert not found.readable and found.values == () and found.problems[0].line == 1
    with pytest.raises(ProjectError):
        changed("[access\nx", [change("owner", "Dana")])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[licences]\nallow = "MIT"', "[licences] allow must be a list of texts"),
        ("[licences]\nexceptions = [{ package = 3 }]", "exceptions must be a list of tables"),
        ("[dependencies]\nmax_age_months = 0", "max_age_months must be a whole number above 0"),
        ("[dependencies]\nmax_open_days = { critical = -1 }", "has critical, which must be a whole number"),
        ("[access.roles]\nadmin = 3", "has admin, which must be a list of texts"),
        ("[release]\nfreeze = 3", "freeze must be a list of texts"),
        ("[design]\ntokens = 3", "tokens must be a text"),
    ],
)
def test_keys_that_no_check_reads_yet_are_validated_too(text: str, problem: str) -> None:
    (found,) = reading(text).problems
    assert problem in found.text


def test_tables_are_shown_in_lines() -> None:
    text = '[limits]\n"POST /api/chat" = { per_user_per_hour = 60 }\n[[processors]]\nname = "Stripe"\nclasses = ["card"]\n'
    values = dict(reading(text).values)
    assert values["limits"] == "POST /api/chat: per_user_per_hour 60"
    assert values["processors"] == "name Stripe, classes card"


def test_the_catalogue_of_keys_is_whole() -> None:
    sections = {name for name, _ in SECTIONS}
    known = {f"{section}.{key}" for section, keys in policy._SECTIONS.items() for key in keys}
    known |= {"owner", "reviewed_on", "processors", *policy._OPEN_SECTIONS}
    assert set(BY_NAME) == known
    assert {key.section for key in POLICY_KEYS if key.section} <= sections
    checks = catalogue_load.load(rules_dir()).checks
    assert {check for key in POLICY_KEYS for check in key.read_by} <= set(checks)


def test_a_form_never_offers_what_the_parser_refuses() -> None:
    for key in POLICY_KEYS:
        if key.example and key.kind is KeyKind.TABLE:
            assert reading(key.example).problems == (), key.name
        elif key.example:
            assert reading(changed(None, [change(key.name, key.example)])).problems == (), key.name
