"""What a corpus holds back, and what is decided about it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.quarantine.decisions import reject, release
from outcross.assets.corpus.quarantine.rows import refusals, taken_in, taking, waiting_rows
from outcross.resources.errors import BadInput

__all__ = ["Refused", "Waiting", "held_by", "held_rows", "refused", "reject", "release", "waiting"]

NO_GUARD = "other"
"""Where a reason names no guard."""
_GUARD = r"^([a-z_]+): "


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Rows of a batch about which nothing has been decided.

    Attributes:
        batch: its id.
        file: its name, as it came.
        rows: how many wait.
        reasons: guard → rows that it speaks against, the most first; a row may have several.
        version: of the ledger that took the batch in.
        at: when that was.
    """

    batch: str
    file: str
    rows: int
    reasons: dict[str, int]
    version: int
    at: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that could not be read, so that nobody knows its rows. It is kept as it came, if it could be copied.

    Attributes:
        batch: its id; empty where it could not be copied.
        file: its name, as it came.
        reason: why it was refused.
        at: when that was.
        bytes: of the file, if that is known.
    """

    batch: str
    file: str
    reason: str
    at: str
    bytes: int | None


def waiting(anchored: Anchored) -> list[Waiting]:
    """The batches of which rows wait, the earliest first.

    Raises:
        BadInput: a quarantine is missing or damaged.
    """
    found, last = [], read_version(anchored.files)
    for version in taken_in(anchored):
        if not version.rows_quarantined:
            continue
        assert version.batch is not None
        rows, reasons = 0, dict[str, int]()
        for chunk in waiting_rows(anchored, last, version, ["position", "reasons"]):
            rows += chunk.height
            for guard, count in _by_guard(chunk).items():
                reasons[guard] = reasons.get(guard, 0) + count
        if rows:
            told = Waiting(
                batch=version.batch,
                file=version.reason.removeprefix("file "),
                rows=rows,
                reasons=dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
                version=version.number,
                at=version.at,
            )
            found.append(told)
    return found


def refused(anchored: Anchored) -> list[Refused]:
    """The files that could not be read and have not been taken in since, the earliest first.

    Raises:
        BadInput: what is kept beside one is damaged.
    """
    files, entered = anchored.files, {version.batch for version in taken_in(anchored)}
    found = []
    for path, batch in refusals(anchored):
        if batch in entered:
            continue
        try:
            told = json.loads(files.get(path))
            found.append(Refused(batch=batch, **{key: told[key] for key in ("file", "reason", "at", "bytes")}))
        except (ValueError, KeyError, TypeError):
            raise BadInput(f"{files.location(path)} is damaged; restore it from a copy") from None
    return sorted(found, key=lambda each: each.at)


def held_rows(anchored: Anchored, batch: str, *, limit: int | None = None) -> pl.DataFrame:
    """The rows of a batch that wait: ``position``, ``raw`` (JSON of the row), ``reasons``.

    Args:
        anchored: the corpus.
        batch: its id.
        limit: the first so many; all of them if None.

    Raises:
        BadInput: the ledger has no such batch, or its quarantine is missing or damaged.
    """
    taken = taking(anchored, batch)
    found, rows = [pl.DataFrame(schema=QUARANTINE)], 0
    for chunk in waiting_rows(anchored, read_version(anchored.files), taken, list(QUARANTINE)):
        found.append(chunk)
        rows += chunk.height
        if limit is not None and rows >= limit:
            break
    return pl.concat(found).head(rows if limit is None else limit)


def held_by(anchored: Anchored, batch: str, guards: Sequence[str]) -> list[int]:
    """Positions of the rows of a batch that wait, against which these guards speak and no other.

    Raises:
        BadInput: there is none; or as :func:`held_rows` does.
    """
    taken = taking(anchored, batch)
    found, others = list[int](), set[str]()
    for chunk in waiting_rows(anchored, read_version(anchored.files), taken, ["position", "reasons"]):
        speaking = chunk.select("position", guard=_guards_of(pl.col("reasons")))
        found.extend(speaking.filter(pl.col("guard").list.set_difference(list(guards)).list.len() == 0)["position"])
        others.update(speaking["guard"].explode().drop_nulls())
    if not found:
        raise BadInput(
            f"batch {batch}: no row waits for {' and '.join(map(repr, guards))} alone; those that do are held by "
            f"{', '.join(sorted(others)) or 'nothing'}"
        )
    return found


def _guards_of(reasons: pl.Expr) -> pl.Expr:
    """The guards that speak against each row, once each."""
    return reasons.list.eval(pl.element().str.extract(_GUARD).fill_null(NO_GUARD)).list.unique()


def _by_guard(rows: pl.DataFrame) -> dict[str, int]:
    found = rows.select(guard=_guards_of(pl.col("reasons"))).explode("guard").group_by("guard").len("rows")
    return dict(found.drop_nulls().iter_rows())
