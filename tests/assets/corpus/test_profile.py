"""The statistics of the anchor, compared with naive counts of its rows."""

import json

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.fitting import STEPS, fit_profile
from outcross.assets.corpus.guards.profile import Profile, records
from outcross.assets.instruments.gower import closest_distances
from outcross.assets.instruments.rare import tail_edges
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import TABLE, college, measure, profile_and_anchor, table, with_provenance

PLACES = {column.name: place for place, column in enumerate(TABLE.discrete)}


def test_numbers_are_counted_up_to_each_edge() -> None:
    profile, anchor = profile_and_anchor()
    for place, name in enumerate(("x", "n")):
        values = anchor[name].drop_nulls().to_numpy().astype(float)
        edges = profile.scales.edges[place]
        assert profile.counts.at_most[place].tolist() == [(values <= edge).sum() for edge in edges]
        assert (np.diff(edges) > 0).all()
        assert profile.counts.at_most[place][-1] == len(values), "the largest value is an edge"


def test_at_most_one_quantile_step_of_rows_is_between_two_edges_unless_they_are_equal() -> None:
    profile, anchor = profile_and_anchor()
    below = np.concatenate([[0], profile.counts.at_most[0]])
    assert np.diff(below).max() <= anchor.height / STEPS + 1
    lump = (anchor["n"] == 0).sum()
    assert lump in np.diff(profile.counts.at_most[1]), "zeros alone are between two edges"


def test_the_tails_begin_at_the_edges_of_the_metrics() -> None:
    profile, anchor = profile_and_anchor()
    assert profile.tails[0] == pytest.approx(tail_edges(anchor["x"]))
    low, high = tail_edges(anchor["n"])
    assert profile.tails[1] == (low if np.isfinite(low) else None, pytest.approx(high))


def test_levels_are_counted_most_frequent_first_with_null_last() -> None:
    profile, anchor = profile_and_anchor()
    for name, place in PLACES.items():
        levels, counts = profile.scales.levels[place], profile.counts.levels[place]
        known = dict(anchor[name].drop_nulls().value_counts().iter_rows())
        assert dict(zip(levels, counts.tolist(), strict=False)) == known
        assert list(counts[: len(levels)]) == sorted(known.values(), reverse=True)
        assert counts[-2:].tolist() == [0, anchor[name].null_count()]


def test_joint_cells_and_label_rates_are_counted() -> None:
    profile, anchor = profile_and_anchor()
    scales = profile.scales
    sizes = [scales.codes(place) for place in scales.cell_places]
    cells = profile.counts.cells.reshape(sizes)
    for i, sex in enumerate(scales.levels[PLACES["sex"]]):
        own = anchor.filter(pl.col("sex") == sex)
        for j, race in enumerate(scales.levels[PLACES["race"]]):
            assert cells[i, j] == (own["race"] == race).sum()
        for j, label in enumerate(scales.levels[PLACES["y"]]):
            assert profile.counts.labels[0][i, j] == (own["y"] == label).sum()
    assert cells.sum() == anchor.height


def test_rare_levels_are_those_under_five_per_cent_of_all_rows() -> None:
    profile, anchor = profile_and_anchor()
    place = PLACES["c"]
    rare = {profile.scales.levels[place][code] for code in profile.rare_levels[place]}
    assert rare == {"w", "z"}
    assert profile.rare.mean == pytest.approx(anchor["c"].is_in(["w", "z"]).sum() / anchor.height)


def test_repeated_rows_are_counted_by_how_often_they_occur() -> None:
    anchor = table(500, 4)
    anchor = pl.concat([anchor, anchor[:20], anchor[:5]])
    profile = fit_profile(anchor, table(50, 5), TABLE, seed=0)
    assert profile.repeats == {1: 480, 2: 15, 3: 5}
    assert profile.distinct_share == pytest.approx(500 / 525)


def test_entropies_are_those_of_levels_and_tenths() -> None:
    profile, anchor = profile_and_anchor()
    shares = (anchor["sex"].value_counts()["count"] / anchor.height).to_numpy()
    correction = 1 / (2 * anchor.height)
    assert profile.entropies["sex"] == pytest.approx(-(shares * np.log(shares)).sum() + correction)
    missing = anchor["x"].null_count() / anchor.height
    tenths = np.append(np.full(10, (1 - missing) / 10), missing)
    assert profile.entropies["x"] == pytest.approx(-(tenths * np.log(tenths)).sum(), abs=0.01)
    correction = sum(len(np.flatnonzero(each)) - 1 for each in _binned(profile)) / (2 * anchor.height)
    assert profile.surprise.mean == pytest.approx(sum(profile.entropies.values()) - correction)


