import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.regressor import Regressor, explained_variance


def cloud(seed: int, rows: int) -> tuple[np.ndarray, pl.Series]:
    draws = np.random.default_rng(seed)
    points = draws.normal(size=(rows, 3))
    return points, pl.Series(points @ [2.0, -1.0, 0.0] + 5 + draws.normal(0, 1, rows))


def test_coefficients_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge

    points, targets = cloud(1, 80)
    ours, theirs = Regressor.fit(points, targets, seed=1), Ridge().fit(points, targets.to_numpy())
    assert ours.coefficients == pytest.approx(theirs.coef_)
    inside = points * 0.5
    assert ours.predict(inside) == pytest.approx(theirs.predict(inside))


def test_r2_is_that_of_scikit_learn_and_its_error_that_of_the_bootstrap() -> None:
    from sklearn.metrics import r2_score

    points, targets = cloud(2, 200)
    fitted = Regressor.fit(*cloud(1, 100), seed=1)
    value, error = fitted.explained(points, targets)
    predicted, truth = fitted.predict(points), targets.to_numpy()
    assert value == pytest.approx(r2_score(truth, predicted))
    draws = np.random.default_rng(3)
    again = [explained_variance(predicted[rows], truth[rows])[0] for rows in draws.integers(0, 200, (400, 200))]
    assert error == pytest.approx(np.std(again), rel=0.15)


def test_a_prediction_stays_within_the_targets_of_the_training_rows() -> None:
    points, targets = cloud(1, 50)
    predicted = Regressor.fit(points, targets, seed=1).predict(points * 1e6)
    assert predicted.min() == targets.min() and predicted.max() == targets.max()


def test_the_mean_explains_nothing_and_rows_without_a_target_do_not_count() -> None:
    values = np.array([1.0, 2.0, 6.0, np.nan])
    assert explained_variance(np.full(4, 3.0), values)[0] == pytest.approx(0.0)
    assert len(explained_variance(np.full(4, 3.0), values)[1]) == 3


@pytest.mark.parametrize("targets", [[None] * 4, [], [3.0] * 4])
def test_nothing_to_explain_is_nan(targets: list[float | None]) -> None:
    fitted = Regressor.fit(*cloud(1, 20), seed=1)
    assert np.isnan(fitted.explained(np.zeros((len(targets), 3)), pl.Series(targets, dtype=pl.Float64))[0])


def test_training_rows_of_one_target_or_none_predict_it() -> None:
    points, targets = cloud(1, 20)
    assert set(Regressor.fit(points, pl.Series([4.0] * 20), seed=1).predict(points)) == {4.0}
    assert np.isnan(Regressor.fit(points, pl.Series([None] * 20, dtype=pl.Float64), seed=1).predict(points)).all()
    assert np.isfinite(Regressor.fit(points[:1], targets[:1], seed=1).predict(points)).all()
