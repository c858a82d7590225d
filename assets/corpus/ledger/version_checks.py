"""Consistency checks of a version, by itself and against its parent; an inconsistent version is not written or read."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from outcross.assets.corpus.ledger.records import Count, PartRef
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.resources.errors import BadInput

LEAVES_OUT = {"trim", "withdraw", "renewal"}
"""Actions that may leave rows out."""
MAKES_ANCHOR = {"renewal", "withdraw"}
"""Actions that may make an anchor: an erasure leaves one without the erased rows."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TOLERANCE = 1e-9
COUNT_AGAIN = "Nothing was written; count its rows again"
"""The remedy for a version that is being written."""


def check(version: Version) -> None:
    """Check that the numbers of a version are consistent.

    Raises:
        BadInput: they are not; the message lists every fault.
    """
    _refuse(version, find_faults(version))


def check_follows(version: Version, parent: Version) -> None:
    """Check a version against its parent: it adds the rows admitted, and leaves out what it says.

    Raises:
        BadInput: it does not follow from its parent.
    """
    _refuse(version, find_faults_against_parent(version, parent))


def find_faults(version: Version) -> list[str]:
    """List the inconsistencies within a version."""
    return [*_numbering(version), *_parts(version), *_counts(version), *_shares(version)]


def find_faults_against_parent(version: Version, parent: Version) -> list[str]:
    """List the inconsistencies between a version and its parent."""
    return list(_following(version, parent))


def list_parts(version: Version) -> tuple[PartRef, ...]:
    """List every part that a version names, of any kind."""
    held = () if version.held is None else (version.held,)
    lists = (PartRef(path=each.path, sha256=each.sha256, rows=each.lines, batch="") for each in version.withdrawals)
    return (*version.parts, *version.left_out, *held, *version.decided, *lists)


def _refuse(version: Version, problems: list[str]) -> None:
    if problems:
        raise BadInput(
            f"version {version.number} of corpus '{version.corpus}' does not add up: {'; '.join(problems)}. "
            f"{COUNT_AGAIN}"
        )


def _numbering(version: Version) -> Iterator[str]:
    if version.number != (version.parent or 0) + 1 or version.parent == 0:
        yield f"its number must be one more than its parent's, which is {version.parent}"
    if (version.parent is None) != (version.action == "anchor"):
        yield f"only the first version is made by 'anchor', and version {version.number} is made by '{version.action}'"
    try:
        aware = datetime.fromisoformat(version.at).utcoffset() is not None and "T" in version.at
    except ValueError:
        aware = False
    if not aware:
        yield f"'at' is {version.at!r:.60}, not a time like 2026-01-31T12:00:00+00:00"
    if min(version.rows_in, version.rows_admitted, version.rows_quarantined) < 0:
        yield "its number of rows in, admitted or quarantined is negative"
    if version.rows_in != version.rows_admitted + version.rows_quarantined:
        yield (
            f"{version.rows_in:,} rows in are not {version.rows_admitted:,} admitted and "
            f"{version.rows_quarantined:,} quarantined"
        )


def _parts(version: Version) -> Iterator[str]:
    seen: set[str] = set()
    if version.held is not None and (version.action, version.held.rows) != ("ingest", version.rows_quarantined):
        yield (
            f"part {version.held.path!r:.120} has {version.held.rows:,} rows in quarantine, and '{version.action}' "
            f"quarantined {version.rows_quarantined:,}"
        )
    for part in list_parts(version):
        if part.path in seen:
            yield f"part {part.path!r:.120} is named twice"
        seen.add(part.path)
        if not _SHA256.fullmatch(part.sha256):
            yield f"the sha256 of part {part.path!r:.120} is not 64 hexadecimal digits"
        if part.rows < 0:
            yield f"part {part.path!r:.120} has a negative number of rows"
    digests = {f"file {each.path!r:.120}": each.sha256 for each in version.files}
    digests |= {"its parent": version.parent_sha256} if version.parent_sha256 is not None else {}
    digests |= {f"file {each.path!r:.120} until it was erased": each.was for each in version.erased}
    for named, sha256 in digests.items():
        if not _SHA256.fullmatch(sha256):
            yield f"the sha256 of {named} is not 64 hexadecimal digits"
    kept = _rows(version.parts) - _rows(version.left_out)
    if kept != version.rows:
        yield f"its counts add up to {version.rows:,} rows, and its parts without the rows left out have {kept:,}"


def _counts(version: Version) -> Iterator[str]:
    seen = set()
    for count in version.counts:
        key = (count.origin, count.depth, count.generator, count.licence)
        if key in seen:
            yield f"the rows of {_describe_count(count)} are counted twice"
        seen.add(key)
        if count.rows < 0:
            yield f"the number of rows of {_describe_count(count)} is negative"
        if count.depth is not None and not _is_possible(count.origin, count.depth):
            yield f"{_describe_count(count)} is impossible: real rows have depth 0, synthetic rows at least 1"


def _is_possible(origin: str, depth: int) -> bool:
    lowest, highest = {"real": (0, 0), "synthetic": (1, depth)}.get(origin, (0, depth))
    return lowest <= depth <= highest


