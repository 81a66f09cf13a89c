"""Values under key-like names, in the words of a translator."""

from __future__ import annotations

from lastmile_desktop.project.named_secrets import find_assigned


def test_a_sentence_in_a_writing_without_spaces_is_no_password() -> None:
    assert find_assigned('{ "password_too_short": "パスワードは8文字以上でなければなりません。" }') == ()
    assert find_assigned('{ "password_rule": "密码必须至少包含8个字符，请重新输入密码" }') == ()
    assert [item.name for item in find_assigned('{ "password": "Emerald7731!river" }')] == ["password"]
