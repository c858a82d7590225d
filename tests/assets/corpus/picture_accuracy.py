"""Measure the guards of pictures on handwritten digits: false alarms on clean batches, copies and generated rows found.

``python -m tests.assets.corpus.picture_accuracy [splits]`` prints the tables of docs/corpora.md.
"""

import sys
from collections import Counter

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.bounds import apply_bounds, is_within_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.spared import most_apart
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.assets.corpus.undeclared.estimate import estimate_share
from outcross.assets.instruments.picture_hashes import MOST_APART, PictureHashes, least_apart
from outcross.resources.sources.digits import SCHEMA, Digits
from tests.assets.corpus.batches import parquet, with_provenance
from tests.assets.corpus.pictures import pixels, with_pixels
from tests.assets.corpus.text_accuracy import interval

ANCHOR, HOLDOUT, SIZES = 960, 240, (20, 60, 60, 200, 200)
COMPONENTS = 12
"""Principal components of the classes of the generator."""
SHARES = (0.0, 0.1, 0.3, 0.6)


def split(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return an anchor, a holdout and other digits, in the random order of a seed."""
    rows = Digits().load().rows.sample(fraction=1.0, shuffle=True, seed=seed)
    return rows[:ANCHOR], rows[ANCHOR : ANCHOR + HOLDOUT], rows[ANCHOR + HOLDOUT :]


def with_a_pixel_changed(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return rows with another grey value in one pixel, drawn from all places and values."""
    random, values = np.random.default_rng(seed), pixels(rows)
    lines, at = np.arange(len(values)), random.integers(64, size=len(values))
    values[lines, at] = (values[lines, at] + random.integers(1, 17, size=len(values))) % 17
    return with_pixels(rows, values)


def generate(anchor: pl.DataFrame, rows: int, seed: int) -> pl.DataFrame:
    """Draw digits from a normal distribution in the first principal components of each class."""
    random, parts = np.random.default_rng(seed), []
    for label in sorted(set(anchor["label"])):
        of = anchor.filter(label=label)
        mean = pixels(of).mean(axis=0)
        _, sizes, directions = np.linalg.svd(pixels(of) - mean, full_matrices=False)
        drawn = random.normal(size=(rows // 10, COMPONENTS)) * sizes[:COMPONENTS] / np.sqrt(of.height)
        blank = of.sample(rows // 10, with_replacement=True, seed=seed)
        parts.append(with_pixels(blank, mean + drawn @ directions[:COMPONENTS]))
    return pl.concat(parts).sample(fraction=1.0, shuffle=True, seed=seed)


def measure_split(seed: int, found: Counter[str]) -> None:
    """Count, in one split, clean batches that are held, clean rows that are near copies, and copies that are found."""
    anchor, holdout, rest = split(seed)
    profile = PictureProfile.fit(anchor, holdout, SCHEMA, seed=seed)
    of_anchor, start = fit_profile(anchor, holdout, SCHEMA, seed=seed), 0
    for size in SIZES:
        batch, start = rest[start : start + size], start + size
        readings = measure_batch(
            [parquet(with_provenance(batch))], of_anchor, anchor, seed=seed, picture_profile=profile
        )
        held = {vital.check for vital in apply_bounds(readings) if not is_within_bounds(vital)}
        found["batches"] += 1
        found["held"] += bool(held)
        found.update(held)
    within = most_apart(profile, ANCHOR)
    assert within is not None
    column, asked = profile.column, {"real": rest, "copies": with_a_pixel_changed(anchor, seed)}
    known = PictureHashes.read(anchor["image"], column)
    for name, rows in asked.items():
        near = least_apart(PictureHashes.read(rows["image"], column), known, MOST_APART) <= within
        found[name] += rows.height
        found[f"near {name}"] += int(near.sum())


def estimate(seed: int, share: float) -> str:
    """Estimate the share of generated rows among 300, of whose generator 600 others are known."""
    anchor, holdout, rest = split(seed)
    made, count = generate(anchor, 1_200, seed), round(300 * share)
    found = estimate_share(
        pl.concat([rest[: 300 - count], made[600 : 600 + count]]),
        SCHEMA,
        anchor=anchor,
        holdout=holdout,
        known={"generator": made[:600]},
        known_rows=made[:600],
        seed=seed,
    )
    return f"{share}: {found.share:.3f} ({found.lower:.3f} to {found.upper:.3f}), decided: {found.decided}"


def main(splits: int) -> None:
    """Print the tables."""
    found: Counter[str] = Counter()
    for seed in range(splits):
        measure_split(seed, found)
    print("clean batches held:", interval(found["held"], found["batches"]), dict(found))  # noqa: T201
    for name in ("real", "copies"):
        print(f"{name} rows that are near copies:", interval(found[f"near {name}"], found[name]))  # noqa: T201
    for share in SHARES:
        print("share", estimate(1, share))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
