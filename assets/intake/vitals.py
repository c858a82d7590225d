"""Batch-level numbers: what one pass over a batch says beside the anchor's profile, each with its range by chance.

Images and texts are counted (nulls, rows that differ) but not looked into: no drift, tails or distances of them.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import lgamma
from typing import Any

import numpy as np
import polars as pl

from assets.evaluation.gower import closest_distances, sample_rows
from assets.evaluation.two_sample import two_sample_auc
from assets.intake import chance
from assets.intake.counting import code_frame
from assets.intake.profile import Profile, Spread, column_entropies, rank_correlation, records
from assets.intake.scan import ORIGINS, SAMPLE, SYNTHETIC, Scanned, hash_rows, scan
from resources.seeds import derive_seed, generator

FEWEST_ROWS = 20
"""Rows of either side from which on a classifier, a correlation or a distance is worth its name."""
FEW_VALUES, MISSING = 100, -1e300
FEW_LEVELS = 5
NORMAL = 1.959964
"""97.5 % quantile of the standard normal distribution."""


@dataclass(frozen=True)
class Reading:
    """One number of a batch.

    Attributes:
        guard: that watches it.
        metric: what it is.
        group: of what: a column, a level (``sex=Female``), a tail (``age above``); empty for the whole batch.
        value: in the unit of the guard's bounds.
        low: a clean batch of so many rows lies below it almost never; None where chance has no say.
        high: the same above.
    """

    guard: str
    metric: str
    group: str
    value: float
    low: float | None = None
    high: float | None = None


def measure_batch(
    files: Sequence[Any],
    profile: Profile,
    anchor: pl.DataFrame,
    *,
    licences: Collection[str] | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> list[Reading]:
    """Read a batch once and measure everything that batch-level guards watch.

    Args:
        files: Parquet files of canonical rows with their provenance, see :func:`assets.intake.scan.scan`.
        profile: of the anchor.
        anchor: its canonical rows, to tell batches from and to find copies of.
        licences: those that are allowed; None: any.
        seed: of the rows drawn.
        threads: see :func:`assets.intake.scan.scan`.

    Returns:
        Readings; of a batch without rows, that alone.

    Raises:
        BadInput: a file lacks a column, or is no Parquet file.
    """
    hashes = hash_rows(anchor, profile.scales)
    scanned = scan(files, profile.scales, seed=seed, anchor_hashes=hashes, licences=licences, threads=threads)
    return list(readings(scanned, profile, anchor, seed=seed))


def readings(scanned: Scanned, profile: Profile, anchor: pl.DataFrame, *, seed: int) -> Iterator[Reading]:
    """Turn what a pass found into readings."""
    yield Reading("rows", "rows", "", scanned.counts.rows)
    if not scanned.counts.rows:
        return
    yield from _provenance(scanned)
    yield from _columns(scanned, profile)
    yield from _tails(scanned, profile)
    yield from _rare(scanned, profile)
    yield from _diversity(scanned, profile)
    yield from _groups(scanned, profile)
    yield from _drift(scanned, profile, anchor, seed)
    yield from _privacy(scanned, profile, anchor, seed)


def _provenance(scanned: Scanned) -> Iterator[Reading]:
    told, rows = scanned.provenance, scanned.counts.rows
    for origin, many in zip(ORIGINS, told.origins, strict=True):
        yield Reading("origins", "origin_share", origin, many / rows)
    yield Reading("provenance", "complete_share", "", told.complete / rows)
    yield Reading("licence", "licensed_share", "", told.licensed / rows)
    asked = rows - int(told.origins[SYNTHETIC])
    yield Reading("consent", "consenting_share", "", told.consenting / asked if asked else 1.0)
    yield Reading("depth", "depth", "", max(told.depth, 0))


def _columns(scanned: Scanned, profile: Profile) -> Iterator[Reading]:
    """Each column by itself: its values, its nulls, its new levels."""
    counts, anchor, schema = scanned.counts, profile.counts, profile.schema
    for number, name in enumerate(schema.names):
        before, now = int(anchor.nulls[number]), int(counts.nulls[number])
        low, high = chance.share_range(np.array(before), anchor.rows, counts.rows)
        share = before / anchor.rows
        yield Reading(
            "nulls", "null_share_change", name, now / counts.rows - share, float(low) - share, float(high) - share
        )
    for place, column in enumerate(schema.numeric):
        seen, known = (each.observed(profile.scales, place) for each in (counts, anchor))
        if seen and known:
            gap = counts.at_most[place] / seen - anchor.at_most[place] / known
            limit = chance.kolmogorov_limit(seen, known)
            yield Reading("column_drift", "kolmogorov_smirnov", column.name, float(np.abs(gap).max()), high=limit)
    for place, column in enumerate(schema.discrete):
        seen_levels, known_levels = (profile.lumped(each, place, rows=counts.rows)[:-1] for each in (counts, anchor))
        seen, known = int(seen_levels.sum()), int(known_levels.sum())
        if seen and known:
            shares = seen_levels / seen, known_levels / known
            apart = float(np.abs(shares[0] - shares[1]).sum() / 2)
            limit = chance.variation_limit(shares[1], seen, known)
            yield Reading("column_drift", "total_variation", column.name, apart, high=limit)
        most = chance.unseen_range(int((anchor.levels[place][:-2] == 1).sum()), anchor.rows, counts.rows)
        new = int(counts.levels[place][-2])
        yield Reading("new_levels", "new_level_share", column.name, new / counts.rows, high=most)


def _tails(scanned: Scanned, profile: Profile) -> Iterator[Reading]:
    """Share of the values beyond the anchor's 1 % and 99 % quantiles ÷ the anchor's own."""
    counts, anchor, total = scanned.counts, profile.counts, 0
    for place, (column, edges) in enumerate(zip(profile.schema.numeric, profile.tails, strict=True)):
        seen, known = (each.observed(profile.scales, place) for each in (counts, anchor))
        for side, edge in zip(("below", "above"), edges, strict=True):
            if edge is None:
                continue
            now, before = (_beyond(each, profile, place, edge, side) for each in (counts, anchor))
            total += now
            if seen:
                low, high = chance.share_range(np.array(before), known, seen)
                share = before / known
                group = f"{column.name} {side}"
                yield Reading("tails", "tail_mass", group, now / seen / share, float(low) / share, float(high) / share)
    if profile.tail.mean:
        yield _mean_ratio(
            "tails",
            "tail_mass",
            mean=total / counts.rows,
            spread=profile.tail,
            rows=counts.rows,
            anchor_rows=profile.rows,
        )


def _beyond(counts: Any, profile: Profile, place: int, edge: float, side: str) -> int:
    edges = profile.scales.edges[place]
    if side == "below":
        return int(counts.at_most[place][np.searchsorted(edges, np.nextafter(edge, -np.inf))])
    return counts.observed(profile.scales, place) - int(counts.at_most[place][np.searchsorted(edges, edge)])


def _mean_ratio(guard: str, metric: str, *, mean: float, spread: Spread, rows: int, anchor_rows: int) -> Reading:
    """A mean over rows ÷ the anchor's."""
    reach = chance.mean_reach(spread.variance, spread.most, rows, anchor_rows) / spread.mean
    return Reading(guard, metric, "", float(mean / spread.mean), 1 - reach, 1 + reach)