def _shares(version: Version) -> Iterator[str]:
    added = totals(version.counts)
    most = (added.synthetic + added.undeclared) / added.rows if added.rows else 0.0
    if not added.share - _TOLERANCE <= version.declared_share <= most + _TOLERANCE:
        yield (
            f"the declared share is {version.declared_share:.6g}, and its counts give {added.share:.6g}"
            + (f" to {most:.6g}" if added.undeclared else "")
        )
    if (evidence := version.evidence) is not None:
        undeclared = version.rows - added.synthetic - version.parts[0].rows
        if evidence.rows != undeclared:
            yield f"its evidence is of {evidence.rows:,} rows, and {undeclared:,} are not declared synthetic"
    yield from _anchor(version)
    if version.bound is not None and not 0 <= version.bound <= 1:
        yield f"the bound {version.bound:.6g} is not between 0 and 1"
    yield from _expected(version)
    for found in (version.estimated, version.recent):
        if found is not None and not 0 <= found.lower <= found.share <= found.upper <= 1:
            interval = f"{found.lower:.6g} to {found.upper:.6g}"
            yield f"the estimated share {found.share:.6g} is outside {interval}, or this interval is outside 0 to 1"


def _anchor(version: Version) -> Iterator[str]:
    if (found := version.anchor) is None:
        if version.action == "renewal":
            yield "it is made by 'renewal', and names no anchor"
        return
    is_new, renews = found.version == version.number, version.action == "renewal"
    if found.version > version.number or (renews and not is_new) or (is_new and version.action not in MAKES_ANCHOR):
        yield f"its anchor is that of version {found.version}, and '{version.action}' made it"
    share, lower, upper = found.expected
    in_order = 0 <= lower <= share <= upper <= found.taken and 0 <= found.of_batches <= found.rows
    if not in_order or found.of_batches > found.taken or found.holdout < 0:
        yield (
            f"its anchor has {found.rows:,} rows, {found.of_batches:,} of batches, of {found.taken:,} taken, and "
            f"{share:.6g} ({lower:.6g} to {upper:.6g}) of these are expected to be synthetic"
        )


def _expected(version: Version) -> Iterator[str]:
    if (found := version.expected) is None:
        return
    if version.action != "release" or found.rows != version.rows_admitted:
        yield (
            f"{found.rows:,} rows were released by their probability, and '{version.action}' admitted "
            f"{version.rows_admitted:,}"
        )
    if not 0 <= found.lower <= found.synthetic <= found.upper <= found.rows or not 0 < found.below <= 1:
        yield (
            f"of {found.rows:,} rows released below {found.below:.6g}, {found.synthetic:.6g} "
            f"({found.lower:.6g} to {found.upper:.6g}) are expected to be synthetic"
        )


def _following(version: Version, parent: Version) -> Iterator[str]:
    if version.corpus != parent.corpus or version.parent != parent.number:
        yield f"it does not follow version {parent.number} of '{parent.corpus}'"
        return
    added = _rows(version.parts) - _rows(parent.parts)
    if added != version.rows_admitted:
        yield f"{version.rows_admitted:,} rows were admitted, and its parts have {added:,} more than its parent's"
    new = [part.synthetic for part in version.parts[len(parent.parts) :]]
    synthetic = totals(version.counts).synthetic - totals(parent.counts).synthetic
    if version.action != "trim" and new and None not in new and sum(filter(None, new)) != synthetic:
        yield f"its counts add {synthetic:,} synthetic rows, and its parts state {sum(filter(None, new)):,} more"
    left = _rows(version.left_out) - _rows(parent.left_out)
    if left < 0 or (left and version.action not in LEAVES_OUT):
        yield f"'{version.action}' left out {left:,} more rows than its parent"
    for name in ("parts", "left_out", "decided", "erased", "declarations"):
        earlier, later = getattr(parent, name), getattr(version, name)
        if later[: len(earlier)] != earlier:
            yield f"'{name}' does not begin with that of its parent"
    decided = _rows(version.decided) - _rows(parent.decided)
    if decided != (version.rows_in if version.action in {"release", "reject", "withdraw"} else 0):
        yield f"'{version.action}' processed {version.rows_in:,} rows, and {decided:,} have left quarantine"
    yield from _custody(version, parent)


def _custody(version: Version, parent: Version) -> Iterator[str]:
    """Compare what was withdrawn, erased or declared anew with the parent: it only grows, by its own actions."""
    kept = version.withdrawals[: len(parent.withdrawals)]
    if [replace(each, decided=None) for each in kept] != [replace(each, decided=None) for each in parent.withdrawals]:
        yield "'withdrawals' does not begin with that of its parent"
    taken_back = any(old.decided not in (None, new.decided) for old, new in zip(parent.withdrawals, kept, strict=False))
    if taken_back or (kept != parent.withdrawals and version.action != "decide"):
        yield f"'{version.action}' changes what was decided about a withdrawal"
    for name, action in (("withdrawals", "withdraw"), ("erased", "withdraw"), ("declarations", "declare")):
        more = len(getattr(version, name)) > len(getattr(parent, name))
        if more and version.action != action:
            yield f"'{version.action}' adds to '{name}'"
    for each in version.withdrawals[len(parent.withdrawals) :]:
        left = _rows(version.left_out) - _rows(parent.left_out)
        if (each.rows, each.quarantined, each.version) != (left, version.rows_in, version.number):
            yield (
                f"{each.rows:,} rows of the corpus and {each.quarantined:,} in quarantine were withdrawn, and {left:,} "
                f"more were left out and {version.rows_in:,} have left quarantine"
            )


def _rows(parts: tuple[PartRef, ...]) -> int:
    return sum(part.rows for part in parts)


def _describe_count(count: Count) -> str:
    made = f"generator {count.generator!r:.60}, licence {count.licence!r:.60}"
    return f"origin '{count.origin}', depth {count.depth}, {made}"
