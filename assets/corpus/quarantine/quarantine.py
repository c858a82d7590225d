"""The rows in quarantine, and the files that were refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.decisions import reject, release
from outcross.assets.corpus.quarantine.rows import find_intake, find_refusals, read_intakes, read_undecided_rows
from outcross.resources.errors import RESTORE, BadInput, Damaged

__all__ = [
    "QuarantinedBatch",
    "RefusedFile",
    "find_rows_of_guards",
    "list_quarantine",
    "list_refused_files",
    "read_quarantine",
    "reject",
    "release",
]

NO_GUARD = "other"
"""Guard of a reason that names none."""
_GUARD = r"^([a-z_]+): "


@dataclass(frozen=True, kw_only=True)
class QuarantinedBatch:
    """The rows of a batch that are in quarantine.

    Attributes:
        batch: its id.
        file: its name when it was sent.
        rows: number of rows in quarantine.
        reasons: guard → number of rows that it rejects, in descending order; a row may have several guards.
        version: of the ledger that ingested the batch.
        at: time of that version.
    """

    batch: str
    file: str
    rows: int
    reasons: dict[str, int]
    version: int
    at: str


@dataclass(frozen=True, kw_only=True)
class RefusedFile:
    """A file that could not be read, so that its rows are unknown. Its copy is stored if it could be copied.

    Attributes:
        batch: its id; empty where it could not be copied.
        file: its name when it was sent.
        reason: why it was refused.
        at: when it was refused.
        bytes: of the file, if known.
    """

    batch: str
    file: str
    reason: str
    at: str
    bytes: int | None


@names_damage
def list_quarantine(corpus: OpenCorpus) -> list[QuarantinedBatch]:
    """List the batches with rows in quarantine, the earliest first.

    Raises:
        BadInput: a quarantine is missing or damaged.
    """
    found, last = [], read_version(corpus.files)
    for version in read_intakes(corpus):
        if not version.rows_quarantined:
            continue
        assert version.batch is not None
        rows, reasons = 0, dict[str, int]()
        for chunk in read_undecided_rows(corpus, last, version, ["position", "reasons"]):
            rows += chunk.height
            for guard, count in _by_guard(chunk).items():
                reasons[guard] = reasons.get(guard, 0) + count
        if rows:
            quarantined = QuarantinedBatch(
                batch=version.batch,
                file=version.reason.removeprefix("file "),
                rows=rows,
                reasons=dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
                version=version.number,
                at=version.at,
            )
            found.append(quarantined)
    return found


def list_refused_files(corpus: OpenCorpus) -> list[RefusedFile]:
    """List the files that were refused and have not been ingested since, the earliest first.

    Raises:
        Damaged: the record of a refusal is.
    """
    files, ingested = corpus.files, {version.batch for version in read_intakes(corpus)}
    found = []
    for path, batch in find_refusals(corpus):
        if batch in ingested:
            continue
        try:
            record = json.loads(files.get(path))
            found.append(RefusedFile(batch=batch, **{key: record[key] for key in ("file", "reason", "at", "bytes")}))
        except (ValueError, KeyError, TypeError):
            raise Damaged(files.location(path), "is no record of a refusal", RESTORE) from None
    return sorted(found, key=lambda each: each.at)


@names_damage
def read_quarantine(corpus: OpenCorpus, batch: str, *, limit: int | None = None) -> pl.DataFrame:
    """Read the rows of a batch that are in quarantine: ``position``, ``raw`` (JSON of the row), ``reasons``.

    Args:
        corpus: the open corpus.
        batch: its id.
        limit: largest number of rows, the first ones; all if None.

    Raises:
        BadInput: the ledger has no such batch, or its quarantine is missing or damaged.
    """
    intake = find_intake(corpus, batch)
    found, rows = [pl.DataFrame(schema=QUARANTINE)], 0
    for chunk in read_undecided_rows(corpus, read_version(corpus.files), intake, list(QUARANTINE)):
        found.append(chunk)
        rows += chunk.height
        if limit is not None and rows >= limit:
            break
    return pl.concat(found).head(rows if limit is None else limit)


@names_damage
def find_rows_of_guards(corpus: OpenCorpus, batch: str, guards: Sequence[str]) -> list[int]:
    """Find the positions of the rows of a batch in quarantine that only these guards reject.

    Raises:
        BadInput: there is no such row; or as :func:`read_quarantine`.
    """
    intake = find_intake(corpus, batch)
    found, others = list[int](), set[str]()
    for chunk in read_undecided_rows(corpus, read_version(corpus.files), intake, ["position", "reasons"]):
        rejecting = chunk.select("position", guard=_guards_of(pl.col("reasons")))
        found.extend(rejecting.filter(pl.col("guard").list.set_difference(list(guards)).list.len() == 0)["position"])
        others.update(rejecting["guard"].explode().drop_nulls())
    if not found:
        raise BadInput(
            f"batch {batch} has no row in quarantine that only {' and '.join(map(repr, guards))} rejects; choose from "
            f"the guards that reject rows of it: {', '.join(sorted(others)) or 'none'}"
        )
    return found


def _guards_of(reasons: pl.Expr) -> pl.Expr:
    """Extract the guards that reject each row, once each."""
    return reasons.list.eval(pl.element().str.extract(_GUARD).fill_null(NO_GUARD)).list.unique()


def _by_guard(rows: pl.DataFrame) -> dict[str, int]:
    found = rows.select(guard=_guards_of(pl.col("reasons"))).explode("guard").group_by("guard").len("rows")
    return dict(found.drop_nulls().iter_rows())
