"""The evidence of a corpus: its fixed classifier, and the sums of its rows, made again from stored rows where need be.

An intake adds its batch to the sums of the last version. They are made again from the stored rows, once, where the
version has none (an earlier release wrote it, or a trim left rows out), and where the classifier is renewed: when a
generator appears, or its known rows have doubled.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR, CELLS, DECIDED, KEY
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence, Tally
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.compare import are_marked
from outcross.assets.corpus.marks.results import read_marks
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.undeclared.batch_share import UndeclaredRows
from outcross.assets.corpus.undeclared.calibration import MOST_ROWS as MOST_CALIBRATION
from outcross.assets.corpus.undeclared.comparison import Comparison, compare_with, scan_declared
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE
from outcross.assets.corpus.undeclared.known_generators import count_known_rows, hash_limit
from outcross.assets.corpus.undeclared.pooled.accumulating import add_batch, begin
from outcross.assets.corpus.undeclared.pooled.fixed_cells import FixedCells
from outcross.assets.corpus.undeclared.pooled.pooled_share import fits
from outcross.resources.seeds import derive_seed
from outcross.resources.store import MissingArtefact
from outcross.resources.typed_rows import scan_canonical

MOST_PLACED = 5_000
"""Largest number of rows of a batch that are counted in cells; of more rows, these stand for all."""
MOST_AGAIN = 50_000
"""Largest number of rows, of all batches together, from which the sums are made again."""


@dataclass(frozen=True)
class Gathered:
    """The evidence as of a version, and what a batch is counted by.

    Attributes:
        cells: the classifier.
        evidence: the sums.
    """

    cells: FixedCells
    evidence: ShareEvidence

    def tally(self, found: UndeclaredRows | None) -> Tally:
        """Count the rows of a batch that were examined."""
        if found is None:
            return Tally.empty(self.cells.cells)
        return tally_rows(self.cells, found.unsure, rows=found.rows, looked_at=found.found.rows)


def gather(corpus: OpenCorpus, last: Version) -> Gathered | None:
    """Return the evidence as of a version; None where the corpus has too few rows to compare with.

    Args:
        corpus: the open corpus.
        last: its last version.
    """
    if corpus.holdout.height < FEWEST_SAMPLE:
        return None
    counts = count_known_rows(corpus, last)
    cells = None if last.evidence is None else _read(corpus, last.evidence.cells)
    if cells is not None and last.evidence is not None and not _is_outdated(cells, counts):
        return Gathered(cells, last.evidence)
    if not counts:
        return None
    compared = compare_with(corpus, scan_declared(corpus, last))
    schema = corpus.schema
    cells = FixedCells.fit(
        schema,
        anchor=compared.anchor.select(schema.names),
        holdout=compared.holdout.select(schema.names),
        known=compared.known.rows,
        seed=derive_seed("fixed cells", corpus.settings.seed),
    )
    if corpus.keeps:
        corpus.files.put(_path(cells.digest), cells.content)
    return Gathered(cells, _count_again(corpus, last, cells, compared))


def read_groups(corpus: OpenCorpus, last: Version) -> tuple[tuple[str, ...], ...]:
    """Return the generators that cannot be told apart, as of a version; nothing is stored."""
    cells = None if last.evidence is None else _read(corpus, last.evidence.cells)
    return () if cells is None else cells.groups


def add_released(corpus: OpenCorpus, last: Version, released: Path) -> ShareEvidence | None:
    """Add rows that are released from quarantine; the cumulative sums are of what sources send, and stay as they are.

    Args:
        corpus: the open corpus.
        last: its last version.
        released: Parquet of the rows.

    Returns None where the last version has no evidence; the next intake counts all rows again then.
    """
    evidence = last.evidence
    if evidence is None or (cells := _read(corpus, evidence.cells)) is None:
        return None
    rows = scan_canonical(pl.scan_parquet(released, glob=False), corpus.stored).filter(pl.col("origin") != "synthetic")
    count = int(rows.select(pl.len()).collect(engine="streaming").item())
    if not count:
        return evidence
    looked_at = rows.filter(pl.col("content") < hash_limit(count, MOST_PLACED)).collect(engine="streaming")
    looked_at = looked_at.sort("content", "position")
    compared = compare_with(corpus, scan_declared(corpus, last), cells.groups)
    certain = compared.find_certain(looked_at, seed=derive_seed("released rows", corpus.settings.seed))
    unsure = looked_at.filter(certain.why.is_null()).select(corpus.schema.names)
    tally = tally_rows(cells, unsure, rows=count, looked_at=looked_at.height)
    return evidence.with_rows(tally, fits=not evidence.rises or fits(tally, evidence.calibration))


def tally_rows(cells: FixedCells, unsure: pl.DataFrame, *, rows: int, looked_at: int) -> Tally:
    """Count rows in cells.

    Args:
        cells: the classifier.
        unsure: canonical rows that are not certainly synthetic, in the order of their content hashes.
        rows: number of rows that all the rows looked at stand for.
        looked_at: number of rows looked at: these, and those that are certain.
    """
    if not looked_at:
        return replace(Tally.empty(cells.cells), rows=rows)
    each, sure = rows / looked_at, looked_at - unsure.height
    drawn = unsure.head(MOST_PLACED)
    weight = each * unsure.height / max(drawn.height, 1)
    counts = np.bincount(cells.place(drawn).ravel(), minlength=cells.cells) if cells.cells else np.zeros(0)
    part = sure / looked_at
    return Tally(
        rows=rows,
        certain=each * sure,
        certain_variance=rows**2 * (1 - looked_at / rows) * part * (1 - part) / looked_at,
        cells=tuple(float(count) for count in counts * weight),
        squares=drawn.height * weight**2,
    )


def _is_outdated(cells: FixedCells, counts: dict[str, int]) -> bool:
    """Check whether a generator has appeared, or its rows have doubled since they were too few for a full sample."""
    return any(
        name not in cells.known or (cells.known[name] < MOST_CALIBRATION and rows >= 2 * cells.known[name])
        for name, rows in counts.items()
    )


def _path(digest: str) -> str:
    return f"{CELLS}/{digest}.npz"


def _read(corpus: OpenCorpus, digest: str) -> FixedCells | None:
    """Read the classifier; None where its file was removed."""
    try:
        return FixedCells.from_bytes(corpus.files.get(_path(digest)), corpus.schema)
    except MissingArtefact:
        return None


def _count_again(corpus: OpenCorpus, last: Version, cells: FixedCells, compared: Comparison) -> ShareEvidence:
    """Count the stored rows since the anchor that are not declared synthetic, batch by batch as they came.

    Rows that a renewal took into the anchor are in no tally: they count as what was expected of them then.
    """
    evidence = begin(cells)
    anchor = last.anchor
    rows = scan_rows(corpus, last, _COLUMNS + corpus.schema.names)
    if anchor is not None:
        taken = corpus.as_of(last).every_anchor.lazy().select(KEY)
        there = rows.filter(pl.col("batch_id") != ANCHOR, pl.col("origin") != "synthetic").join(
            taken, on=KEY, how="semi"
        )
        kept = int(there.select(pl.len()).collect(engine="streaming").item())
        evidence = evidence.with_expected(kept, anchor.expected_of(kept))
        rows = rows.join(taken, on=KEY, how="anti", maintain_order="left")
    sums = tally_batches(corpus, last, rows, cells, compared)
    came = {version.batch: version.at for version in _intakes(corpus, last)}
    nothing = Tally.empty(cells.cells)
    for batch in dict.fromkeys(part.batch for part in last.parts[1:]):
        real, others = (sums.get((batch, stated), nothing) for stated in ("real", "others"))
        evidence = add_batch(evidence, batch=batch, at=came.get(batch, last.at), real=real, others=others)
    return evidence


_COLUMNS = ["batch_id", "content", "origin", "position"]


def tally_batches(
    corpus: OpenCorpus, last: Version, rows: pl.LazyFrame, cells: FixedCells, compared: Comparison
) -> dict[tuple[str, str], Tally]:
    """Count the rows since the anchor that are not declared synthetic, each batch by itself.

    Args:
        corpus: the open corpus.
        last: its last version.
        rows: of :func:`.contents.scan_rows`, with the canonical columns.
        cells: the classifier.
        compared: what rows are compared with.

    Returns for each batch and claim, ``real`` or ``others``, its tally; without those that have no row.
    """
    rows = rows.filter(pl.col("batch_id") != ANCHOR, pl.col("origin") != "synthetic")
    claim = pl.when(pl.col("origin") == "real").then(pl.lit("real")).otherwise(pl.lit("others"))
    rows, key = rows.with_columns(claim=claim), ["batch_id", "claim"]
    counted = rows.group_by(key).len("rows").collect(engine="streaming").sort(key)
    if counted.is_empty():
        return {}
    most = max(MOST_AGAIN // counted.height, 1)
    hashes = [hash_limit(count, most) for count in counted["rows"]]
    limits = counted.with_columns(limit=pl.Series(hashes, dtype=pl.String)).lazy()
    drawn = rows.join(limits, on=key).filter(pl.col("content") < pl.col("limit")).collect(engine="streaming")
    drawn = drawn.sort("content", "batch_id", "position")
    certain = compared.find_certain(drawn, seed=derive_seed("rows counted again", corpus.settings.seed))
    certain = certain.with_marked(_are_marked(corpus, last, drawn))
    drawn = drawn.with_columns(unsure=certain.why.is_null())
    found = {tuple(pair): part for pair, part in drawn.partition_by(key, as_dict=True, maintain_order=True).items()}
    tallies = {}
    for batch, stated, count in counted.iter_rows():
        part = found.get((batch, stated), drawn.clear())
        unsure = part.filter("unsure").select(corpus.schema.names)
        tallies[batch, stated] = tally_rows(cells, unsure, rows=count, looked_at=part.height)
    return tallies


def _are_marked(corpus: OpenCorpus, last: Version, rows: pl.DataFrame) -> pl.Series:
    """Return (rows,) whether a mark says that a model made a row; released rows count by the person's decision."""
    found = pl.Series("marked", [False] * rows.height, dtype=pl.Boolean)
    for intake in _intakes(corpus, last):
        marks = read_marks(corpus, intake)
        if marks.height and intake.batch is not None:
            decided = [part.path for part in last.decided if part.batch == intake.batch]
            lists = [
                pl.DataFrame(schema=DECIDED),
                *(each for path in decided for each in read_rows(corpus.files, path, DECIDED)),
            ]
            released = pl.concat(lists).filter(pl.col("decision") == "released")["position"]
            of_batch = (rows["batch_id"] == intake.batch) & ~rows["position"].is_in(released.implode())
            found |= of_batch & are_marked(rows["position"], marks)
    return found


def _intakes(corpus: OpenCorpus, last: Version) -> list[Version]:
    versions = (read_version(corpus.files, number) for number in numbers(corpus.files) if number <= last.number)
    return [version for version in versions if version.action == "ingest"]
