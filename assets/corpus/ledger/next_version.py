"""The version that follows another one: what it does not change stays, and no row comes or goes unless it says so."""

from dataclasses import replace
from typing import Any

from outcross.assets.corpus.ledger.version import Action, Version


def next_version(last: Version, action: Action, *, reason: str, by: str, at: str, **changes: Any) -> Version:
    """Return the version that follows the last one.

    Args:
        last: the last version of the ledger.
        action: what it does.
        reason: in words, for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.
        changes: fields of the version that are others than those of the last one. What is about a single action
            (``batch``, the numbers of rows, ``guards``, ``held``, ``files``, ``expected``) is empty where none says so.
    """
    own: dict[str, Any] = {
        "batch": None,
        "rows_in": 0,
        "rows_admitted": 0,
        "rows_quarantined": 0,
        "guards": (),
        "held": None,
        "files": (),
        "expected": None,
    }
    made: dict[str, Any] = {"number": last.number + 1, "parent": last.number, "at": at, "by": by}
    return replace(last, action=action, reason=reason, **(made | own | changes))
