"""The rows of a pool that may be drawn: those that are no copies of rows that they may not repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.anchor.likeness import Likeness
from outcross.assets.anchor.named_tests import LeftOut, find_tests, tell_left_out
from outcross.assets.anchor.split import Split, content_hashes
from outcross.assets.corpus.provenance import COLUMNS, PREFIX, SIDECAR, RowClaims, parse_sidecar
from outcross.assets.pool.size import check_size, describe_size
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.generators.pool.settings import Pool
from outcross.resources.schema import Schema
from outcross.resources.sources.locate import SourceFile
from outcross.resources.sources.read_as import RowsRead, with_places

OTHERS = "others"
"""Column of what a row of the pool's files has besides the anchor's columns, as JSON."""


@dataclass(frozen=True, kw_only=True)
class PoolRows:
    """The rows of a pool that may be drawn, and what was left out.

    Attributes:
        rows: ``pool_row``, the place in the files; columns of provenance; ``others``; then the schema's columns.
        files_rows: rows of the files.
        of_holdout: rows left out because they equal a row of the holdout.
        of_anchor: rows left out because they equal a row of the anchor.
        of_tests: named test set → rows left out because they are copies of its rows.
        repeats: rows that equal an earlier row of the pool; they are kept.
        notes: of reading.
    """

    rows: pl.DataFrame
    files_rows: int
    of_holdout: int
    of_anchor: int
    of_tests: Mapping[str, LeftOut]
    repeats: int
    notes: tuple[str, ...]

    def tell(self) -> list[str]:
        """Say what the pool holds and what was left out, a sentence each."""
        said = [
            f"Pool: {self.rows.height:,} of {self.files_rows:,} rows may be drawn. Left out: {self.of_holdout:,} that "
            f"equal a row of the holdout, {self.of_anchor:,} that equal a row of the anchor."
        ]
        if self.repeats:
            said.append(f"Pool: {self.repeats:,} rows equal an earlier row of the pool, and are kept.")
        return [*said, *tell_left_out(self.of_tests, of="the pool"), *(f"Pool: {note}." for note in self.notes)]


def pool_of(study: Study) -> Pool | None:
    """Return the settings of the study's pool; None where rows come from a model."""
    return study.generator if isinstance(study.generator, Pool) else None


def read_pool(study: Study, schema: Schema, parts: Split, tests: Mapping[str, pl.DataFrame]) -> PoolRows | None:
    """Read the pool of a study and leave out what it must not repeat; None where the study has no pool.

    Args:
        study: its settings.
        schema: the columns of the anchor.
        parts: anchor and holdout.
        tests: named test set → canonical rows.

    Raises:
        BadInput: its files cannot be used, rows repeat one another, or too few rows are left.
    """
    pool = pool_of(study)
    if pool is None:
        return None
    read = pool.read(schema, leave_out=study.source.read_options().leave_out)
    content = content_hashes(read.rows, schema)
    repeats = _refuse_repeats(pool, read, content, schema, parts)
    held = _equal(read.rows, content, parts.holdout, schema)
    anchored = _equal(read.rows, content, parts.anchor, schema) & ~held
    if not pool.leave_out_anchor:
        anchored = pl.Series([False] * len(content), dtype=pl.Boolean)
    likeness = Likeness(anchor=parts.anchor, holdout=parts.holdout, schema=schema, seed=study.seed)
    met, told = find_tests(read.rows, tests, likeness)
    found = with_places(pl.concat([_provenance(pool, read), _others(read), read.rows], how="horizontal"))
    left = PoolRows(
        rows=found.filter(~(held | anchored | met)),
        files_rows=found.height,
        of_holdout=int(held.sum()),
        of_anchor=int(anchored.sum()),
        of_tests=told,
        repeats=repeats,
        notes=read.notes,
    )
    _refuse_none_left(left, read)
    check_size(
        study, anchor_rows=parts.anchor.height, pool_rows=left.rows.height, left_out=found.height - left.rows.height
    )
    return left


