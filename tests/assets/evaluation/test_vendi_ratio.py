import numpy as np
import polars as pl
import pytest

from assets.evaluation.vendi_ratio import vendi_score
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.images import measured, probe_of, three_parts


def in_words_of_the_paper(points: np.ndarray) -> float:
    """Definition 3.1 of arXiv 2210.02410: the eigenvalues of the (rows, rows) similarities ÷ rows."""
    from sklearn.metrics.pairwise import cosine_similarity

    values = np.linalg.eigvalsh(cosine_similarity(points) / len(points))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


@pytest.mark.parametrize(("rows", "dimensions"), [(200, 6), (10, 30)])
def test_the_dual_form_gives_the_score_of_all_pairs(rows: int, dimensions: int) -> None:
    points = gaussian(1, rows, dimensions) * np.linspace(0.2, 3, dimensions) + 0.3
    assert vendi_score(points)[0] == pytest.approx(in_words_of_the_paper(points))


def test_it_counts_what_is_different() -> None:
    apart = np.repeat(np.eye(5) * [1, 2, 3, 4, 5], 7, axis=0)
    assert vendi_score(apart) == pytest.approx((5.0, 0.0), abs=1e-6)
    assert vendi_score(apart[:7]) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_points_at_the_origin_are_alike_and_unlike_all_others() -> None:
    points = np.array([[0.0, 0.0]] * 4 + [[2.0, 0.0]] * 4)
    assert vendi_score(points)[0] == pytest.approx(2.0)
    assert vendi_score(points[:4])[0] == pytest.approx(1.0)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    scales = np.array([3.0, 1.0, 0.5, 0.5])
    scores, errors = np.array([vendi_score(gaussian(seed, 300, 4) * scales) for seed in range(300)]).T
    assert errors.mean() == pytest.approx(scores.std(), rel=0.15)


def test_fresh_images_are_as_varied_as_real_and_fewer_classes_are_not() -> None:
    _, _, fresh, _ = three_parts("digits")
    real, error = measured("digits", fresh, ["vendi_ratio"])["vendi_ratio"]
    few, _ = measured("digits", fresh.filter(pl.col("label") < "5"), ["vendi_ratio"])["vendi_ratio"]
    assert real == pytest.approx(1.0, abs=3 * error)
    assert few < 1 - 5 * error


def test_one_image_over_and_over_counts_as_one() -> None:
    _, holdout, fresh, _ = three_parts("digits")
    whole = measured("digits", pl.concat([fresh[:1]] * holdout.height), ["vendi_ratio"])["vendi_ratio"][0]
    assert whole == pytest.approx(1 / vendi_score(probe_of("digits").holdout_view.points)[0])
