"""A batch read, row by row, into two files of this machine: the rows that may be admitted, and those held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.intake.near_copies import GUARD, near_copies
from outcross.assets.corpus.intake.reading import CHUNK, Chunk, read_batch
from outcross.assets.corpus.intake.repeats import repeats
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS, Allowed, check_rows
from outcross.assets.corpus.ledger.ledger import Version
from outcross.assets.corpus.open_corpus import Anchored, with_content
from outcross.assets.corpus.provenance import COLUMNS, Provenance
from outcross.assets.corpus.rows_file import RowsFile
from outcross.resources.sources.locate import SourceFile


@dataclass(frozen=True)
class Staged:
    """What became of a file's rows.

    Attributes:
        fit: Parquet of ``position``, ``content``, the canonical columns and those of provenance.
        held: Parquet of :data:`~.files.QUARANTINE`.
        rows_fit: of ``fit``.
        rows_held: of ``held``.
        rows_near: of these, those held back for being nearly another row; None where that was not asked.
        abstained: what rows could not be compared with to find that out, and why not.
    """

    fit: Path
    held: Path
    rows_fit: int
    rows_held: int
    rows_near: int | None
    abstained: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All of the file's."""
        return self.rows_fit + self.rows_held


def stage(
    file: SourceFile,
    anchored: Anchored,
    claims: Provenance,
    *,
    corpus: pl.LazyFrame,
    last: Version,
    folder: Path,
    guards: set[str],
) -> Staged:
    """Read a file and sort its rows.

    Args:
        file: the original.
        anchored: the corpus.
        claims: what is claimed of rows that say nothing themselves.
        corpus: ``content`` of the rows admitted since the anchor.
        last: the corpus's last version.
        folder: to write to.
        guards: names of the row-level guards that hold rows back.

    Raises:
        BadInput: the file cannot be read.
    """
    read, held = RowsFile(folder / "read.parquet"), RowsFile(folder / "held.parquet")
    names = [column.name for column in anchored.schema.numeric]
    ends = [anchored.rows.select(each).row(0) for each in (pl.col(names).min(), pl.col(names).max()) if names]
    ranges = {name: (low, high) for name, low, high in zip(names, *ends, strict=True) if low is not None}
    allowed = Allowed(ranges=ranges, licences=frozenset(anchored.corpus.licences))
    asked = guards & set(ROW_GUARDS)
    for chunk in read_batch(file, anchored.schema, anchored.corpus.limits):
        rows = _with_provenance(chunk, anchored, claims)
        reasons = check_rows(rows, allowed, asked)
        wrong = reasons.list.len() > 0
        held.add(chunk.misfits.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE.items()))
        held.add(_as_held(rows.filter(wrong), reasons.filter(wrong)))
        read.add(rows.filter(~wrong))
    nothing = pl.DataFrame(schema={"position": pl.Int64(), **anchored.schema.polars})
    read.close(_with_provenance(Chunk(nothing, pl.DataFrame()), anchored, claims))
    fit = folder / "fit.parquet"
    rows_fit = _without_repeats(read, held, anchored, corpus=corpus, to=fit, guards=guards)
    near: int | None = None
    abstained: tuple[str, ...] = ()
    if GUARD in guards:
        found = near_copies(fit, rows_fit, anchored, last, folder=folder)
        near, abstained = 0, found.abstained
        if found.rows.height:
            different = fit.rename(folder / "different.parquet")
            near = _hold(found.rows, different, held, to=fit)
            rows_fit -= near
    held.close(pl.DataFrame(schema=QUARANTINE))
    return Staged(fit, folder / "held.parquet", rows_fit, held.rows, near, abstained)


def write_held(staged: Staged, against: Sequence[str], to: Path) -> None:
    """Write the rows held back in the order of their file, some at a time.

    Args:
        staged: the batch.
        against: what speaks against it as a whole, if anything: then all its rows are held back.
        to: Parquet of :data:`~.files.QUARANTINE`.
    """
    held, file = pl.read_parquet(staged.held).sort("position"), RowsFile(to)
    reasons = pl.Series([list(against)], dtype=pl.List(pl.String))
    for start in range(0, staged.rows_fit if against else 0, CHUNK):
        rows = pl.scan_parquet(staged.fit).slice(start, CHUNK).collect()
        before = pl.col("position") < rows["position"][-1]
        whole = _as_held(rows, reasons.new_from_index(0, rows.height))
        file.add(pl.concat([held.filter(before), whole]).sort("position"))
        held = held.filter(~before)
    file.add(held)
    file.close(pl.DataFrame(schema=QUARANTINE))


def _with_provenance(chunk: Chunk, anchored: Anchored, claims: Provenance) -> pl.DataFrame:
    """Add the content's hash, and to every row what it does not say itself."""
    stated = claims.model_dump()
    columns = []
    for name, dtype in COLUMNS.items():
        default = pl.lit(stated[name], dtype=dtype)
        own = chunk.rows.columns
        columns.append((pl.coalesce(pl.col(name), default) if name in own else default).alias(name))
    passed = pl.when((pl.col("origin") == "real") & pl.col("depth").is_null()).then(0).otherwise(pl.col("depth"))
    rows = (
        with_content(chunk.rows, anchored.schema)
        .with_columns(columns)
        .with_columns(passed.cast(pl.Int32).alias("depth"))
    )
    return rows.select("position", "content", *anchored.schema.names, *COLUMNS)


def _as_held(rows: pl.DataFrame, reasons: pl.Series) -> pl.DataFrame:
    raw = rows.select(raw=pl.struct(pl.exclude("position", "content")).struct.json_encode())["raw"]
    return pl.DataFrame({"position": rows["position"], "raw": raw, "reasons": reasons}, schema=QUARANTINE)


def _without_repeats(
    read: RowsFile, held: RowsFile, anchored: Anchored, *, corpus: pl.LazyFrame, to: Path, guards: set[str]
) -> int:
    """Hold back rows that others have, and write the rest."""
    found = repeats(
        pl.scan_parquet(read.path).select("position", "content", "origin"),
        holdout=anchored.holdout.lazy().select("content"),
        anchor=anchored.rows.lazy().select("content"),
        corpus=corpus,
    ).filter(pl.col("guard").is_in(sorted(guards)))
    return read.rows - _hold(found, read.path, held, to=to)


def _hold(found: pl.DataFrame, path: Path, held: RowsFile, *, to: Path) -> int:
    """Hold back the rows that something was found against, write the others, and return how many were held."""
    told = found.group_by("position", maintain_order=True).agg(reasons=pl.concat_str("guard", pl.lit(": "), "reason"))
    if not told.height:
        path.rename(to)
        return 0
    scanned = pl.scan_parquet(path)
    wrong = scanned.join(told.lazy(), on="position", how="inner").sort("position").collect(engine="streaming")
    held.add(_as_held(wrong.drop("reasons"), wrong["reasons"]))
    scanned.join(told.lazy(), on="position", how="anti", maintain_order="left").sink_parquet(to)
    return told.height
