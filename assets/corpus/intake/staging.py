"""Read a batch and split it into two local files: the rows that may be admitted, and the rows for quarantine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.accepted.as_before import write_as_before
from outcross.assets.corpus.accepted.checked import find_column
from outcross.assets.corpus.entities import GUARD as ENTITY_GUARD
from outcross.assets.corpus.entities import find_entity_faults, tell_unknown
from outcross.assets.corpus.files import POSTERIOR, QUARANTINE
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.intake.near_copies import find_near_copies
from outcross.assets.corpus.intake.picture_copies import find_picture_copies
from outcross.assets.corpus.intake.read_accepted import read_accepted
from outcross.assets.corpus.intake.reading import CHUNK, Chunk
from outcross.assets.corpus.intake.repeats import find_repeats
from outcross.assets.corpus.intake.row_findings import RowFinding, RowFindings
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS, AllowedValues, check_rows
from outcross.assets.corpus.intake.row_sets import GUARDS as NEAR_GUARDS
from outcross.assets.corpus.intake.row_sets import NEAR
from outcross.assets.corpus.intake.text_copies import find_text_copies
from outcross.assets.corpus.ledger.ledger import Version
from outcross.assets.corpus.marks.compare import find_contradictions
from outcross.assets.corpus.marks.mark import MARKS
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.protected.copies import COPIES, Protected, to_reasons
from outcross.assets.corpus.provenance import COLUMNS, RowClaims
from outcross.assets.corpus.rows_file import RowsFile
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.assets.corpus.withdrawn_rows import find_withdrawn
from outcross.resources.schema import Schema
from outcross.resources.sources.locate import SourceFile
from outcross.resources.typed_rows import for_users

MOST_FAR = 20_000
"""Rows far outside the anchor's range that are looked at again for their cause."""


@dataclass(frozen=True)
class StagedBatch:
    """The rows of a batch, split by the row-level guards.

    Attributes:
        admissible: Parquet of ``position``, ``content``, the stored columns and those of provenance.
        compared: the same rows, as they were before the changes that the corpus accepts: for guards of batches.
        quarantine: Parquet of :data:`~.files.QUARANTINE`.
        held_rows: Parquet of ``position`` and the stored columns: the rows of ``quarantine`` that could be read.
        rows_admissible: rows of ``admissible``.
        rows_quarantined: rows of ``quarantine``.
        rows_near: number of these that are near copies; None where none were looked for.
        abstained: for each set of rows that the batch could not be compared with for near copies, why not.
        left_out: what of the rows the template does not render.
        unknown_entities: which rows could not be compared with the entities of the holdout, and why not.
        copies: of protected sets, :data:`~..protected.copies.COPIES`.
        marks: of its rows, :data:`~..marks.mark.MARKS`.
        held: for each guard that holds rows of ``quarantine``, their number and one of them.
        observed: the same of the guards that only observe.
        far: some of the rows that ``range`` holds: ``position``, the stored columns and ``reasons``.
        had: Parquet of rows of the batch that the corpus has already, which ``compared`` has as well; None without any.
    """

    admissible: Path
    compared: Path
    quarantine: Path
    held_rows: Path
    rows_admissible: int
    rows_quarantined: int
    rows_near: int | None
    abstained: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    unknown_entities: tuple[str, ...] = ()
    held: tuple[RowFinding, ...] = ()
    observed: tuple[RowFinding, ...] = ()
    far: tuple[pl.DataFrame, ...] = ()
    copies: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COPIES))
    marks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MARKS))
    had: Path | None = None

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.rows_admissible + self.rows_quarantined

    def scan_read(self, schema: Schema) -> pl.LazyFrame:
        """Scan ``position`` and the columns of every row that could be read, held or not."""
        columns = ["position", *schema.names]
        paths = (self.admissible, self.held_rows, *(() if self.had is None else (self.had,)))
        return pl.concat([pl.scan_parquet(path).select(columns) for path in paths])


