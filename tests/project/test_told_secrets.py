"""Values that are known by the word before them, and what such a word must not make a secret of."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.secret_shapes import is_cut
from lastmile_desktop.project.secret_sightings import sightings
from lastmile_desktop.project.told_secrets import find_told

LETTERS = "q7Wx2Lk9" + "Zr4Tn8Vb3Hs6Yd1Mf5"
HEXADECIMAL = "9f3a71c2e8b04d56" + "a1f7c39e2b8d6054"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("notes/run.log", f"[DEBUG] Using Key={LETTERS}"),
        ("notes/run.log", f"acme token - '{LETTERS}'"),
        ("setup.txt", f"Your ACME key is {HEXADECIMAL}, which opens the API."),
        ("setup.txt", f"ACME API TOKEN {HEXADECIMAL}"),
        ("config.yml", f"chartmogul_key: {HEXADECIMAL}"),
        ("src/acme.ts", f'const bitbucketKey = "{LETTERS}"'),
        ("src/acme.ts", f'fetch("https://api.acme.dev/v1/users?license_key={LETTERS}")'),
        ("main.go", f'acmeToken := "Bearer {LETTERS}"'),
        ("vault.txt", f"Unseal Key 2: {LETTERS}"),
        ("jobs.xml", f"<secret>{{acme AQAAABAAA {HEXADECIMAL}}}</secret>"),
    ],
)
def test_a_value_behind_its_name_is_found(path: str, line: str) -> None:
    found = find_told(path, f"first line\n{line}\n")
    assert [(item.random, item.typed) for item in found] == [(True, False)]
    text = f"first line\n{line}\n"
    assert text[found[0].start : found[0].end] in (LETTERS, HEXADECIMAL)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/list.tsx", f'<Row key="{LETTERS}" />'),
        ("src/cache.ts", f'const cacheKey = "{HEXADECIMAL}"'),
        ("src/keys.ts", f'export const VAPID_PUBLIC_KEY = "{LETTERS}{LETTERS}"'),
        ("src/index.ts", f'const INDEXNOW_KEY = "{HEXADECIMAL}"'),
        ("config.yml", "r2_key: a/v1/58472c47-bb1e-4021/944023c8-b6f3-4c2d"),
        ("guide.md", f'"token": "{LETTERS}"'),
        ("guide.md", f"The address has the token `{LETTERS}` as its last part."),
        ("src/env.ts", "const key = process.env.ACME_PRODUCTION_KEY_2024"),
        ("src/words.ts", 'const token = "settings_page_title_2024_welcome_text"'),
        ("config.yml", "acme_key: your-key-goes-here-1234567890"),
        ("src/map.ts", "const tokenAddress1 = deriveAddressFromSeed9(program)"),
    ],
)
def test_what_opens_nothing_is_left_alone(path: str, line: str) -> None:
    assert find_told(path, line) == ()


def test_runs_of_signs_are_typed_and_weigh_little() -> None:
    typed = find_told("src/acme.ts", 'const ACME_API_KEY = "abcdef1234567890abcdef12"')
    assert [item.typed for item in typed] == [True]
    assert find_told("src/acme.ts", 'const API_KEY = "abcdef1234567890abcdef12"') == ()


def test_a_key_that_is_cut_or_garbled_is_none() -> None:
    assert is_cut("ghp_" + LETTERS[:12])
    assert not is_cut(LETTERS)
    assert sightings("src/a.ts", f'const GITHUB_TOKEN = "ghp_{LETTERS[:20]}"') == ()


def test_a_private_key_that_a_workflow_brings_along_is_made_for_it() -> None:
    key = "LS0tLS1CRUdJTi" + "BQUklWQVRFIEtFWS0tLS0tCk1JSUV2d0lCQURBTkJna3Foa2lHOXcwQkFRRUZB" + LETTERS * 2
    assert [item.invented for item in sightings(".github/workflows/main.yml", f"KEY: {key}")] == [True]
    assert [item.invented for item in sightings("src/sign.ts", f'const key = "{key}"')] == [False]
