"""Alerts of one cause: the first one is posted, and later ones join it; the weekly digest counts their batches."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

QUIET = timedelta(days=14)
"""After so long without a batch of a cause, the next one is a new alert."""
_KEPT = ("text", "batch", "file", "rows", "cause", "command", "link", "at")
"""What is kept of an alert that joins another."""
_SAME = ("kind", "corpus", "status")


def is_same_cause(first: Mapping[str, Any], alert: Mapping[str, Any]) -> bool:
    """Check whether a batch's alert says nothing that an earlier one did not: its guards are among those.

    Args:
        first: the earlier alert, with those that have joined it.
        alert: the later one.

    Raises:
        KeyError, ValueError, TypeError: the earlier one is no alert of a batch, or of an earlier version of Outcross.
    """
    if any(first[key] != alert[key] for key in _SAME):
        return False
    last = max(datetime.fromisoformat(each["at"]) for each in (first, *first.get("more", [])) if "at" in each)
    guards, told = (set(each["cause"].split(", ")) for each in (alert, first))
    return guards <= told and datetime.fromisoformat(alert["at"]) - last <= QUIET


def join(first: Mapping[str, Any], name: str, alert: Mapping[str, Any], *, posted: bool) -> dict[str, Any]:
    """Return the earlier alert with a later one under ``more``; its text counts them as long as it is not posted."""
    more = {each["id"]: each for each in first.get("more", [])}
    more.setdefault(name, {"id": name, **{key: alert[key] for key in _KEPT}})
    joined = {**first, "more": list(more.values())}
    if posted:
        return joined
    text = first.get("first", first["text"])
    return joined | {"first": text, "text": f"{text}; and {len(more)} more of the same cause"}
