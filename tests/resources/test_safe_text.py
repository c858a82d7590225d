"""Addresses lose what is secret in them, and nothing else of a text is lost."""

from pathlib import Path

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets, bullets, without_secrets
from outcross.resources.store import Address, Store


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


def test_provenance_of_a_part_holds_no_secret(tmp_path: Path) -> None:
    store, address = Store(tmp_path), Address(study="s", thing="pool")
    store.write(address, pl.DataFrame({"a": [1]}), provenance={"from": [{"path": "https://u:CANARY@h/x?key=CANARY"}]})
    assert store.provenance(address) == {"from": [{"path": "https://h/x"}]}
    assert all(b"CANARY" not in path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert all_without_secrets(("ws://h?a", 1, None)) == ["ws://h", 1, None]


def test_a_list_in_markdown_shows_its_lines_as_they_are() -> None:
    hostile = "column '![x](http://evil/p.png)<img src=x>' has\n# 3 nulls"
    assert "![" not in bullets([hostile]) and "<img" not in bullets([hostile]) and bullets([hostile]).count("\n") == 0
