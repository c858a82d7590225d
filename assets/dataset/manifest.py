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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import polars as pl

from assets.dataset.policies.contract import BASE, Policy, Pool, Selection
from assets.dataset.real_rows import RealRows
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


def first_manifest(real: RealRows) -> pl.DataFrame:
    """Return the manifest of generation 0: the n real rows of each replicate."""
    return _manifest([_Lines.of(real, Selection(part=BASE, rows=np.arange(real.rows)))], real, depths=None)


def next_manifest(
    policy: Policy, real: RealRows, *, generation: int, depths: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the manifest of generation g ≥ 1 under a policy.

    Args:
        policy: the arm's mixing policy.
        real: the lineage's replicates and their real rows.
        generation: g.
        depths: ``generation, replicate, depth`` of the synthetic rows of earlier generations; by default generation
            g's rows have passed through g + 1 models.

    Raises:
        ValueError: the policy asks for more real rows than a replicate has.
    """
    if policy.draws_at_random:
        lines = []
        for index, replicate in enumerate(real.replicates):
            one = replace(real, replicates=[replicate])
            seed = seeds.derive_seed(real.study, real.seed, real.lineage, generation, replicate, "mix")
            lines += [_Lines.of(one, part, first=index) for part in _select(policy, real, generation, seed)]
    else:
        lines = [_Lines.of(real, part) for part in _select(policy, real, generation, seed=0)]
    return _manifest(lines, real, depths=depths)


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
        part = anchor if origin == "real" else synthetic(int(str(generation)), str(lineage))
        found = _whole(lines, part) if origin == "synthetic" else None
        if found is None:
            found = _picked(lines, part, keys=["row"] if origin == "real" else ["replicate", "row"])
        names = [name for name in part.columns if name not in {"replicate", "row", "row_id", "depth"}]
        resolved.append(
            found.select("replicate", "weight", pl.lit(origin, dtype=pl.String).alias("origin"), "row_id", *names)
        )
    return pl.concat(resolved).sort("replicate", maintain_order=True)


def _whole(lines: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame | None:
    """All rows of a part with their one weight, where that is what the lines name: no row has to be looked up."""
    one_run_each = lines.height == lines["replicate"].n_unique() and lines["weight"].n_unique() == 1
    if not one_run_each or (lines["start"] > 0).any() or lines["stop"].sum() != part.height:
        return None
    sizes = part.group_by("replicate").agg(stop=pl.len().cast(pl.Int64))
    if lines.join(sizes, on=["replicate", "stop"]).height != lines.height:
        return None
    return part.with_columns(weight=pl.lit(lines["weight"][0]))


def _picked(lines: pl.DataFrame, part: pl.DataFrame, *, keys: list[str]) -> pl.DataFrame:
    """The rows of a part that the lines name, in their order."""
    wanted = lines.select("replicate", "weight", row=pl.int_ranges("start", "stop", dtype=pl.Int64)).explode("row")
    found = wanted.join(part, on=keys, how="inner", maintain_order="left")
    if found.height != wanted.height:
        about = lines.select("origin", "generation", "lineage").row(0)
        raise LookupError(
            f"the manifest names {wanted.height} rows of {about[0]} generation {about[1]}, lineage {about[2]}; "
            f"the part has {found.height} of them"
        )
    return found


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


def _select(policy: Policy, real: RealRows, generation: int, seed: int) -> list[Selection]:
    return policy.select(Pool(rows=real.rows, generation=generation, rng=seeds.generator(seed)))


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """The manifest's lines for one selection of some replicates, column by column.

    Attributes:
        replicate: index of the replicate, of each line.
        start: first row of each run.
        stop: one past its last.
        generation: of the synthetic part; None for real rows.
        rows: rows of each replicate.
        weight: of each row, before scaling.
    """

    replicate: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    generation: int | None
    rows: int
    weight: float

    @classmethod
    def of(cls, real: RealRows, selection: Selection, *, first: int = 0) -> Self:
        """Write a selection out for replicates that lie from ``first`` on in the cohort."""
        generation = None if isinstance(selection.part, str) else selection.part
        if isinstance(selection.part, str):
            chosen = real.take(selection.part, selection.rows)
            replicate, start, stop = _runs(chosen)
        else:
            _, one, end = _runs(selection.rows[np.newaxis])
            cohort = len(real.replicates)
            replicate = np.repeat(np.arange(cohort), len(one))
            start, stop = np.tile(one, cohort), np.tile(end, cohort)
        return cls(
            replicate=replicate + first,
            start=start,
            stop=stop,
            generation=generation,
            rows=len(selection.rows),
            weight=selection.weight,
        )


def _manifest(lines: Sequence[_Lines], real: RealRows, *, depths: pl.DataFrame | None) -> pl.DataFrame:
    """Lay lines out in order of replicate, and scale their weights to mean 1."""
    replicate = np.concatenate([each.replicate for each in lines])
    repeats = [len(each.start) for each in lines]
    generation = np.repeat([-1 if each.generation is None else each.generation for each in lines], repeats)
    start, stop = (np.concatenate([getattr(each, name) for each in lines]) for name in ("start", "stop"))
    weight = np.repeat(np.array([each.weight for each in lines]), repeats)
    rows = np.bincount(replicate, weights=stop - start)
    scale = rows / np.bincount(replicate, weights=weight * (stop - start))
    made = pl.DataFrame(
        {
            "replicate": np.asarray(real.replicates)[replicate],
            "generation": generation,
            "start": start,
            "stop": stop,
            "weight": weight * scale[replicate],
        }
    ).with_columns(generation=pl.when(pl.col("generation") >= 0).then("generation"))
    synthetic = pl.col("generation").is_not_null()
    lineage = pl.when(pl.col("generation") == 0).then(pl.lit(SHARED)).otherwise(pl.lit(real.lineage))
    described = made.with_columns(
        origin=pl.when(synthetic).then(pl.lit("synthetic")).otherwise(pl.lit("real")),
        lineage=pl.when(synthetic).then(lineage),
        depth=pl.when(synthetic).then(pl.col("generation") + 1).otherwise(0),
    ).cast(dict(MANIFEST))  # type: ignore[arg-type]
    if depths is not None:
        keys = ["generation", "replicate"]
        known = depths.select(pl.col(name).cast(MANIFEST[name]) for name in [*keys, "depth"])
        joined = described.drop("depth").join(known, on=keys, how="left", maintain_order="left")
        described = joined.with_columns(depth=pl.when(pl.col("origin") == "real").then(0).otherwise("depth"))
    return described.select(pl.col(name).cast(dtype) for name, dtype in MANIFEST.items()).sort(
        "replicate", maintain_order=True
    )


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Consecutive runs of the ascending row numbers of each line (replicates, m): replicate index, start, stop."""
    replicates, width = rows.shape
    if not width:
        return (np.empty(0, np.int64),) * 3
    first = np.ones((replicates, width), dtype=bool)
    first[:, 1:] = np.diff(rows, axis=1) != 1
    last = np.ones((replicates, width), dtype=bool)
    last[:, :-1] = first[:, 1:]
    return np.nonzero(first)[0], rows[first].astype(np.int64), rows[last].astype(np.int64) + 1