def _binned(profile: Profile) -> list[np.ndarray]:
    lumped = [profile.merge_levels(profile.counts, place, rows=profile.rows) for place in PLACES.values()]
    return [profile.bins(profile.counts, place) for place in range(2)] + lumped


@pytest.mark.parametrize(
    ("rows", "common"),
    [
        (10**6, 3),  # 50 rows of the anchor are enough, 49 are not
        (100, 3),  # 5 of the batch's rows are expected to have a level that 50 of 1,000 have
        (99, 2),
        (50, 2),
        (49, 1),
        (0, 0),
    ],
)
def test_levels_of_few_rows_of_the_anchor_or_of_the_batch_are_merged(rows: int, common: int) -> None:
    sizes = {"a": 500, "b": 100, "c": 50, "d": 49, "e": 49} | {f"f{place}": 14 for place in range(18)}
    profile = _profile_of(sizes)
    merged = profile.merge_levels(profile.counts, 0, rows=rows)
    assert merged.tolist() == [*list(sizes.values())[:common], 1_000 - sum(list(sizes.values())[:common]), 0]


def test_few_levels_are_never_merged() -> None:
    profile = _profile_of({"a": 30} | {f"f{place}": 1 for place in range(19)})
    assert len(profile.merge_levels(profile.counts, 0, rows=1)) == 22


def _profile_of(sizes: dict[str, int]) -> Profile:
    schema = Schema((Column(name="c", role=Role.CATEGORICAL),))
    anchor = pl.DataFrame({"c": [level for level, size in sizes.items() for _ in range(size)]}, schema=schema.polars)
    return fit_profile(anchor, anchor[:20], schema, seed=0)


def test_correlation_is_that_of_ranks() -> None:
    from scipy.stats import spearmanr

    profile, anchor = profile_and_anchor()
    both = anchor.drop_nulls(["x", "n"])
    assert profile.correlation[0, 1] == pytest.approx(spearmanr(both["x"], both["n"])[0], abs=0.01)


def test_one_row_in_twenty_of_the_holdout_is_near() -> None:
    profile, anchor, fresh = college()
    distances = closest_distances(fresh[:1_500], anchor, profile.schema)
    assert profile.baseline.rows == 1_500
    assert profile.baseline.near == (distances <= profile.baseline.quantile).sum()
    assert 0.05 <= profile.baseline.near / 1_500 <= 0.06


def test_json_keeps_everything() -> None:
    profile, anchor = profile_and_anchor()
    again = Profile.from_json(profile.to_json())
    assert again.to_json() == profile.to_json()
    batch = with_provenance(table(300, 9), "synthetic")
    assert measure(batch, again, anchor) == measure(batch, profile, anchor)


def test_the_profile_does_not_depend_on_the_order_of_the_anchors_rows() -> None:
    profile, anchor = profile_and_anchor()
    again = fit_profile(anchor[::-1], table(1_000, 2), TABLE, seed=3)
    one, other = (json.loads(each.to_json()) for each in (profile, again))
    for loose in ("surprise", "correlation", "tail", "rare"):
        np.testing.assert_allclose(*(np.ravel(_numbers(each.pop(loose))) for each in (one, other)), atol=1e-9)
    assert one == other


def _numbers(kept: object) -> object:
    return list(kept.values()) if isinstance(kept, dict) else kept


def test_an_anchor_without_rows_is_refused() -> None:
    with pytest.raises(BadInput, match="no rows"):
        fit_profile(table(0, 0), table(10, 0), TABLE, seed=0)


def test_columns_with_one_value_or_none_are_profiled() -> None:
    schema = Schema((Column(name="one", role=Role.NUMERIC), Column(name="none", role=Role.NUMERIC, nullable=True)))
    anchor = pl.DataFrame({"one": [1.0] * 30, "none": [None] * 30}, schema=schema.polars)
    profile = fit_profile(anchor, anchor, schema, seed=0)
    assert profile.tails == ((None, None), (None, None))
    assert profile.correlation[0, 1] == 0
    same, moved = (measure(with_provenance(each), profile, anchor) for each in (anchor, anchor.with_columns(one=2.0)))
    gaps = [[each.value for each in found if each.metric == "kolmogorov_smirnov"] for found in (same, moved)]
    assert gaps == [[0.0], [1.0]]


def test_of_many_records_a_seed_draws_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcross.assets.corpus.guards.profile.MOST_RECORDS", 100)
    anchor = table(500, 1)
    drawn = records(anchor, TABLE, 1)
    assert drawn.height == 100
    assert drawn.equals(records(anchor, TABLE, 1))
    assert not drawn.equals(records(anchor, TABLE, 2))
