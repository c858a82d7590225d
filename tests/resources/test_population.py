"""The source of known distributions."""

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.resources.schema import Role
from outcross.resources.sources import AnySource, RealData

FAMILIES: dict[str, dict[str, Any]] = {
    "gaussian": {"dimensions": 3, "mean": 2.0, "deviation": 0.5},
    "uniform": {"upper": 4.0},
    "categorical": {"probabilities": [0.5, 0.3, 0.2]},
    "regression": {"coefficients": [1.0, -2.0], "noise": 0.5},
    "classes": {"dimensions": 3},
}
ROWS = 20_000


def load(family: str, *, rows: int = ROWS, seed: int = 1, **changes: Any) -> RealData:
    of = {"family": family, **FAMILIES[family], **changes}
    source: Any = TypeAdapter(AnySource).validate_python({"kind": "population", "rows": rows, "seed": seed, "of": of})
    loaded = source.load()
    assert isinstance(loaded, RealData)
    return loaded


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_draws_the_same_rows_and_another_does_not(family: str) -> None:
    first = load(family, rows=50)
    assert first.rows.equals(load(family, rows=50).rows)
    assert not first.rows.equals(load(family, rows=50, seed=2).rows)
    assert first.rows.height == 50
    assert dict(first.rows.schema) == first.schema.polars


@pytest.mark.parametrize("family", FAMILIES)
def test_the_truth_is_what_was_asked_for(family: str) -> None:
    truth = load(family, rows=10).truth
    assert truth is not None
    assert truth["family"] == family
    assert {name: truth[name] for name in FAMILIES[family]} == FAMILIES[family]


def test_gaussian_rows_have_the_moments_of_their_population() -> None:
    values = load("gaussian").rows.to_numpy()
    assert values.shape == (ROWS, 3)
    np.testing.assert_allclose(values.mean(axis=0), 2.0, atol=4 * 0.5 / np.sqrt(ROWS))
    np.testing.assert_allclose(values.var(axis=0), 0.25, atol=4 * 0.25 * np.sqrt(2 / ROWS))
    correlation = np.corrcoef(values.T)[np.triu_indices(3, 1)]
    assert (np.abs(correlation) < 4 / np.sqrt(ROWS)).all()


def test_uniform_rows_fill_their_support() -> None:
    values = load("uniform").rows["x1"].to_numpy()
    assert values.min() >= 0
    assert 4 * (1 - 10 / ROWS) < values.max() <= 4
    assert values.mean() == pytest.approx(2.0, abs=4 * 4 / np.sqrt(12 * ROWS))


def test_categorical_rows_have_their_probabilities() -> None:
    states = load("categorical").rows["state"]
    for state, probability in zip(("0", "1", "2"), (0.5, 0.3, 0.2), strict=True):
        error = np.sqrt(probability * (1 - probability) / ROWS)
        assert (states == state).mean() == pytest.approx(probability, abs=4 * error)


def test_regression_rows_follow_their_coefficients_but_for_the_noise() -> None:
    rows = load("regression").rows
    residual = (rows["y"] - (rows["x1"] - 2 * rows["x2"])).to_numpy()
    assert residual.mean() == pytest.approx(0, abs=4 * 0.5 / np.sqrt(ROWS))
    assert residual.std() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(2 * ROWS))
    exact = load("regression", noise=0.0, rows=100).rows
    np.testing.assert_allclose(exact["y"], exact["x1"] - 2 * exact["x2"], atol=1e-12)


def test_classes_are_the_sides_of_the_first_axis() -> None:
    data = load("classes")
    assert data.schema.label is not None
    assert data.schema.label.role is Role.LABEL
    assert ((data.rows["x1"] > 0) == (data.rows["y"] == "1")).all()
    assert data.truth is not None
    assert data.truth["direction"] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("family", "changes", "words"),
    [
        ("categorical", {"probabilities": [0.5, 0.6]}, "sum to 1"),
        ("categorical", {"probabilities": [1.2, -0.2]}, "greater than or equal to 0"),
        ("gaussian", {"deviation": 0.0}, "greater than 0"),
        ("gaussian", {"spread": 1.0}, "Extra inputs"),
        ("regression", {"coefficients": []}, "at least 1"),
        ("regression", {"coefficients": [float("nan")]}, "finite number"),
        ("gaussian", {"mean": float("inf")}, "finite number"),
        ("uniform", {"upper": float("inf")}, "finite number"),
    ],
)
def test_impossible_settings_of_a_population_are_refused(family: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        load(family, **changes)
