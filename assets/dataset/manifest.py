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
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import BASE, Labels, Part, Policy, Pool, Selection
from outcross.resources import seeds

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
    return _manifest([_Lines.same(real, Selection(part=BASE, rows=np.arange(real.rows)))], real, depths=None)


def next_manifest(
    policy: Policy,
    real: RealRows,
    *,
    generation: int,
    depths: pl.DataFrame | None = None,
    labels: Sequence[Labels] | None = None,
) -> pl.DataFrame:
    """Return the manifest of generation g ≥ 1 under a policy.

    Args:
        policy: the arm's mixing policy.
        real: the lineage's replicates and their real rows.
        generation: g.
        depths: ``generation, replicate, depth`` of the synthetic rows of earlier generations; by default generation
            g's rows have passed through g + 1 models.
        labels: of the rows of each replicate, for a policy that reads them.

    Raises:
        ValueError: the policy asks for more real rows than a replicate has.
    """
    if policy.draws_at_random:
        lines = _drawn(policy, real, generation, labels)
    else:
        lines = [_Lines.same(real, each) for each in _select(policy, real, generation, seed=0)]
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
    weights = lines["weight"].unique()
    one_run_each = lines.height == lines["replicate"].n_unique()
    if not one_run_each or len(weights) > 1 or (lines["start"] > 0).any() or lines["stop"].sum() != part.height:
        return None
    sizes = part.group_by("replicate").agg(stop=pl.len().cast(pl.Int64))
    if lines.join(sizes, on=["replicate", "stop"]).height != lines.height:
        return None
    return part.with_columns(weight=pl.lit(weights.item()))


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


def _select(
    policy: Policy, real: RealRows, generation: int, seed: int, labels: Labels | None = None
) -> list[Selection]:
    pool = Pool(rows=real.rows, generation=generation, rng=seeds.generator(seed), labels=labels)
    return policy.select(pool)


def _drawn(policy: Policy, real: RealRows, generation: int, labels: Sequence[Labels] | None) -> list["_Lines"]:
    """Let every replicate draw by its own seed, and gather the draws part by part."""
    by_part: dict[Part, list[tuple[int, Selection]]] = {}
    for index, replicate in enumerate(real.replicates):
        seed = seeds.derive_seed(real.study, real.seed, real.lineage, generation, replicate, "mix")
        for each in _select(policy, real, generation, seed, labels[index] if labels else None):
            by_part.setdefault(each.part, []).append((index, each))
    return [
        _Lines.ragged(real, part, chosen) for part, chosen in sorted(by_part.items(), key=lambda item: str(item[0]))
    ]


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """The manifest's lines for one part, column by column.

    Attributes:
        replicate: index of the replicate, of each line.
        start: first row of each run.
        stop: one past its last.
        generation: of the synthetic part; None for real rows.
        weight: of each row, before scaling.
    """

    replicate: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    generation: int | None
    weight: float

    @classmethod
    def same(cls, real: RealRows, selection: Selection) -> Self:
        """Write out a selection that is the same for all replicates."""
        if isinstance(selection.part, str):
            chosen = real.take(selection.part, selection.rows)
            index = np.repeat(np.arange(len(chosen)), chosen.shape[1])
            replicate, start, stop = _runs(index, chosen.ravel())
            return cls(replicate=replicate, start=start, stop=stop, generation=None, weight=selection.weight)
        _, start, stop = _runs(np.zeros(len(selection.rows), np.int64), selection.rows)
        cohort = len(real.replicates)
        return cls(
            replicate=np.repeat(np.arange(cohort), len(start)),
            start=np.tile(start, cohort),
            stop=np.tile(stop, cohort),
            generation=selection.part,
            weight=selection.weight,
        )

    @classmethod
    def ragged(cls, real: RealRows, part: Part, chosen: Sequence[tuple[int, Selection]]) -> Self:
        """Write out what replicates chose from one part, each for itself."""
        index = np.repeat([index for index, _ in chosen], [len(each.rows) for _, each in chosen])
        rows = np.concatenate([each.rows for _, each in chosen])
        if isinstance(part, str):
            rows = real.look_up(part, index, rows)
            order = np.lexsort((rows, index))
            index, rows = index[order], rows[order]
        replicate, start, stop = _runs(index, rows)
        generation = None if isinstance(part, str) else part
        return cls(replicate=replicate, start=start, stop=stop, generation=generation, weight=chosen[0][1].weight)


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


def _runs(index: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Consecutive runs of row numbers that ascend within each replicate's index: index, start and stop of each run."""
    if not len(rows):
        return (np.empty(0, np.int64),) * 3
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (np.diff(rows) != 1) | (np.diff(index) != 0)
    last = np.append(first[1:], True)
    return index[first], rows[first].astype(np.int64), rows[last].astype(np.int64) + 1