def _rare(scanned: Scanned, profile: Profile) -> Iterator[Reading]:
    """Rare levels: how many a row has ÷ the anchor's; and how many of them occur at all ÷ how many should."""
    if not profile.rare.mean:
        return
    rows, known = scanned.counts.rows, profile.rows
    total, present, missing, expected = 0, 0, 0.0, 0.0
    for place, codes in enumerate(profile.rare_levels):
        now, before = (each.levels[place] for each in (scanned.counts, profile.counts))
        total += int(now[codes].sum() + now[-2])
        shares = _likely_shares(before[:-2], known)[codes]
        absent = np.exp(rows * np.log1p(-np.minimum(shares, 0.5)))
        present += int((now[codes][shares > 0] > 0).sum())
        missing += float(absent[shares > 0].sum())
        expected += float((1 - absent).sum())
    yield _mean_ratio("rare_mass", "rare_mass", mean=total / rows, spread=profile.rare, rows=rows, anchor_rows=known)
    if expected:
        least = expected + missing - chance.most_events(missing)
        yield Reading("rare_survival", "rare_survival", "", present / expected, least / expected)


def _likely_shares(before: np.ndarray, rows: int) -> np.ndarray:
    """How likely the anchor's levels are: less than their shares, since of the unlikely ones it has the lucky.

    Of levels that it has k times, (k + 1) ÷ k of the rows of those that it has k + 1 times (Good 1953) where there are
    five such levels at least; else k(1 − e^−k) times, as if it might as well have missed them.
    """
    likely = before * -np.expm1(-before.astype(np.float64))
    for times in range(1, FEW_LEVELS):
        having, next_ones = (before == times), int((before == times + 1).sum())
        if having.sum() >= FEW_LEVELS:
            likely[having] = np.minimum((times + 1) * next_ones / having.sum(), likely[having])
    return likely / rows


