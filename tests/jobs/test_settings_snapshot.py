"""Defaults and bounds, compared with a committed text: nothing else could tell a slip in one of them."""

from difflib import unified_diff

from tests.jobs.settings_text import SETTINGS, describe_settings


def test_every_setting_and_option_has_the_default_and_the_bounds_of_the_snapshot() -> None:
    kept, found = SETTINGS.read_text(encoding="utf-8"), describe_settings()
    changes = unified_diff(kept.splitlines(), found.splitlines(), "snapshot", "settings", lineterm="", n=1)
    assert kept == found, "\n".join(["a setting has changed; if this is intended, run 'make snapshot'", *changes])
