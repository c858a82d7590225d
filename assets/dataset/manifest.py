"""A dataset is a manifest: which rows of which parts, never a copy of them.

One line stands for a run of consecutive rows, so a policy that keeps whole parts costs one line a part, and the bytes
on disk grow with the new rows only. Columns:

==========  ========  =====================================================================
replicate   Int32
origin      String    ``real`` or ``synthetic``
generation  Int32     the generation that made the rows; null for real rows
lineage     String    the lineage that made them (``shared`` for generation 0); null for real rows
depth       Int32     models the rows have passed through; 0 for real rows
start       Int64     first row of the run, within that replicate's rows of the part
stop        Int64     one past the last
weight      Float64   of each row in the loss; mean 1 over a replicate's rows
==========  ========  =====================================================================
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import polars as pl

from assets.dataset.policies.contract import Policy, Pool, Selection
from resources import seeds

SHARED = "shared"
"""The lineage name of generation 0, which every arm starts from."""

MANIFEST: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "origin": pl.String(),
    "generation": pl.Int32(),
    "lineage": pl.String(),
    "depth": pl.Int32(),
    "start": pl.Int64(),
    "stop": pl.Int64(),
    "weight": pl.Float64(),
}


def first_manifest(*, study: str, seed: int, replicates: Iterable[int], rows: int, anchor_rows: int) -> pl.DataFrame:
    """Return the manifest of generation 0: n rows of the anchor for each replicate.

    Where n is the whole anchor, every replicate has all of it; else each draws its own n without replacement.
    """
    return _manifest(
        {
            replicate: [Selection(generation=None, rows=np.sort(_base(study, seed, replicate, rows, anchor_rows)))]
            for replicate in replicates
        },
        lineage=SHARED,
        depths={},
    )


def next_manifest(
    policy: Policy,
    *,
    study: str,
    seed: int,
    lineage: str,
    generation: int,
    replicates: Iterable[int],
    rows: int,
    anchor_rows: int,
    depths: Mapping[tuple[int, int], int],
) -> pl.DataFrame:
    """Return the manifest of generation g ≥ 1 under a policy.

    Args:
        policy: the arm's mixing policy.
        study: name of the study; part of every seed, like the next four.
        seed: the study's seed.
        lineage: name of the lineage.
        generation: g.
        replicates: those of the lineage.
        rows: n.
        anchor_rows: rows of the anchor.
        depths: (generation, replicate) → depth of the synthetic rows of that earlier generation.
    """
    selections = {}
    for replicate in replicates:
        base = _base(study, seed, replicate, rows, anchor_rows)
        others = np.setdiff1d(np.arange(anchor_rows), base)
        unused_seed = seeds.derive_seed(study, seed, lineage, 0, replicate, "fresh")
        pool = Pool(
            rows=rows,
            generation=generation,
            base=base,
            unused=seeds.generator(unused_seed).permutation(others),
            rng=seeds.generator(seeds.derive_seed(study, seed, lineage, generation, replicate, "mix")),
        )
        selections[replicate] = policy.select(pool)
    return _manifest(selections, lineage=lineage, depths=depths)


def resolve(
    manifest: pl.DataFrame, *, anchor: pl.DataFrame, synthetic: Callable[[int, str], pl.DataFrame]
) -> pl.DataFrame:
    """Fetch the rows a manifest names.

    Args:
        manifest: as :func:`next_manifest` returns it.
        anchor: ``row``, ``row_id`` and the schema's columns.
        synthetic: (generation, lineage) → ``replicate``, ``row``, ``row_id`` and the schema's columns.

    Returns ``replicate``, ``weight``, ``origin``, ``row_id``, then the schema's columns; sorted by replicate.

    Raises:
        LookupError: a part lacks rows that the manifest names.
    """
    groups = manifest.group_by(["origin", "generation", "lineage"], maintain_order=True)
    resolved = []
    for (origin, generation, lineage), lines in groups:
        wanted = lines.select(
            "replicate", "weight", "origin", row=pl.int_ranges("start", "stop", dtype=pl.Int64)
        ).explode("row")
        part = anchor if origin == "real" else synthetic(int(str(generation)), str(lineage))
        keys = ["row"] if origin == "real" else ["replicate", "row"]
        found = wanted.join(part, on=keys, how="inner", maintain_order="left")
        if found.height != wanted.height:
            raise LookupError(
                f"the manifest names {wanted.height} rows of {origin} generation {generation}, "
                f"lineage {lineage}; the part has {found.height} of them"
            )
        names = [name for name in part.columns if name not in {"replicate", "row", "row_id", "depth"}]
        resolved.append(found.select("replicate", "weight", "origin", "row_id", *names))
    return pl.concat(resolved).sort("replicate", maintain_order=True)


def summarise(manifest: pl.DataFrame) -> pl.DataFrame:
    """Summarise each replicate's rows.

    Returns a line per replicate: ``rows``, ``synthetic``, ``share``, ``weight_share``, ``depth`` (of the deepest row)
    and ``mean_depth``.
    """
    rows = pl.col("stop") - pl.col("start")
    made = pl.col("origin") == "synthetic"
    return (
        manifest.group_by("replicate")
        .agg(
            rows=rows.sum(),
            synthetic=rows.filter(made).sum(),
            weight_share=(rows * pl.col("weight")).filter(made).sum() / (rows * pl.col("weight")).sum(),
            depth=pl.col("depth").max(),
            mean_depth=(rows * pl.col("depth")).sum() / rows.sum(),
        )
        .with_columns(share=pl.col("synthetic") / pl.col("rows"))
        .sort("replicate")
    )


def _base(study: str, seed: int, replicate: int, rows: int, anchor_rows: int) -> np.ndarray:
    """The anchor rows a replicate starts from, in an order all its lineages share."""
    stream = seeds.generator(seeds.derive_seed(study, seed, SHARED, 0, replicate, "anchor"))
    return stream.permutation(anchor_rows)[:rows]


def _manifest(
    selections: Mapping[int, list[Selection]], *, lineage: str, depths: Mapping[tuple[int, int], int]
) -> pl.DataFrame:
    lines: list[pl.DataFrame] = []
    for replicate, parts in selections.items():
        scale = sum(len(part.rows) for part in parts) / sum(part.weight * len(part.rows) for part in parts)
        for part in parts:
            start, stop = _runs(np.sort(part.rows))
            real = part.generation is None
            lines.append(
                pl.DataFrame({"start": start, "stop": stop}).select(
                    replicate=pl.lit(replicate),
                    origin=pl.lit("real" if real else "synthetic"),
                    generation=pl.lit(part.generation),
                    lineage=pl.lit(None if real else (SHARED if part.generation == 0 else lineage)),
                    depth=pl.lit(0 if part.generation is None else depths[part.generation, replicate]),
                    start="start",
                    stop="stop",
                    weight=pl.lit(part.weight * scale),
                )
            )
    return pl.concat([line.cast(dict(MANIFEST)) for line in lines])  # type: ignore[arg-type]


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Consecutive runs of sorted row numbers, as starts and stops."""
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    return rows[np.r_[0, breaks]].astype(np.int64), (rows[np.r_[breaks - 1, len(rows) - 1]] + 1).astype(np.int64)
