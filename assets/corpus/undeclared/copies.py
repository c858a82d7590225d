"""The rows of a target that are certainly synthetic, because they are copies of known synthetic rows or declared so."""

from collections.abc import Mapping

import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.undeclared.calibration import Rows
from outcross.assets.corpus.undeclared.certain_rows import CertainRows, find_certain_rows, mark_near_copies
from outcross.resources.schema import Schema


def find_certain(
    target: pl.DataFrame,
    schema: Schema,
    *,
    real: pl.DataFrame,
    known: Mapping[str, pl.DataFrame],
    known_hashes: pl.Series,
    known_rows: pl.DataFrame | None,
    seed: int,
) -> CertainRows:
    """Find the certainly synthetic rows of a target; some may be declared so.

    Args:
        target: canonical rows.
        schema: the columns of a row.
        real: canonical real rows: the holdout.
        known: generator → canonical rows that it made.
        known_hashes: content hashes of further known synthetic rows.
        known_rows: known synthetic rows to search for near copies.
        seed: of the rows drawn.
    """
    synthetic = pl.concat([known_hashes, *(content_hashes(rows, schema) for rows in known.values())]).unique()
    sorted_real = Rows.sort(real, content_hashes(real, schema), schema)
    hashes = content_hashes(target, schema)
    return find_copies(target, hashes, schema, real=sorted_real, synthetic=synthetic, records=known_rows, seed=seed)


def find_copies(
    target: pl.DataFrame,
    hashes: pl.Series,
    schema: Schema,
    *,
    real: Rows,
    synthetic: pl.Series,
    records: pl.DataFrame | None,
    seed: int,
) -> CertainRows:
    """Find the certainly synthetic rows of a target whose content hashes are known.

    Args:
        target: canonical rows. In a column ``origin`` only the value ``synthetic`` is trusted.
        hashes: their content hashes.
        schema: the columns of a row.
        real: real rows.
        synthetic: content hashes of every row that is known to be synthetic.
        records: known synthetic rows to search for near copies.
        seed: of the rows drawn.
    """
    origins = target["origin"] if "origin" in target.columns and "origin" not in schema.names else None
    certain = find_certain_rows(origins, hashes, known=synthetic, real=real.contents)
    if records is None:
        return certain
    return mark_near_copies(certain, target, schema, records=records, real=real.frame, seed=seed)