def stage(
    file: SourceFile,
    corpus: OpenCorpus,
    claims: RowClaims,
    *,
    admitted: pl.LazyFrame,
    last: Version,
    folder: Path,
    guards: set[str],
    observers: Collection[str] = (),
    protected: Protected | None = None,
    marks: pl.DataFrame | None = None,
    only: pl.Series | None = None,
) -> StagedBatch:
    """Read a file and split its rows by the row-level guards.

    Args:
        file: the original.
        corpus: the open corpus.
        claims: provenance of the rows that state none themselves.
        admitted: ``content`` of the rows admitted since the anchor.
        last: the corpus's last version.
        folder: to write to.
        guards: names of the row-level guards that are enforced.
        observers: names of those that only observe.
        protected: the protected sets of the corpus, if it has any.
        marks: of the file as a whole, :data:`~..marks.mark.MARKS`; those of its pictures are read from it.
        only: positions of the rows to look at; None for all.

    Raises:
        BadInput: the file cannot be read.
    """
    read = RowsFile(folder / "read.parquet")
    files = RowsFile(folder / "quarantine.parquet"), RowsFile(folder / "held-rows.parquet")
    sorting = _Sorting(*files, corpus.stored, frozenset(guards), frozenset(observers))
    names = [column.name for column in corpus.schema.numeric]
    ends = [corpus.rows.select(each).row(0) for each in (pl.col(names).min(), pl.col(names).max()) if names]
    ranges = {name: (low, high) for name, low, high in zip(names, *ends, strict=True) if low is not None}
    allowed = AllowedValues(
        ranges=ranges,
        licences=frozenset(corpus.settings.licences),
        columns={column.name: column for column in corpus.schema.numeric},
        text=corpus.schema.text.name if corpus.schema.text is not None else None,
        accepted=_accepted_ranges(corpus),
        generators=corpus.settings.generators,
    )
    left_out: list[str] = []
    marked = [pl.DataFrame(schema=MARKS), *([] if marks is None else [marks])]
    for whole in read_accepted(file, corpus, corpus.settings.limits, corpus.accepted, looks_for_marks=True):
        chunk = whole if only is None else _only(whole, only)
        marked += [] if chunk.marks is None else [chunk.marks]
        left_out += chunk.notes
        rows = with_provenance(chunk, corpus, claims)
        sorting.hold_misfits(chunk.misfits)
        read.add(sorting.check(rows, allowed))
    empty = pl.DataFrame(schema={"position": pl.Int64(), **corpus.stored.polars})
    read.close(with_provenance(Chunk(empty, pl.DataFrame()), corpus, claims))
    unknown = tell_unknown(pl.scan_parquet(read.path, glob=False), corpus) if ENTITY_GUARD in guards else ()
    admissible = folder / "admissible.parquet"
    copies, all_marks = _find_protected(read, corpus, protected), pl.concat(marked)
    every = pl.scan_parquet(read.path, glob=False)
    against = [
        to_reasons(copies),
        find_contradictions(every.select("position", "origin"), all_marks),
        find_withdrawn(corpus.files, last, every),
    ]
    rows_admissible = _quarantine_repeats(read, sorting, corpus, admitted=admitted, reasons=against, to=admissible)
    near, abstained = _quarantine_near(admissible, rows_admissible, sorting, corpus, last, folder=folder)
    sorting.quarantine.close(pl.DataFrame(schema=QUARANTINE))
    sorting.rows.close(empty)
    return StagedBatch(
        admissible,
        write_as_before(admissible, corpus, to=folder / "compared.parquet"),
        sorting.quarantine.path,
        sorting.rows.path,
        rows_admissible - (near or 0),
        sorting.quarantine.rows,
        near,
        abstained,
        left_out=tuple(dict.fromkeys(left_out)),
        unknown_entities=unknown,
        held=tuple(sorting.held),
        observed=tuple(sorting.observed),
        far=tuple(sorting.far),
        copies=copies,
        marks=all_marks,
    )


def _only(chunk: Chunk, positions: pl.Series) -> Chunk:
    """Keep the rows of a chunk that lie at some positions."""
    chosen = pl.col("position").is_in(positions.implode())
    misfits = chunk.misfits.filter(chosen) if chunk.misfits.height else chunk.misfits
    return replace(chunk, rows=chunk.rows.filter(chosen), misfits=misfits)


def _accepted_ranges(corpus: OpenCorpus) -> dict[str, list[tuple[float, float]]]:
    """Numeric column → the accepted ranges beyond the anchor's."""
    found: dict[str, list[tuple[float, float]]] = {}
    for change in corpus.accepted:
        if change.low is not None and change.high is not None:
            found.setdefault(find_column(corpus, change.column).name, []).append((change.low, change.high))
    return found