def describe_pool(study: Study, pool: PoolRows, *, anchor_rows: int) -> list[str]:
    """Say before a run what is drawn from the pool, what was left out, and what a pool leaves unmeasured."""
    return [*pool.tell(), *describe_size(study, anchor_rows=anchor_rows, pool_rows=pool.rows.height)]


def _equal(rows: pl.DataFrame, content: pl.Series, others: pl.DataFrame, schema: Schema) -> pl.Series:
    """Return (rows,) whether a row equals one of the others; of texts, whether it has the text of one of them."""
    same = content.is_in(content_hashes(others, schema).implode())
    if schema.text is None:
        return same
    return same | rows[schema.text.name].is_in(others[schema.text.name].implode())


def _refuse_repeats(pool: Pool, read: RowsRead, content: pl.Series, schema: Schema, parts: Split) -> int:
    """Count the rows that equal an earlier one; refuse them where no two real rows are equal."""
    repeats = len(content) - content.n_unique()
    real = pl.concat([content_hashes(part, schema) for part in (parts.anchor, parts.holdout)])
    if repeats and pool.repeats == "refuse" and real.n_unique() == len(real):
        place = int(content.is_first_distinct().not_().arg_max() or 0)
        raise BadInput(
            f"{read.where}: {repeats:,} rows equal an earlier row, row {place + 1:,} the first of them, and no two "
            "real rows are equal; remove them from the files, or set 'generator.repeats: keep' if the model repeats "
            "itself"
        )
    return repeats


def _refuse_none_left(pool: PoolRows, read: RowsRead) -> None:
    if pool.rows.height:
        return
    copied = sum(each.exact + each.near for each in pool.of_tests.values())
    raise BadInput(
        f"{read.where}: none of its {pool.files_rows:,} rows may be drawn: {pool.of_holdout:,} equal a row of the "
        f"holdout, {pool.of_anchor:,} a row of the anchor, {copied:,} are copies of rows of named test sets; name a "
        "file of synthetic rows, or set 'generator.leave_out_anchor: false' if rows of the anchor may be drawn"
    )


def _provenance(pool: Pool, read: RowsRead) -> pl.DataFrame:
    """The claims about each row: its columns ``provenance_…``, else those of the file next to a single local file."""
    stated = pl.DataFrame(
        read.others[f"{PREFIX}{name}"].cast(dtype, strict=False).alias(f"{PREFIX}{name}")
        for name, dtype in COLUMNS.items()
        if f"{PREFIX}{name}" in read.others.columns
    )
    claims = _sidecar(pool)
    made = pl.DataFrame()
    if claims is not None:
        every = claims.of(pl.int_range(read.rows.height, dtype=pl.Int64, eager=True))
        lacking = [name for name in COLUMNS if f"{PREFIX}{name}" not in stated.columns]
        said = [name for name in lacking if every[name].null_count() < every.height]
        made = every.select(pl.col(name).alias(f"{PREFIX}{name}") for name in said)
    return pl.concat([stated, made], how="horizontal")


def _sidecar(pool: Pool) -> RowClaims | None:
    """The claims of the provenance file next to the pool's file, where it is one local file."""
    files = pool.files.locate_files()
    if len(files) > 1 or not isinstance(files[0].address, Path):
        return None
    path = files[0].address
    for beside in (path.with_name(path.name + SIDECAR), path.with_name(path.name.split(".")[0] + SIDECAR)):
        if beside.is_file():
            return parse_sidecar(SourceFile(beside.name, beside).read(), name=str(beside)).claims()
    return None


def _others(read: RowsRead) -> pl.DataFrame:
    """What rows have besides the anchor's columns and their provenance, as JSON."""
    spelt = {name for name, dtype in read.others.schema.items() if dtype not in (pl.Binary, pl.Object)}
    kept = [name for name in read.others.columns if name in spelt and not name.startswith(PREFIX)]
    if not kept:
        return pl.DataFrame()
    return read.others.select(pl.struct(kept).struct.json_encode().alias(OTHERS))
