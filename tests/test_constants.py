"""The numbers that files name, compared with a committed text."""

from difflib import unified_diff

from tests.constants_text import CONSTANTS, describe_constants


def test_every_named_number_is_that_of_the_snapshot() -> None:
    kept, found = CONSTANTS.read_text(encoding="utf-8"), describe_constants()
    changes = unified_diff(kept.splitlines(), found.splitlines(), "snapshot", "constants", lineterm="", n=0)
    assert kept == found, "\n".join(["a number has changed; if this is intended, run 'make snapshot'", *changes])