def write_quarantine(
    staged: StagedBatch, reasons: Sequence[str], to: Path, schema: Schema, *, share: BatchShare
) -> None:
    """Write the quarantined rows chunk by chunk, in the order of their file.

    Args:
        staged: the batch.
        reasons: against the batch as a whole; if there are any, all its rows are quarantined, and each has them beside
            its own.
        to: Parquet of :data:`~.files.QUARANTINE` and :data:`~.files.POSTERIOR`.
        schema: the columns of a row.
        share: the estimate for the batch, which knows the posterior of rows without reasons of their own.
    """
    of_batch, file = pl.Series([list(reasons)], dtype=pl.List(pl.String)), RowsFile(to)
    own = pl.read_parquet(staged.quarantine, glob=False).sort("position")
    own = own.with_columns(
        pl.concat_list("reasons", of_batch.new_from_index(0, own.height)),
        *(pl.lit(None, dtype=dtype).alias(name) for name, dtype in POSTERIOR.items()),
    )
    for start in range(0, staged.rows_admissible if reasons else 0, CHUNK):
        rows = pl.scan_parquet(staged.admissible, glob=False).slice(start, CHUNK).collect()
        before = pl.col("position") < rows["position"][-1]
        others = quarantine_frame(rows, of_batch.new_from_index(0, rows.height), schema)
        others = others.hstack(share.with_posteriors(rows).select(*POSTERIOR))
        file.add(pl.concat([own.filter(before), others]).sort("position"))
        own = own.filter(~before)
    file.add(own)
    file.close(pl.DataFrame(schema=QUARANTINE | POSTERIOR))


def with_provenance(chunk: Chunk, corpus: OpenCorpus, claims: RowClaims) -> pl.DataFrame:
    """Add the content hash, and fill in the claims where a row states nothing itself."""
    stated = claims.of(chunk.rows["position"])
    columns = []
    for name in COLUMNS:
        default = pl.lit(stated[name])
        own = chunk.rows.columns
        columns.append((pl.coalesce(pl.col(name), default) if name in own else default).alias(name))
    passed = pl.when((pl.col("origin") == "real") & pl.col("depth").is_null()).then(0).otherwise(pl.col("depth"))
    rows = (
        with_content_hash(chunk.rows, corpus.schema)
        .with_columns(columns)
        .with_columns(passed.cast(pl.Int32).alias("depth"))
    )
    return rows.select("position", "content", *corpus.stored.names, *COLUMNS)


def quarantine_frame(rows: pl.DataFrame, reasons: pl.Series, schema: Schema) -> pl.DataFrame:
    """Put rows that fit the schema as quarantine keeps them: :data:`~.files.QUARANTINE`."""
    shown = for_users(rows, schema)
    raw = shown.select(raw=pl.struct(pl.exclude("position", "content")).struct.json_encode())["raw"]
    return pl.DataFrame({"position": rows["position"], "raw": raw, "reasons": reasons}, schema=QUARANTINE)


