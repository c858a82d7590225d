"""Readings of pictures: a sample of a batch's rows is compared with real rows, in the embedding and by grey values.

Rows declared synthetic are not held to the distributions of grey values.
"""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.measures.drift import NORMAL
from outcross.assets.corpus.guards.picture_profile import NEAR, PictureProfile, describe, is_blank
from outcross.assets.instruments.classifier_two_sample import two_sample_auc
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.nearest_points import nearest_points
from outcross.resources.compute import one_thread
from outcross.resources.schema import Column
from outcross.resources.seeds import derive_seed, generator

FEWEST_ROWS = 20
"""Smallest number of rows of pictures that are measured."""
DRAWS = 12
"""Samples of real rows that show how much diversity varies by chance."""
MOST_ROWS = 1_000
"""Rows whose diversity is compared."""
MOST_ASKED = 2_000
"""Rows whose closest record of the anchor is searched."""
DECLARED = "declared synthetic"
"""Group of the readings of rows that are declared synthetic."""


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure what the guards of pictures check; nothing for a corpus without pictures."""
    profile = batch.pictures
    if profile is None:
        return
    for declared, rows in ((False, batch.scanned.others), (True, batch.scanned.declared_synthetic)):
        if rows.height < FEWEST_ROWS:
            continue
        pictures = rows[profile.column.name]
        with one_thread():
            points = profile.embedding.transform(rows)
            yield from _drift(points, profile, batch.seed, declared=declared)
            yield from _diversity(points, profile, batch.seed, group=DECLARED if declared else "")
            yield from _nearness(points, profile, batch.seed) if declared else _values(pictures, profile)
        yield _blank(pictures, profile.column, batch, group=DECLARED if declared else "")


def _drift(points: np.ndarray, profile: PictureProfile, seed: int, *, declared: bool) -> Iterator[Reading]:
    guard, name = "synthetic_drift" if declared else "drift", profile.column.name
    if len(profile.points) < FEWEST_ROWS:
        return
    area, error = two_sample_auc(points, profile.points, seed=derive_seed("halves of the pictures", seed))
    limit = chance.area_limit(len(points), len(profile.points))
    yield Reading(guard, "two_sample_auc", name, area, high=limit)
    yield Reading("drift_interval", "two_sample_auc_lower_95", f"{guard} of {name}", max(area - NORMAL * error, 0.0))
    yield Reading("drift_interval", "two_sample_auc_upper_95", f"{guard} of {name}", min(area + NORMAL * error, 1.0))


def _values(pictures: pl.Series, profile: PictureProfile) -> Iterator[Reading]:
    """Measure the distance of each distribution of grey values from that of real rows."""
    now = describe(pictures, profile.column)
    for name in now.columns:
        seen, known = (np.sort(frame[name].to_numpy()) for frame in (now, profile.values))
        points = np.union1d(seen, known)
        gap = np.searchsorted(seen, points, "right") / len(seen) - np.searchsorted(known, points, "right") / len(known)
        limit = chance.kolmogorov_limit(len(seen), len(known))
        group = f"{name} of {profile.column.name}"
        yield Reading("column_drift", "kolmogorov_smirnov", group, float(np.abs(gap).max()), high=limit)


def _diversity(points: np.ndarray, profile: PictureProfile, seed: int, *, group: str) -> Iterator[Reading]:
    """Measure how far pictures are apart ÷ how far as many real rows are."""
    from scipy.stats import t

    random = generator(derive_seed("diversity of the pictures", seed))
    rows = min(len(points), len(profile.points) // 2, MOST_ROWS)
    if rows < FEWEST_ROWS:
        return
    real = [profile.points[random.permutation(len(profile.points))[:rows]] for _ in range(DRAWS)]
    drawn = points[random.permutation(len(points))[:rows]]
    measures: dict[str, Callable[[np.ndarray], float]] = {"spread_ratio": _spread, "nearest_ratio": _nearest}
    for metric, measured in measures.items():
        usual = [measured(each) for each in real]
        mean = float(np.mean(usual))
        if mean:
            # Samples of one reference overlap, and the batch is another sample of the source: its variance adds.
            error = float(np.std(usual, ddof=1)) * np.sqrt(1 + 1 / DRAWS + 1)
            low = 1 - float(t.isf(chance.RARELY, DRAWS - 1)) * error / mean
            yield Reading("picture_diversity", metric, group, measured(drawn) / mean, low)


def _spread(points: np.ndarray) -> float:
    """Compute the root of the mean squared distance from the mean."""
    return float(np.sqrt(points.var(axis=0).sum()))


def _nearest(points: np.ndarray) -> float:
    """Compute the mean distance of a row to the nearest other one."""
    return float(nearest_points(points, points).second.mean())


def _nearness(points: np.ndarray, profile: PictureProfile, seed: int) -> Iterator[Reading]:
    """Measure the share of pictures that are nearer to the anchor than nearly all of the holdout are."""
    if not len(profile.distances) or not len(profile.records):
        return
    edge = float(np.quantile(profile.distances, NEAR, method="inverted_cdf"))
    hits, of = int((profile.distances <= edge).sum()), len(profile.distances)
    asked = draw_rows(points, MOST_ASKED, derive_seed("nearness of the pictures", seed))
    _, high = chance.share_range(np.array(hits), of, len(asked))
    near = float((nearest_points(asked, profile.records).first <= edge).mean())
    yield Reading("nearness", "near_share", profile.column.name, near, high=float(high))


def _blank(pictures: pl.Series, column: Column, batch: Batch, *, group: str) -> Reading:
    """Measure the share of pictures of one grey value or colour − the anchor's."""
    real = is_blank(batch.anchor[pictures.name], column)
    hits, of = int(real.sum()), len(real)
    _, high = chance.share_range(np.array(hits), of, len(pictures))
    share = int(is_blank(pictures, column).sum()) / len(pictures)
    return Reading("blank_pictures", "blank_share_change", group, share - hits / of, high=float(high) - hits / of)
