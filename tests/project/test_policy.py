"""The policy file: what is used, and what is said of mistakes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.policy import DEFAULT, load

TEXT = """schema = 1
owner = "Dana"
reviewed_on = 2026-11-01

[access]
public_routes = ["/", "/api/health"]
guards = ["requireOwner"]
[access.roles]
admin = ["*"]

[backup]
rpo_hours = 24
rto_hours = 4
restore_drill_days = 30

[limits]
"POST /api/chat" = { per_user_per_hour = 60 }

[[data.class]]
name = "contact"

[suppressions]
forbid = ["access.rls-disabled"]
"""


def test_a_whole_policy() -> None:
    policy = load(TEXT)
    assert policy.public_routes == ("/", "/api/health")
    assert policy.guards == ("requireOwner",)
    assert (policy.rpo_hours, policy.rto_hours, policy.restore_drill_days) == (24, 4, 30)
    assert policy.forbid_suppressing == ("access.rls-disabled",)
    assert policy.owner == "Dana"
    assert str(policy.reviewed_on) == "2026-11-01"
    assert policy.problems == ()


def test_an_empty_policy_is_the_default() -> None:
    assert load("") == DEFAULT


def test_each_mistake_names_its_line_and_the_rest_counts() -> None:
    policy = load(
        '[backup]\nrpo_hours = "a day"\nrestore_drill_days = 30\n\n[acess]\nguards = []\n', "p.toml"
    )
    assert policy.restore_drill_days == 30
    assert policy.rpo_hours is None
    assert [problem.partition(" ")[0] for problem in policy.problems] == ["p.toml:2:", "p.toml:5:"]


def test_broken_toml_names_its_line() -> None:
    policy = load("schema = 1\n[access\n", "p.toml")
    assert policy.public_routes == ()
    assert policy.problems[0].startswith("p.toml:2:")


@given(st.text(max_size=300))
def test_any_text_gives_a_policy(text: str) -> None:
    load(text)


def test_targets_are_named_and_hold_numbers() -> None:
    assert load("[slo]\ncheckout = { availability = 99.5, p95_ms = 2000 }\n").slo == ("checkout",)
    wrong = load('[slo]\ncheckout = "often"\n')
    assert wrong.slo == () and "policy.toml:1" in wrong.problems[0]


def test_limits_are_named_by_entry_point() -> None:
    assert load('[limits]\n"POST /api/chat" = { per_user_per_hour = 60 }\n').limits == ("POST /api/chat",)
    assert "policy.toml:1" in load("[limits]\nchat = 3\n").problems[0]


def test_who_reviews_and_what_a_release_needs() -> None:
    policy = load(
        '[review]\nrequired_reviewers = 1\nai_must_not_edit = ["supabase/**"]\n[release]\nrequire_smoke = true\n'
    )
    assert (policy.required_reviewers, policy.require_smoke) == (1, True)
    assert policy.ai_must_not_edit == ("supabase/**",)
    wrong = load("[review]\nrequired_reviewers = -1\n[release]\nrequire_smoke = 1\n")
    assert (wrong.required_reviewers, wrong.require_smoke, len(wrong.problems)) == (0, False, 2)


def test_secrets_and_decisions_about_billing() -> None:
    policy = load(
        '[secrets]\nrotation_days = 90\ninventory = [{ name = "STRIPE_SECRET_KEY", owner = "Dana", '
        'where = ["vercel:prod"], rotated_on = 2026-09-10 }]\n'
        '[billing]\nupgrade = "now_charge_now"\ntax = { decision = "merchant-of-record", review_on = 2027-06-01 }\n'
    )
    assert policy.problems == ()
    assert (policy.secrets[0].name, policy.secrets[0].where, policy.rotation_days) == (
        "STRIPE_SECRET_KEY",
        ("vercel:prod",),
        90,
    )
    assert policy.upgrade == "now_charge_now"
    assert policy.tax is not None and str(policy.tax.review_on) == "2027-06-01"
    wrong = load("[secrets]\ninventory = [1]\n[billing]\ntax = 3\n")
    assert (wrong.secrets, wrong.tax, len(wrong.problems)) == ((), None, 2)


def test_exceptions_of_the_design_name_their_places() -> None:
    assert load(
        '[design]\nexceptions = [{ where = "src/Invoice.tsx", why = "print" }]\n'
    ).design_exceptions == ("src/Invoice.tsx",)
    assert load("[design]\nexceptions = [1]\n").problems


def test_personal_data_and_the_companies_that_process_it() -> None:
    policy = load(
        '[data]\nregions = ["eu-central-1"]\n[[data.class]]\nname = "contact"\ncolumns = ["profiles.email"]\n'
        'purpose = "account"\nbasis = "contract"\nretain_days = 730\n'
        '[[processors]]\nname = "Supabase"\nclasses = ["contact"]\nregion = "eu-central-1"\n'
        "dpa_accepted_on = 2026-08-02\n"
    )
    assert policy.problems == ()
    assert policy.data_rules[0].covers("profiles.email") and not policy.data_rules[0].covers("profiles.phone")
    assert (policy.data_rules[0].retain_days, policy.regions) == (730, ("eu-central-1",))
    assert str(policy.processors[0].dpa_accepted_on) == "2026-08-02"
    wrong = load('[[data.class]]\nname = "x"\nretain_days = "long"\n[[processors]]\nregion = "eu"\n')
    assert (wrong.data_rules, wrong.processors, len(wrong.problems)) == ((), (), 2)
