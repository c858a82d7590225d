import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.vendi import vendi_score
from tests.assets.evaluation.data import gaussian, split, values
from tests.assets.evaluation.images import measured, probe_of, three_parts
from tests.assets.evaluation.texts import errors_over_spread


def in_words_of_the_paper(points: np.ndarray) -> float:
    """Definition 3.1 of arXiv 2210.02410: the eigenvalues of the (rows, rows) similarities ÷ rows."""
    from sklearn.metrics.pairwise import cosine_similarity

    values = np.linalg.eigvalsh(cosine_similarity(points) / len(points))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


@pytest.mark.parametrize(("rows", "dimensions"), [(200, 6), (10, 30), (12, 12)])
def test_the_dual_form_equals_the_score_of_all_pairs(rows: int, dimensions: int) -> None:
    points = gaussian(1, rows, dimensions) * np.linspace(0.2, 3, dimensions) + 0.3
    assert vendi_score(points)[0] == pytest.approx(in_words_of_the_paper(points))


def test_the_score_counts_distinct_points() -> None:
    apart = np.repeat(np.eye(5) * [1, 2, 3, 4, 5], 7, axis=0)
    assert vendi_score(apart) == pytest.approx((5.0, 0.0), abs=1e-6)
    assert vendi_score(apart[:7]) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_points_at_the_origin_are_alike_and_unlike_all_others() -> None:
    points = np.array([[0.0, 0.0]] * 4 + [[2.0, 0.0]] * 4)
    assert vendi_score(points)[0] == pytest.approx(2.0)
    assert vendi_score(points[:4])[0] == pytest.approx(1.0)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def score(seed: int) -> tuple[float, float]:
        return vendi_score(gaussian(seed, 300, 4) * [3.0, 1.0, 0.5, 0.5])

    assert errors_over_spread(score, 300) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_real_rows_are_as_varied_as_real_rows_and_a_few_repeated_ones_less(kind: str) -> None:
    anchor, _, _ = split(kind)
    real = values(kind, anchor[::2], metrics=["vendi"])
    others, few = (values(kind, rows, metrics=["vendi"]) for rows in (anchor[1::2], pl.concat([anchor[:3]] * 50)))
    for metric in ("vendi", "vendi_ratio"):
        assert others[metric] == pytest.approx(real[metric], rel=0.1)
        assert few[metric] < 0.7 * real[metric]


def test_fresh_images_are_as_varied_as_real_ones_and_fewer_classes_are_not() -> None:
    _, _, fresh, _ = three_parts("digits")
    real, error = measured("digits", fresh, ["vendi"])["vendi_ratio"]
    few, _ = measured("digits", fresh.filter(pl.col("label") < "5"), ["vendi"])["vendi_ratio"]
    assert real == pytest.approx(1.0, abs=3 * error)
    assert few < 1 - 5 * error


def test_one_repeated_image_counts_as_one() -> None:
    _, holdout, fresh, _ = three_parts("digits")
    found = measured("digits", pl.concat([fresh[:1]] * holdout.height), ["vendi"])
    assert found["vendi"][0] == pytest.approx(1.0)
    assert found["vendi_ratio"][0] == pytest.approx(1 / vendi_score(probe_of("digits").holdout_view.points)[0])