def _diversity(scanned: Scanned, profile: Profile) -> Iterator[Reading]:
    rows = scanned.counts.rows
    expected, most_repeats = expected_distinct(profile, rows)
    low = max(rows - most_repeats, 1) / expected
    yield Reading("repeats", "distinct_share", "", min(scanned.distinct.count, rows) / expected, low)
    before, now = (sum(column_entropies(each, profile, rows=rows)) for each in (profile.counts, scanned.counts))
    if before:
        reach = chance.mean_reach(profile.surprise.variance, profile.surprise.most, rows, profile.rows) / before
        yield Reading("entropy", "entropy_ratio", "", now / before, 1 - reach, 1 + reach)


def expected_distinct(profile: Profile, rows: int) -> tuple[float, float]:
    """How many rows of a clean batch differ, and the largest number of repeats that chance gives it.

    Up to the anchor's size, what so many rows drawn from the anchor would have (rarefaction, Hurlbert 1971, Ecology
    52:577). Beyond it, at least one pair of equal rows is needed for each repeat, and pairs grow with the square.
    """
    of, log = profile.rows, np.log(1 / chance.RARELY)
    pairs = sum(many * times * (times - 1) / 2 for times, many in profile.repeats.items())
    if rows <= of:
        left_out = {
            times: np.exp(
                lgamma(of - times + 1) - lgamma(of - times - rows + 1) - lgamma(of + 1) + lgamma(of - rows + 1)
            )
            for times in profile.repeats
            if of - times >= rows
        }
        expected = sum(many * (1 - left_out.get(times, 0.0)) for times, many in profile.repeats.items())
    else:
        expected = rows - min(pairs * (rows / of) ** 2, rows - profile.distinct_share)
    repeats = max(rows - expected, 0.0)
    # Repeats of one row come together, so that their number varies more than a count of single events.
    clumped = 1 + sum(many * times * (times - 1) ** 2 for times, many in profile.repeats.items()) / max(2 * pairs, 1)
    unknown = log * max((rows / of) ** 2, 1)
    most = repeats + np.sqrt(2 * log * clumped * repeats * (1 + rows / of)) + clumped * unknown
    return max(float(expected), 1.0), float(most)


def _groups(scanned: Scanned, profile: Profile) -> Iterator[Reading]:
    """Protected groups, their joint cells, the label, and the label within groups."""
    counts, anchor, scales = scanned.counts, profile.counts, profile.scales
    for place in scales.group_places:
        yield from _representation(counts.levels[place], anchor.levels[place], [place], profile, counts.rows)
    if scales.cell_places:
        yield from _representation(counts.cells, anchor.cells, scales.cell_places, profile, counts.rows)
    if scales.label_place is None:
        return
    place = scales.label_place
    yield from _rates("label_balance", "", counts.levels[place], anchor.levels[place], profile)
    for number, group in enumerate(scales.rated_places):
        for code in np.flatnonzero(anchor.labels[number].sum(axis=1)):
            name = f"{_level_name(profile, group, int(code))}: "
            yield from _rates("label_rates", name, counts.labels[number][code], anchor.labels[number][code], profile)


def _representation(
    now: np.ndarray, before: np.ndarray, places: Sequence[int], profile: Profile, rows: int
) -> Iterator[Reading]:
    cells = np.flatnonzero(before)
    low, high = chance.share_range(before[cells], profile.rows, rows)
    sizes = [profile.scales.codes(place) for place in places]
    for cell, least, most in zip(cells, low, high, strict=True):
        codes = np.unravel_index(cell, sizes)
        name = " and ".join(_level_name(profile, p, int(code)) for p, code in zip(places, codes, strict=True))
        share = before[cell] / profile.rows
        yield Reading(
            "representation", "share_ratio", name, float(now[cell] / rows / share), least / share, most / share
        )


