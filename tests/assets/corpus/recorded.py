"""Every reading of small fixed batches and an estimate, for a file of numbers that a release is held against.

A batch that one release let in must not be one that the next would stop, unless a guard was changed on purpose. ``make
snapshot`` writes ``tests/assets/corpus/recorded.json`` again after an intended change.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.accumulated.limits import simulate_limits
from outcross.assets.corpus.accumulated.reference import Reference
from outcross.assets.corpus.accumulated.window import deviations
from outcross.assets.corpus.guards.bounds import apply_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.corpus.ledger.share_evidence import Tally
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.estimate import estimate_share
from outcross.assets.corpus.undeclared.pooled.pooled_share import estimate_pooled
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import TABLE, college, measure, table, with_provenance
from tests.assets.corpus.mixtures import SCHEMA, mixed, real, shuffled
from tests.assets.corpus.pictures import fresh, pixels, with_pixels
from tests.assets.corpus.texts import reword, texts
from tests.recorded_numbers import digits, write

RECORDED = Path(__file__).with_name("recorded.json")
Numbers = dict[str, list[float | None]]
SEASON = 0.2, 0.25
"""Fall and rise of a group's share that are no change; unequal, so that each is seen."""
TEXTS = Schema((Column(name="text", role=Role.TEXT),))
PICTURES = Schema(
    (Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16), Column(name="label", role=Role.LABEL))
)


def batches() -> dict[str, pl.DataFrame]:
    """Return clean rows, rows that are wrong in every measured way, few rows, and more rows than the anchor has."""
    anchor, moved = anchor_rows(), table(330, 12)
    moved = moved.with_columns(
        pl.col("x") * 1.1,
        c=pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("new")).otherwise("c"),
        sex=pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("m")).otherwise("sex"),
    )
    wrong = [
        with_provenance(moved),
        with_provenance(anchor.head(15), "synthetic"),
        with_provenance(anchor.slice(20, 40).with_columns(pl.col("x") + 1e-3), "synthetic"),
        with_provenance(moved.head(9), None, licence=None, consent=None),
    ]
    return {
        "clean": with_provenance(table(300, 11)),
        "wrong": pl.concat(wrong),
        "few": with_provenance(table(6, 13)),
        "many": with_provenance(table(1_200, 14)),
    }


def anchor_rows() -> pl.DataFrame:
    """Return an anchor in which some rows occur twice and three times."""
    rows = table(800, 1)
    return pl.concat([rows, rows.head(80), rows.head(20)])


def measure_all() -> dict[str, Numbers]:
    """Batch → reading → value, low, high and both bounds, and the same of an estimate; six digits."""
    with bounded_threads():
        anchor = anchor_rows()
        profile = fit_profile(anchor, table(300, 2), TABLE, seed=3)
        found = {name: _of_batch(measure(batch, profile, anchor)) for name, batch in batches().items()}
        found |= {"texts": _of_texts(), "pictures": _of_pictures()}
        found |= {"estimate": _of_estimate(), "profile": _of_profile(json.loads(profile.to_json()))}
        return found | {"accumulated": _of_accumulated(), "pooled": _of_pooled()}


def _of_texts() -> Numbers:
    """Measure texts of which some are the anchor's, some alike, and some one phrase again and again."""
    anchor, holdout = (pl.DataFrame({"text": texts(rows, seed)}) for rows, seed in ((240, 1), (60, 2)))
    own = texts(90, 3)
    batch = [*own, *(reword(text, 4) for text in own[:20]), *anchor["text"][:5], *["come in and buy now today"] * 12]
    profile = fit_profile(anchor, holdout, TEXTS, seed=3)
    of_texts = TextProfile.fit(anchor, holdout, "text", seed=3)
    rows = with_provenance(pl.DataFrame({"text": batch}))
    return _of_batch(measure(rows, profile, anchor, text_profile=of_texts))


