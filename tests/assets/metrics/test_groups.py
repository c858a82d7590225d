import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import classifier
from outcross.assets.metrics import groups, utility
from outcross.assets.metrics.contract import Comparison
from outcross.assets.metrics.groups import Group
from outcross.resources.schema import Schema
from tests.assets.evaluation.tables import CENSUS, census, compare, errors, named


def measured(synthetic: pl.DataFrame, reference: pl.DataFrame, **other: object) -> dict[str, float]:
    return named(groups.measure(compare(synthetic, reference, **other)))  # type: ignore[arg-type]


def test_utility_is_computed_per_group() -> None:
    anchor, holdout = census(1, 600), census(2, 300)
    comparison = compare(census(3, 500), holdout, anchor=anchor)
    found = groups.measure(comparison)
    right = np.array(comparison.classifier.predict(comparison.test[1])) == holdout["rich"].to_numpy()
    by_hand = {level: right[(holdout["sex"] == level).to_numpy()].mean() for level in ("f", "m")}
    values, claimed = named(found), errors(found)
    assert values["group_utility sex=f"] == pytest.approx(by_hand["f"])
    assert values["group_utility sex=m"] == pytest.approx(by_hand["m"])
    assert values["group_utility"] == pytest.approx((by_hand["f"] + by_hand["m"]) / 2)
    assert values["rarest_group_utility"] == values["group_utility sex=f"]
    assert values["group_gap"] == pytest.approx(abs(by_hand["f"] - by_hand["m"]))
    of_groups = ["group_utility", "group_utility sex=f", "rarest_group_utility", "group_gap"]
    assert np.isnan([claimed[name] for name in of_groups]).all()


def test_the_mean_over_all_groups_weighted_by_rows_is_utility() -> None:
    holdout = census(2, 300)
    comparison = compare(census(3, 500), holdout, anchor=census(1, 600))
    found, share = named(groups.measure(comparison)), float((holdout["sex"] == "f").mean())  # type: ignore[arg-type]
    whole = share * found["group_utility sex=f"] + (1 - share) * found["group_utility sex=m"]
    assert named(utility.measure(comparison))["utility"] == pytest.approx(whole)


def test_the_classifier_is_trained_once_for_utility_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = compare(census(3, 200), census(2, 200), anchor=census(1, 200))
    fits = []
    fit = classifier.Classifier.fit
    monkeypatch.setattr(classifier.Classifier, "fit", lambda *given, seed: fits.append(seed) or fit(*given, seed=seed))
    groups.measure(comparison)
    assert len(fits) == 1
    utility.measure(comparison)
    assert len(fits) == 2  # the second is that of the real rows


def test_wrong_labels_in_one_group_lower_the_utility_of_that_group_only() -> None:
    anchor, holdout = census(1, 1500), census(2, 600)
    shuffled = pl.when(pl.col("sex") == "f").then(pl.lit("no")).otherwise("rich").alias("rich")
    before, after = measured(anchor, holdout), measured(anchor.with_columns(shuffled), holdout)
    assert after["group_utility sex=f"] < before["group_utility sex=f"] - 0.1
    assert after["group_utility sex=m"] == pytest.approx(before["group_utility sex=m"], abs=0.05)
    assert after["group_gap"] > before["group_gap"] + 0.1
    rate = float((holdout.filter(pl.col("sex") == "f")["rich"] == "yes").mean())  # type: ignore[arg-type]
    assert after["label_rate_gap"] == pytest.approx(rate)
    assert before["group_share_gap"] == after["group_share_gap"]


def test_a_group_that_shrinks_changes_only_its_share() -> None:
    holdout = census(2, 400)
    thinned = pl.concat([holdout.filter(pl.col("sex") == "m"), *[holdout.filter(pl.col("sex") == "f")] * 3])
    p, q = (float((rows["sex"] == "f").mean()) for rows in (thinned, holdout))  # type: ignore[arg-type]
    found = groups.measure(compare(thinned, holdout))
    assert named(found)["group_share_gap"] == pytest.approx(p - q)
    claimed = np.sqrt(p * (1 - p) / thinned.height + q * (1 - q) / 400)
    assert errors(found)["group_share_gap"] == pytest.approx(claimed, rel=0.15)
    assert named(found)["label_rate_gap"] == pytest.approx(0.0)


def test_levels_of_few_rows_are_not_measured_and_null_is_a_level() -> None:
    reference = census(2, 400).with_columns(
        sex=pl.when(pl.int_range(400) < 29).then(pl.lit("few")).when(pl.int_range(400) < 59).then(None).otherwise("sex")
    )
    synthetic = census(3, 400)
    found = measured(synthetic, reference)
    assert {key for key in found if " sex" in key} == {
        "group_utility sex is null", "group_utility sex=f", "group_utility sex=m", "rarest_group_utility sex is null",
    }  # fmt: skip
    assert found["rarest_group_utility"] == found["group_utility sex is null"]
    assert found["label_rate_gap"] == 1.0
    counts = [dict(rows["sex"].value_counts().iter_rows()) for rows in (synthetic, reference)]
    changes = [abs(counts[0].get(level, 0) - counts[1].get(level, 0)) / 400 for level in ("f", "m", "few", None)]
    assert found["group_share_gap"] == pytest.approx(max(changes))


def test_unlabelled_rows_of_a_group_do_not_count() -> None:
    holdout = census(2, 400)
    hidden = holdout.with_columns(rich=pl.when(pl.col("sex") == "m").then("rich"))
    found = measured(census(3, 400), hidden, anchor=holdout)
    assert {key for key in found if "=" in key} == {"group_utility sex=m", "rarest_group_utility sex=m"}
    assert found["group_gap"] == 0.0


def test_against_the_previous_generation_its_rows_are_the_test() -> None:
    previous = census(4, 300)
    wrong = previous.with_columns(rich=pl.col("rich").replace({"yes": "no", "no": "yes"}))
    one, other = (
        measured(census(3, 500), rows, anchor=census(1, 300), against="previous") for rows in (previous, wrong)
    )
    assert one["group_utility"] == pytest.approx(1 - other["group_utility"])


def test_without_group_columns_there_is_nothing_to_measure() -> None:
    bare = Schema(tuple(column for column in CENSUS.columns if column.name != "sex"))
    rows = census(1, 100).select(bare.names)
    comparison: Comparison = compare(rows, rows, schema=bare)
    assert groups.measure(comparison) == []


def test_a_group_is_named_after_its_level() -> None:
    assert [Group("sex", level).name for level in ("f", None)] == ["sex=f", "sex is null"]