def _rates(guard: str, of: str, now: np.ndarray, before: np.ndarray, profile: Profile) -> Iterator[Reading]:
    """Share of each level of the label among labelled rows, minus the anchor's; the first level of two says it all."""
    place = profile.scales.label_place
    assert place is not None
    now, before = now[:-1], before[:-1]
    if not now.sum() or not before.sum():
        return
    low, high = chance.share_range(before, int(before.sum()), int(now.sum()))
    levels = np.flatnonzero(before)
    for code in levels[:1] if len(levels) == 2 and not now[-1] else levels:
        share = before[code] / before.sum()
        yield Reading(
            guard,
            "label_share_change",
            of + _level_name(profile, place, int(code)),
            float(now[code] / now.sum() - share),
            float(low[code] - share),
            float(high[code] - share),
        )


def _level_name(profile: Profile, place: int, code: int) -> str:
    name, levels = profile.schema.discrete[place].name, profile.scales.levels[place]
    return f"{name}={levels[code]}" if code < len(levels) else f"{name} is null"


def _drift(scanned: Scanned, profile: Profile, anchor: pl.DataFrame, seed: int) -> Iterator[Reading]:
    """Whether a classifier tells the rows from the anchor's, and whether ranks hang together as they do there."""
    if not (profile.scales.edges or profile.scales.levels):
        return
    drawn = _drawn(anchor[profile.schema.names], derive_seed("anchor of the vitals", seed))
    reference = code_frame(drawn, profile.scales)
    for guard, rows in (("drift", scanned.others), ("synthetic_drift", scanned.declared_synthetic)):
        if min(rows.height, drawn.height) < FEWEST_ROWS:
            continue
        coded = code_frame(rows, profile.scales)
        area, error = two_sample_auc(
            *_features(profile.features(coded), profile.features(reference)), seed=derive_seed("halves", seed)
        )
        limit = chance.area_limit(rows.height, drawn.height)
        yield Reading(guard, "two_sample_auc", "", area, high=limit)
        yield Reading("drift_interval", "two_sample_auc_lower_95", guard, max(area - NORMAL * error, 0.0))
        yield Reading("drift_interval", "two_sample_auc_upper_95", guard, min(area + NORMAL * error, 1.0))
    rows = scanned.others if scanned.others.height >= FEWEST_ROWS else scanned.declared_synthetic
    pairs = len(profile.correlation) * (len(profile.correlation) - 1) // 2
    if pairs and rows.height >= FEWEST_ROWS:
        gap = np.abs(rank_correlation(code_frame(rows, profile.scales), profile) - profile.correlation)
        limit = chance.correlation_limit(pairs, rows.height, profile.rows)
        yield Reading("correlation", "rank_correlation_gap", "", float(gap.max()), high=limit)


def _features(*sides: np.ndarray) -> list[np.ndarray]:
    """In a column of few values missing is a number, since the trees refuse a half of the rows without any value."""
    seen = sum((~np.isnan(side)).sum(axis=0) for side in sides)
    return [np.where(np.isnan(side) & (seen < FEW_VALUES), MISSING, side) for side in sides]


def _privacy(scanned: Scanned, profile: Profile, anchor: pl.DataFrame, seed: int) -> Iterator[Reading]:
    """Of the rows that are declared synthetic: copies of anchor rows, and rows nearer to one than the holdout's are."""
    synthetic = int(scanned.provenance.origins[SYNTHETIC])
    if not synthetic:
        return
    repeated = sum(times * many for times, many in profile.repeats.items() if times > 1)
    _, high = chance.share_range(np.array(repeated), profile.rows, synthetic)
    yield Reading("copies", "copied_share", "", scanned.provenance.copies / synthetic, high=float(high))
    baseline = profile.baseline
    if not baseline.rows:
        return
    rows = sample_rows(scanned.declared_synthetic, derive_seed("nearness", seed))
    nearest = closest_distances(rows, records(anchor, profile.schema, profile.seed), profile.schema)
    _, high = chance.share_range(np.array(baseline.near), baseline.rows, rows.height)
    near = float((nearest <= baseline.quantile).mean())
    yield Reading("nearness", "near_share", "", near, high=float(high))


def _drawn(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    if rows.height <= SAMPLE:
        return rows
    return rows[np.sort(generator(seed).choice(rows.height, SAMPLE, replace=False))]
