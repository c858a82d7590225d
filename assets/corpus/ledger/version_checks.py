"""Whether a version adds up, in itself and on top of its parent: nothing that does not is ever written or believed."""

import re
from collections.abc import Iterator
from datetime import datetime

from outcross.assets.corpus.ledger.version import Count, PartRef, Version, totals
from outcross.resources.errors import BadInput

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TOLERANCE = 1e-9


def check(version: Version) -> None:
    """Hold a version to its own arithmetic.

    Raises:
        BadInput: it does not add up; the message says where, all of it.
    """
    _refuse(version, faults(version))


def check_follows(version: Version, parent: Version) -> None:
    """Hold a version to its parent: what was admitted is what came to it, and nothing has gone but by a trim.

    Raises:
        BadInput: it does not follow from it.
    """
    _refuse(version, faults_following(version, parent))


def faults(version: Version) -> list[str]:
    """Where a version does not add up in itself."""
    return [*_numbering(version), *_parts(version), *_counts(version), *_shares(version)]


def faults_following(version: Version, parent: Version) -> list[str]:
    """Where a version does not follow from its parent."""
    return list(_following(version, parent))


def named_parts(version: Version) -> tuple[PartRef, ...]:
    """Every part that a version names, of whatever kind."""
    held = () if version.held is None else (version.held,)
    return (*version.parts, *version.left_out, *held, *version.decided)


def _refuse(version: Version, problems: list[str]) -> None:
    if problems:
        raise BadInput(
            f"version {version.number} of corpus '{version.corpus}' does not add up: {'; '.join(problems)}. "
            "Nothing was written; count its rows again"
        )


def _numbering(version: Version) -> Iterator[str]:
    if version.number != (version.parent or 0) + 1 or version.parent == 0:
        yield f"its number must be one more than its parent's, which is {version.parent}"
    if (version.parent is None) != (version.action == "anchor"):
        yield f"the first version, and no other, is made by 'anchor', not number {version.number} by '{version.action}'"
    try:
        aware = datetime.fromisoformat(version.at).utcoffset() is not None and "T" in version.at
    except ValueError:
        aware = False
    if not aware:
        yield f"'at' is {version.at!r:.60}, not a time like 2026-01-31T12:00:00+00:00"
    looked_at = (version.rows_in, version.rows_admitted, version.rows_quarantined)
    if min(looked_at) < 0:
        yield "there are fewer than no rows in, admitted or quarantined"
    if version.rows_in != version.rows_admitted + version.rows_quarantined:
        yield (
            f"{version.rows_in:,} rows in are not {version.rows_admitted:,} admitted and "
            f"{version.rows_quarantined:,} quarantined"
        )


def _parts(version: Version) -> Iterator[str]:
    seen: set[str] = set()
    if version.held is not None and (version.action, version.held.rows) != ("ingest", version.rows_quarantined):
        yield (
            f"part {version.held.path!r:.120} holds {version.held.rows:,} rows back, by '{version.action}', which "
            f"quarantined {version.rows_quarantined:,}"
        )
    for part in named_parts(version):
        if part.path in seen:
            yield f"part {part.path!r:.120} is named twice"
        seen.add(part.path)
        if not _SHA256.fullmatch(part.sha256):
            yield f"the sha256 of part {part.path!r:.120} is not 64 hexadecimal digits"
        if part.rows < 0:
            yield f"part {part.path!r:.120} has fewer than no rows"
    kept = _rows(version.parts) - _rows(version.left_out)
    if kept != version.rows:
        yield f"its counts say {version.rows:,} rows, its parts less what was left out have {kept:,}"


def _counts(version: Version) -> Iterator[str]:
    seen = set()
    for count in version.counts:
        key = (count.origin, count.depth, count.generator, count.licence)
        if key in seen:
            yield f"the rows of {_spoken(count)} are counted twice"
        seen.add(key)
        if count.rows < 0:
            yield f"there are fewer than no rows of {_spoken(count)}"
        if count.depth is not None and not _possible(count.origin, count.depth):
            yield f"{_spoken(count)} cannot be: real rows have depth 0, synthetic rows at least 1"


def _possible(origin: str, depth: int) -> bool:
    lowest, highest = {"real": (0, 0), "synthetic": (1, depth)}.get(origin, (0, depth))
    return lowest <= depth <= highest


def _shares(version: Version) -> Iterator[str]:
    added = totals(version.counts)
    most = (added.synthetic + added.undeclared) / added.rows if added.rows else 0.0
    if not added.share - _TOLERANCE <= version.declared_share <= most + _TOLERANCE:
        yield (
            f"the declared share is {version.declared_share:.6g}, its counts give {added.share:.6g}"
            + (f" to {most:.6g}" if added.undeclared else "")
        )
    if version.bound is not None and not 0 <= version.bound <= 1:
        yield f"a bound of {version.bound:.6g} is no share"
    if (found := version.estimated) is not None and not 0 <= found.lower <= found.share <= found.upper <= 1:
        interval = f"{found.lower:.6g} to {found.upper:.6g}"
        yield f"the estimated share {found.share:.6g} is not within {interval}, or that not within 0 to 1"


def _following(version: Version, parent: Version) -> Iterator[str]:
    if version.corpus != parent.corpus or version.parent != parent.number:
        yield f"it does not follow version {parent.number} of '{parent.corpus}'"
        return
    added = _rows(version.parts) - _rows(parent.parts)
    if added != version.rows_admitted:
        yield f"{version.rows_admitted:,} rows were admitted, its parts have {added:,} more than its parent's"
    left = _rows(version.left_out) - _rows(parent.left_out)
    if left < 0 or (left and version.action != "trim"):
        yield f"{left:,} more rows are left out than in its parent, by '{version.action}'"
    for name in ("parts", "left_out", "decided"):
        earlier, later = getattr(parent, name), getattr(version, name)
        if later[: len(earlier)] != earlier:
            yield f"'{name}' does not begin with that of its parent"
    decided = _rows(version.decided) - _rows(parent.decided)
    if decided != (version.rows_in if version.action in {"release", "reject"} else 0):
        yield f"{decided:,} quarantined rows were decided on by '{version.action}', which looked at {version.rows_in:,}"


def _rows(parts: tuple[PartRef, ...]) -> int:
    return sum(part.rows for part in parts)


def _spoken(count: Count) -> str:
    made = f"generator {count.generator!r:.60}, licence {count.licence!r:.60}"
    return f"origin '{count.origin}', depth {count.depth}, {made}"
