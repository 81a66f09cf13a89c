"""Which files only follow links, so that nothing secret can be read on the way."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.inputs.link_following import only_follows_links

_FOLLOWER = """import https from "https";
const agent = new https.Agent({ rejectUnauthorized: false });
export async function follow(url: string) {
  const answer = await fetch(url, { method: "HEAD", redirect: "manual", agent });
  return answer.headers.get("location");
}
"""


def test_a_follower_of_links_says_nothing_secret() -> None:
    assert only_follows_links(_FOLLOWER)


@pytest.mark.parametrize(
    "more",
    (
        "const headers = { Authorization: `Bearer ${key}` };",
        'headers.set("Authorization", key);',
        "const login = { user, password: process.env.PASSWORD };",
        'const options = { "x-api-key": key };',
        'await fetch(url, { method: "POST", body });',
        "await axios.post(url, body);",
        "const headers = { cookie: session };",
    ),
)
def test_a_file_that_sends_more_than_an_address_is_none(more: str) -> None:
    assert not only_follows_links(_FOLLOWER + more)


def test_an_ordinary_client_is_none() -> None:
    assert not only_follows_links("const agent = new https.Agent({ rejectUnauthorized: false });")
