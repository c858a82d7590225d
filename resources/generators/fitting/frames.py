"""Conversions of a cohort's arrays to frames with a leading ``replicate`` column and to tensors."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort, Tensors
from outcross.resources.seeds import derive_seed, generator


def weighted_rows(cohort: Cohort, number: int, *, kind: str) -> pl.DataFrame:
    """Return the rows of a replicate with positive weight, rescaled to mean weight 1.

    Raises:
        BadInput: no row has positive weight; the message names the generator ``kind``.
    """
    rows = cohort.replicate(number).filter(pl.col("weight") > 0)
    if rows.is_empty():
        raise BadInput(f"generator '{kind}': replicate {number} has no rows of positive weight; add rows")
    return rows.with_columns(pl.col("weight") / pl.col("weight").mean())


def rows_by_weight(members: Mapping[int, pl.DataFrame], cohort: Cohort, *, count: int) -> list[pl.DataFrame]:
    """Draw ``count`` rows of each replicate in proportion to weight, for its training loss."""
    drawn = []
    for number, rows in members.items():
        weights = rows["weight"].to_numpy()
        random = generator(derive_seed(cohort.seeds[number], "fit rows"))
        drawn.append(rows[random.choice(rows.height, size=count, p=weights / weights.sum())])
    return drawn


def replicate_column(replicates: Sequence[int], rows: int) -> pl.Series:
    """Return the ``replicate`` column of a frame with ``rows`` rows per replicate."""
    return pl.Series("replicate", np.repeat(np.asarray(replicates, dtype=np.int32), rows))


def loss_frame(replicates: Sequence[int], nats: np.ndarray, units: np.ndarray) -> pl.DataFrame:
    """Build the frame that ``CohortModel.loss`` returns.

    Args:
        replicates: K replicate numbers.
        nats: shape (K, N), negative log-likelihood of each row.
        units: shape (N,), units of each row (1, or its tokens).
    """
    return pl.DataFrame(
        {
            "replicate": replicate_column(replicates, len(units)),
            "nats": nats.astype(np.float64).ravel(),
            "units": np.tile(units.astype(np.int64), len(replicates)),
        }
    )


def pack_strings(values: Sequence[str | None]) -> np.ndarray:
    """Encode strings (or None) as one uint8 array of UTF-8 JSON, for a safetensors file."""
    return np.frombuffer(json.dumps(list(values), ensure_ascii=False).encode(), dtype=np.uint8)


def unpack_strings(packed: np.ndarray) -> list[str | None]:
    """Decode an array from :func:`pack_strings`."""
    result: list[str | None] = json.loads(packed.tobytes())
    return result


def strip_prefix(tensors: Tensors, prefix: str) -> Tensors:
    """Return the tensors whose names start with a prefix, the prefix removed."""
    return {key.removeprefix(prefix): array for key, array in tensors.items() if key.startswith(prefix)}
