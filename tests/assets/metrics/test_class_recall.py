import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics import class_recall
from outcross.assets.metrics.class_recall import find_recalled
from outcross.assets.metrics.contract import Comparison
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.images import compare_images, rows_of, three_parts, tiny
from tests.assets.evaluation.tables import errors, named

SMALL = tiny((2, 2))


def clouds(seed: int, rows: int) -> pl.DataFrame:
    """Two classes of four-pixel images, each around its own grey."""
    labels = ["dark", "light"] * (rows // 2)
    centres = np.where(np.array(labels) == "dark", 80.0, 160.0)
    return rows_of(SMALL, gaussian(seed, rows, 4).reshape(-1, 2, 2) * 20 + centres[:, None, None], list(labels))


def compare(synthetic: pl.DataFrame, reference: pl.DataFrame) -> Comparison:
    probe = build_probe(reference, reference, SMALL, seed=1)
    return Comparison(synthetic=synthetic, reference=reference, schema=SMALL, probe=probe, seed=1, against="holdout")


def test_a_point_is_recalled_in_the_ball_of_a_fifth_neighbour() -> None:
    from scipy.spatial.distance import cdist

    made, real = gaussian(1, 40, 3), gaussian(2, 60, 3) * 1.4
    radii = np.sort(cdist(made, made), axis=1)[:, 5]
    assert find_recalled(made, real).tolist() == (cdist(made, real) <= radii[:, None]).any(axis=0).tolist()
    assert not find_recalled(made[:1], real).any()


def test_a_lost_class_has_recall_0_and_does_not_change_the_others() -> None:
    _, _, fresh, _ = three_parts("digits")
    whole = named(class_recall.measure(compare_images("digits", fresh)))
    lacking = named(class_recall.measure(compare_images("digits", fresh.filter(pl.col("label") != "4"))))
    assert lacking["worst_class_recall"] == lacking["worst_class_recall label=4"] == 0.0
    assert lacking["class_recall"] == pytest.approx(whole["class_recall"] - whole["class_recall label=4"] / 10)
    for level in "012356789":
        assert lacking[f"class_recall label={level}"] == whole[f"class_recall label={level}"]
    assert lacking["class_recall label=4"] == 0.0
    assert whole["worst_class_recall"] == min(value for name, value in whole.items() if "label" in name) > 0.3


def test_a_class_whose_rows_have_another_label_is_not_recalled() -> None:
    rows, real = clouds(1, 200), clouds(2, 200)
    turned = rows.with_columns(label=pl.col("label").replace({"dark": "light", "light": "dark"}))
    assert named(class_recall.measure(compare(rows, real)))["class_recall"] > 0.9
    assert named(class_recall.measure(compare(turned, real)))["class_recall"] < 0.05


def test_rows_without_a_label_count_for_no_class() -> None:
    rows, real = clouds(1, 100), clouds(2, 100)
    without = pl.lit(None, pl.String)
    found = named(class_recall.measure(compare(rows.with_columns(label=without), real)))
    assert found["class_recall"] == 0.0
    assert class_recall.measure(compare(rows, real.with_columns(label=without))) == []


def test_classes_of_fewer_than_ten_reference_rows_are_left_out() -> None:
    rows, real = clouds(1, 100), clouds(2, 100)
    few = pl.concat([real.filter(label="dark")[:9], real.filter(label="light")])
    assert set(named(class_recall.measure(compare(rows, few)))) == {
        "class_recall",
        "class_recall label=light",
        "worst_class_recall",
        "worst_class_recall label=light",
    }


def test_the_standard_error_is_the_spread_over_repeated_references() -> None:
    rows = clouds(1, 60)
    found = [class_recall.measure(compare(rows, clouds(seed, 80))) for seed in range(2, 152)]
    for name in ("class_recall", "class_recall label=dark"):
        values = np.array([named(each)[name] for each in found])
        claimed = np.array([errors(each)[name] for each in found])
        assert claimed.mean() == pytest.approx(values.std(), rel=0.2)
