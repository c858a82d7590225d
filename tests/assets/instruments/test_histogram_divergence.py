import math
from itertools import pairwise

import numpy as np
import pytest

from outcross.assets.instruments.histogram_divergence import frontier_area, frontier_integral
from tests.assets.evaluation.texts import errors_over_spread

P, Q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.25, 0.25, 0.4])


def kl(p: list[float], r: list[float]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(p, r, strict=True) if a > 0)


def area_in_words_of_the_paper(p: list[float], q: list[float], *, c: float = 5, points: int) -> float:
    """arXiv 2102.01454: the curve of equation 1 with ends at (1, 0) and (0, 1), its area by trapezoids."""
    curve = [(1.0, 0.0)]
    for step in range(points):
        weight = (step + 0.5) / points if points > 25 else 1e-6 + step / (points - 1) * (1 - 2e-6)
        r = [weight * a + (1 - weight) * b for a, b in zip(p, q, strict=True)]
        curve.append((math.exp(-c * kl(q, r)), math.exp(-c * kl(p, r))))
    curve.append((0.0, 1.0))
    return sum((x - next_x) * (y + next_y) / 2 for (x, y), (next_x, next_y) in pairwise(curve))


def integral_in_words_of_the_paper(p: list[float], q: list[float]) -> float:
    """arXiv 2106.07898, definition 2, by the midpoint rule."""
    total, steps = 0.0, 20_000
    for step in range(steps):
        weight = (step + 0.5) / steps
        r = [weight * a + (1 - weight) * b for a, b in zip(p, q, strict=True)]
        total += 2 * (weight * kl(p, r) + (1 - weight) * kl(q, r)) / steps
    return total


@pytest.mark.parametrize("seed", range(4))
def test_the_area_equals_that_of_the_papers_curve(seed: int) -> None:
    x, y = np.random.default_rng(seed).multinomial(60, [P, Q])
    x[seed] = 0
    p, q = (x / x.sum()).tolist(), (y / y.sum()).tolist()
    area, _ = frontier_area(x, y)
    assert area == pytest.approx(area_in_words_of_the_paper(p, q, points=25), abs=1e-9)
    assert area == pytest.approx(area_in_words_of_the_paper(p, q, points=5_000), abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_the_integral_equals_the_papers_definition(seed: int) -> None:
    x, y = np.random.default_rng(seed).multinomial(60, [P, Q])
    smooth = [((side + 0.5) / (side.sum() + 2)).tolist() for side in (x, y)]
    assert frontier_integral(x, y)[0] == pytest.approx(integral_in_words_of_the_paper(*smooth), abs=1e-6)


def test_equal_histograms_have_area_one_and_integral_zero() -> None:
    x = np.array([5, 0, 12, 3])
    assert frontier_area(x, x)[0] == pytest.approx(1.0, abs=1e-6)
    assert frontier_area(x, 7 * x)[0] == pytest.approx(1.0, abs=1e-6)
    assert frontier_integral(x, x)[0] == pytest.approx(0.0, abs=1e-12)


def test_histograms_without_a_common_cell_have_the_closed_forms() -> None:
    x, y = np.array([1_000_000, 0]), np.array([0, 1_000_000])
    closed = 5 * math.gamma(6) * math.gamma(5) / math.gamma(11)
    assert frontier_area(x, y)[0] == pytest.approx(closed, abs=2e-4)
    assert frontier_integral(x, y)[0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_cell_that_is_empty_on_both_sides_changes_neither_the_area_nor_its_error(place: int) -> None:
    x, y = np.array([5, 0, 12, 3]), np.array([8, 2, 9, 0])
    wider = frontier_area(np.insert(x, place, 0), np.insert(y, place, 0))
    assert wider == pytest.approx(frontier_area(x, y)) and wider[1] > 0


def test_the_order_of_the_sides_does_not_matter() -> None:
    x, y = np.array([5, 0, 12, 3]), np.array([8, 2, 9, 0])
    assert frontier_area(x, y) == pytest.approx(frontier_area(y, x))
    assert frontier_integral(x, y) == pytest.approx(frontier_integral(y, x))


def test_histograms_farther_apart_have_less_area_and_more_integral() -> None:
    steps = [np.round(1000 * ((1 - t) * P + t * Q)).astype(int) for t in (0.0, 0.3, 0.6, 1.0)]
    areas = [frontier_area(steps[0], each)[0] for each in steps]
    integrals = [frontier_integral(steps[0], each)[0] for each in steps]
    assert areas == sorted(areas, reverse=True)
    assert integrals == sorted(integrals)


@pytest.mark.parametrize("measure", [frontier_area, frontier_integral])
def test_the_standard_error_is_the_spread_over_repeated_samples(measure: object) -> None:
    def drawn(seed: int) -> tuple[float, float]:
        random = np.random.default_rng(seed)
        return measure(random.multinomial(400, P), random.multinomial(300, Q))  # type: ignore[operator]

    assert errors_over_spread(drawn, 400) == pytest.approx(1.0, abs=0.12)
