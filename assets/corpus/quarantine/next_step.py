"""What deals with a reason: for each guard, the command to run next."""

from outcross.assets.corpus.guards.guard import Level
from outcross.assets.corpus.guards.guards import GUARDS

_SHARES = ("synthetic_share", "estimated_share")
_NEVER_RELEASED = frozenset({"holdout_overlap", "withdrawn", "protected", "denied_generators", "schema", "provenance"})


def next_step(guard: str, corpus: str, batch: str) -> str:
    """Return the command that deals with what a guard holds.

    Args:
        guard: its name.
        corpus: the corpus's name.
        batch: id of the batch; empty where a file was refused before it had one.
    """
    if not batch:
        return f"outcross quarantine list {corpus}"
    here, there = f"outcross quarantine show {corpus} {batch}", f"{corpus} {batch} --guard {guard} --reason …"
    if guard in _NEVER_RELEASED:
        return f"outcross quarantine reject {there}"
    if guard in GUARDS and GUARDS[guard].level is Level.ROW:
        return f"outcross quarantine release {there}"
    special = {
        "undeclared_share": f"{here} --likeliest",
        "expectations": f"outcross corpus {corpus} --docs",
        **dict.fromkeys(_SHARES, f"outcross trim {corpus} --dry-run"),
    }
    return special.get(guard, here)


def guard_of(reason: str) -> str:
    """Return the guard that a reason names first; empty where it names none."""
    name = reason.split(":", 1)[0]
    return name if name in GUARDS else ""
