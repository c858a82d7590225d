"""Vitals are held to their bounds, edges included, and what could not be evaluated never counts as passed."""

import pytest

from outcross.resources.guard_engine import GuardsNotEvaluated, Vital, validate, vitals_frame

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "lower", "upper", "passes"),
    [
        (0.0, None, 0.0, True),
        (1e-12, None, 0.0, False),
        (0.0, 0.0, 0.0, True),
        (-1e-12, 0.0, 0.0, False),
        (5.0, 5.0, None, True),
        (4.9, 5.0, None, False),
        (5.0, None, None, True),
        (NAN, None, None, False),
        (NAN, 0.0, 1.0, False),
        (float("inf"), None, 1.0, False),
    ],
)
def test_a_value_passes_within_its_bounds_alone(
    value: float, lower: float | None, upper: float | None, passes: bool
) -> None:
    vital = Vital("check", "metric", "group", value, lower, upper)
    assert validate(vitals_frame([vital]))["passed"].to_list() == [passes]


def test_a_value_that_is_missing_fails() -> None:
    frame = vitals_frame([Vital("check", "metric", "", 1.0)])
    assert validate(frame.with_columns(value=None).cast(dict(frame.schema)))["passed"].to_list() == [False]


def test_an_expectation_that_cannot_be_evaluated_raises_and_passes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.expectations.expectation import Expectation

    def broken(*_: object, **__: object) -> None:
        raise ValueError("out of memory")

    monkeypatch.setattr(Expectation, "metrics_validate", broken)
    with pytest.raises(GuardsNotEvaluated, match="out of memory"):
        validate(vitals_frame([Vital("check", "metric", "", 1.0, upper=2.0)]))
