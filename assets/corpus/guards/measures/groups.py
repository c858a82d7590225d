"""Readings of protected groups, their joint cells, and the label."""

from collections.abc import Iterator, Sequence

import numpy as np

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.profile import Profile


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure the shares of protected groups and their joint cells, of the label, and of the label within groups."""
    profile = batch.profile
    counts, anchor, scales = batch.scanned.counts, profile.counts, profile.scales
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
        ratio, chances = float(now[cell] / rows / share), (least / share, most / share)
        yield Reading("representation", "share_ratio", name, ratio, *chances, least=0.0, most=1 / share)


def _rates(guard: str, of: str, now: np.ndarray, before: np.ndarray, profile: Profile) -> Iterator[Reading]:
    """Measure the share of each label among labelled rows, minus the anchor's; of two levels, only the first."""
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
            least=float(-share),
            most=float(1 - share),
        )


def _level_name(profile: Profile, place: int, code: int) -> str:
    name, levels = profile.schema.discrete[place].name, profile.scales.levels[place]
    return f"{name}={levels[code]}" if code < len(levels) else f"{name} is null"