def _of_pictures() -> Numbers:
    """Measure handwritten digits of which some are brighter, and some the anchor's."""
    anchor, holdout, batch = fresh(240, 0), fresh(60, 1), fresh(90, 2)
    brighter = with_pixels(batch[:20], np.minimum(pixels(batch[:20]) + 3, 16))
    profile = fit_profile(anchor, holdout, PICTURES, seed=3)
    of_pictures = PictureProfile.fit(anchor, holdout, PICTURES, seed=3)
    rows = with_provenance(pl.concat([batch, brighter, anchor[:5]]))
    return _of_batch(measure(rows, profile, anchor, picture_profile=of_pictures))


def _of_batch(readings: list[Any]) -> Numbers:
    numbers: Numbers = {}
    for each, vital in zip(readings, apply_bounds(readings, {}), strict=True):
        name = f"{each.guard} {each.metric} {each.group}".strip()
        numbers[name] = [digits(one) for one in (each.value, each.low, each.high, vital.lower, vital.upper)]
    return numbers


def _of_estimate() -> Numbers:
    found = estimate_share(mixed(0.3, 300, 3), SCHEMA, anchor=real(400, 1), known={"shuffle": shuffled(400, 2)}, seed=7)
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: [digits(value)] for name, value in values.items() if isinstance(value, int | float)}


def _of_accumulated() -> Numbers:
    """Count a batch against an anchor, simulate the limits of a year, and measure how far the counts deviate."""
    profile, anchor, fresh = college()
    fitted = Reference.fit(profile, anchor, fresh[-200:], seed=0)
    tally = fitted.tally(fresh[:500])
    found = {f"limit {guard}": value for guard, value in _limits(fitted).items()}
    counts = np.split(tally.kinds, np.cumsum([kinds.size for kinds in fitted.kinds.every])[:-1])
    for kinds, own in zip(fitted.kinds.every, counts, strict=True):
        found[f"deviation {kinds.column}"] = float(deviations(own, kinds, SEASON).max())
    numbers = {"kinds": tally.kinds, "labels": tally.labels, "rare": tally.rare}
    return {name: [digits(value)] for name, value in found.items()} | {
        name: [float(each.sum()), float((each * np.arange(1, each.size + 1)).sum())] for name, each in numbers.items()
    }


def _limits(fitted: Reference) -> dict[str, float]:
    return simulate_limits(fitted, 500, season=SEASON, seed=1)


def _of_pooled() -> Numbers:
    """Estimate the share of rows of which none, few and many were looked at, and some are certain."""
    samples = tuple(tuple(each) for each in ((300, 250, 180, 120, 150), (150, 120, 180, 250, 300)))
    found = {}
    fits, neither = (0.26, 0.22, 0.18, 0.16, 0.18), (0.32, 0.14, 0.26, 0.10, 0.18)
    for rows, certain, parts in (
        (0, 0.0, fits),
        (20, 3.0, fits),
        (400, 0.0, fits),
        (400, 12.0, fits),
        (9_000, 40.0, fits),
        (400, 0.0, neither),
    ):
        cells = tuple(rows * FOLDS * part for part in parts)
        tally = Tally(
            rows=round(rows + certain), certain=certain, certain_variance=certain / 2, cells=cells, squares=float(rows)
        )
        estimated = estimate_pooled(tally, samples)
        numbers = [digits(float(getattr(estimated, each.name))) for each in fields(estimated)]
        found[f"{rows} rows, {certain:g} certain{'' if parts is fits else ', of neither kind'}"] = numbers
    return found


def _of_profile(content: dict[str, Any]) -> Numbers:
    """Return of each key of a profile how many numbers it has, and their sum."""
    numbers = {key: list(_numbers_in(value)) for key, value in sorted(content.items())}
    return {key: [len(found), digits(float(np.sum(found)))] for key, found in numbers.items()}


def _numbers_in(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        return [each for one in (value.values() if isinstance(value, dict) else value) for each in _numbers_in(one)]
    return [float(value)] if isinstance(value, int | float) and np.isfinite(value) else []


if __name__ == "__main__":
    write(RECORDED, measure_all())