class _Sorting:
    """The rows of a batch that guards have reasons against: held, or only counted where the guard observes.

    Attributes:
        quarantine: the rows that are held.
        rows: ``position`` and the stored columns of those of them that could be read.
        schema: the columns of a row.
        guards: names of the guards that hold rows.
        held, observed: what these guards found, and what those found that only observe.
        far: the first ``MOST_FAR`` rows or some more that ``range`` holds, as in :class:`StagedBatch`.
    """

    def __init__(
        self, quarantine: RowsFile, rows: RowsFile, schema: Schema, guards: frozenset[str], observers: frozenset[str]
    ) -> None:
        self.quarantine, self.rows, self.schema, self.guards = quarantine, rows, schema, guards
        self.held, self.observed = RowFindings(GUARDS), RowFindings(observers)
        self.far: list[pl.DataFrame] = []

    def looks_for(self, guards: Collection[str]) -> bool:
        """Whether one of these guards holds rows, or observes."""
        return not (self.guards | self.observed.guards).isdisjoint(guards)

    def hold_misfits(self, misfits: pl.DataFrame) -> None:
        """Hold rows that could not be read as the corpus's columns."""
        self._hold(misfits.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE.items()))

    def check(self, rows: pl.DataFrame, allowed: AllowedValues) -> pl.DataFrame:
        """Hold the rows that the guards of values and provenance reject, and return the others."""
        others = self.observed.guards & set(ROW_GUARDS)
        if others:
            self.observed.add_reasons(rows["position"], check_rows(rows, allowed, others))
        reasons = check_rows(rows, allowed, self.guards & set(ROW_GUARDS))
        wrong = reasons.list.len() > 0
        self._hold_read(rows.filter(wrong), reasons.filter(wrong))
        if sum(each.height for each in self.far) < MOST_FAR:
            far = reasons.list.eval(pl.element().str.starts_with("range: ")).list.any()
            self.far.append(rows.filter(far).select("position", *self.schema.names, reasons=reasons.filter(far)))
        return rows.filter(~wrong)

    def hold_found(self, found: pl.DataFrame, path: Path, *, to: Path) -> int:
        """Hold the rows that a guard has a reason against, write the others, and return how many were held.

        Args:
            found: ``position``, ``guard``, ``reason``: a line for each reason against a row.
            path: Parquet of all rows; it is renamed where none is held.
            to: Parquet of the others.
        """
        self.observed.add(found)
        reasons = (
            found.filter(pl.col("guard").is_in(sorted(self.guards)))
            .group_by("position", maintain_order=True)
            .agg(reasons=pl.concat_str("guard", pl.lit(": "), "reason"))
        )
        if not reasons.height:
            path.rename(to)
            return 0
        scanned = pl.scan_parquet(path, glob=False)
        wrong = scanned.join(reasons.lazy(), on="position", how="inner").sort("position").collect(engine="streaming")
        self._hold_read(wrong.drop("reasons"), wrong["reasons"])
        scanned.join(reasons.lazy(), on="position", how="anti", maintain_order="left").sink_parquet(to)
        return reasons.height

    def _hold_read(self, rows: pl.DataFrame, reasons: pl.Series) -> None:
        self.rows.add(rows.select("position", *self.schema.names))
        self._hold(quarantine_frame(rows, reasons, self.schema))

    def _hold(self, rows: pl.DataFrame) -> None:
        self.quarantine.add(rows)
        self.held.add_reasons(rows["position"], rows["reasons"])


def _find_protected(read: RowsFile, corpus: OpenCorpus, protected: Protected | None) -> pl.DataFrame:
    """Find the rows that are copies of rows of protected sets, some rows at a time."""
    found = [pl.DataFrame(schema=COPIES)]
    if protected is not None:
        rows = pl.scan_parquet(read.path, glob=False).select("position", *corpus.schema.names)
        found += [protected.find(each) for each in rows.collect_batches(chunk_size=CHUNK, maintain_order=True)]
    return pl.concat(found)


def _quarantine_repeats(
    read: RowsFile,
    sorting: _Sorting,
    corpus: OpenCorpus,
    *,
    admitted: pl.LazyFrame,
    reasons: Sequence[pl.DataFrame],
    to: Path,
) -> int:
    """Quarantine the rows that repeat others, are of the holdout, or have other reasons against them.

    Write the rest, and return how many these are.
    """
    found = find_repeats(
        pl.scan_parquet(read.path, glob=False).select("position", "content", "origin"),
        holdout=corpus.reserved.lazy().select("content"),
        anchor=corpus.every_anchor.lazy().select("content"),
        admitted=admitted,
    )
    found = pl.concat([found, find_entity_faults(pl.scan_parquet(read.path, glob=False), corpus), *reasons])
    return read.rows - sorting.hold_found(found, read.path, to=to)


def _quarantine_near(
    admissible: Path, rows: int, sorting: _Sorting, corpus: OpenCorpus, last: Version, *, folder: Path
) -> tuple[int | None, tuple[str, ...]]:
    """Quarantine the near copies; return how many these are, None if none were looked for, and what was not compared.

    Rows whose texts are their only content are compared by these alone, and so are rows with pictures.
    """
    searches = []
    if sorting.looks_for([NEAR]) and not corpus.has_pictures and (corpus.schema.numeric or not corpus.has_texts):
        searches.append(lambda left: find_near_copies(admissible, left, corpus, last, folder=folder))
    if corpus.has_texts and sorting.looks_for(NEAR_GUARDS):
        searches.append(lambda left: find_text_copies(admissible, left, corpus, last, folder=folder))
    if corpus.has_pictures and sorting.looks_for(NEAR_GUARDS):
        searches.append(lambda left: find_picture_copies(admissible, left, corpus, last))
    left, abstained, compared = rows, list[str](), False
    for search in searches:
        found = search(left)
        abstained += found.abstained
        compared |= found.compared
        different = admissible.rename(folder / "different.parquet")
        left -= sorting.hold_found(found.rows, different, to=admissible)
    return rows - left if compared else None, tuple(abstained)
