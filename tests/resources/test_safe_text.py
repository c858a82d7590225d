"""Addresses lose what is secret in them, and nothing else of a text is lost."""

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets, bullets, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:word@host:80/a/b.csv?token=X#f", "https://host:80/a/b.csv"),
        ("'https://h/x?token', and (http://u@h/y)", "'https://h/x', and (http://h/y)"),
        ("s3://key:sec/ret@bucket/part-?.parquet", "s3://bucket/part-?.parquet"),
        ("s3://bucket/a?versionId=1", "s3://bucket/a"),
        ("https://x@evil@host/p", "https://host/p"),
        ("https://host/@name/x is no user", "https://host/@name/x is no user"),
        ("no address: a@b, c? d=e", "no address: a@b, c? d=e"),
    ],
)
def test_an_address_is_shown_without_user_password_and_query(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert str(BadInput(text)) == without_secrets(text)


def test_every_text_of_a_value_is_cleaned() -> None:
    assert all_without_secrets({"a": ["ws://u:p@h?a", 1, None]}) == {"a": ["ws://h", 1, None]}


def test_a_list_in_markdown_shows_its_lines_as_they_are() -> None:
    hostile = "column '![x](http://evil/p.png)<img src=x>' has\n# 3 nulls"
    assert "![" not in bullets([hostile]) and "<img" not in bullets([hostile]) and bullets([hostile]).count("\n") == 0
