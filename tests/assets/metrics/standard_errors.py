"""Simulations that hold the standard errors of metrics against the spread of their values over repeated samples.

``python -m tests.assets.metrics.standard_errors`` prints the table of ``docs/science.md``; a few minutes on one core.
"""

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import Measurement, RowMetric
from outcross.assets.metrics.registry import ENDPOINTS, METRICS
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Schema
from tests.assets.evaluation.tables import CENSUS, census, compare
from tests.assets.metrics.recorded import IMAGE, TEXT, bright_bars, zipfian_text

Draw = Callable[[int, int], pl.DataFrame]
"""Draws (seed, rows) of a population."""

DRAWS, SYNTHETIC, REFERENCE, ANCHOR = 120, 300, 250, 600
CHECKED = (
    "coverage", "density", "precision", "recall", "two_sample_auc", "association_drift", "correlation_drift",
    "group_share_gap", "label_rate_gap", "ks", "pair_trends",
)  # fmt: skip
"""The endpoints whose errors are to be within 15 % of the spread."""
METRICS_CHECKED = ("neighbours", "two_sample", "pairs", "groups", "shapes")


@dataclass(frozen=True)
class Calibration:
    """What an endpoint's standard errors claim, and what is true.

    Attributes:
        mean: mean value over draws of both sides; the anchor stays.
        spread: standard deviation of the value over these draws.
        claimed: mean standard error.
        covered: share of draws whose 95 % interval contains the mean value.
    """

    mean: float
    spread: float
    claimed: float
    covered: float

    @property
    def ratio(self) -> float:
        """The mean standard error ÷ the spread."""
        return self.claimed / self.spread if self.spread else float("nan")


def equal(seed: int, rows: int) -> pl.DataFrame:
    """Draw synthetic rows of the reference's own population."""
    return census(seed, rows)


def damaged(seed: int, rows: int) -> pl.DataFrame:
    """Draw rows with noisier pay, independent work, no town d, fewer women and other labels for a part of them."""
    draws, found = np.random.default_rng([seed, 1]), census(seed, rows)
    noise = pl.Series(draws.normal(0, 5, rows))
    lost, hit = pl.Series(draws.random(rows) < 0.3), pl.Series(draws.random(rows) < 0.25)
    return found.with_columns(
        pay=pl.col("pay") + noise,
        work=pl.col("work").shuffle(seed=seed),
        town=pl.when(pl.col("town") == "d").then(pl.lit("c")).otherwise("town"),
        sex=pl.when(lost).then(pl.lit("m")).otherwise("sex"),
        rich=pl.when(hit & (pl.col("sex") == "f")).then(pl.lit("no")).otherwise("rich"),
    )


def shifted(seed: int, rows: int) -> pl.DataFrame:
    """Draw rows that are slightly older and better paid."""
    return census(seed, rows).with_columns(age=pl.col("age") + 2.0, pay=pl.col("pay") * 1.1)


POPULATIONS: Mapping[str, Draw] = {"equal": equal, "shifted": shifted, "damaged": damaged}


def text(seed: int, rows: int) -> pl.DataFrame:
    """Draw rows of words by Zipf's law."""
    return zipfian_text(seed, rows, 120)


def image(seed: int, rows: int) -> pl.DataFrame:
    """Draw images of bright bars."""
    return bright_bars(seed, rows, 0.34)


RATIOS: Mapping[str, tuple[Draw, Schema, tuple[str, ...]]] = {
    "table": (equal, CENSUS, ("variance_ratio", "entropy_ratio", "vendi", "rare_mass", "tail_mass", "privacy")),
    "text": (text, TEXT, ("entropy_ratio", "vendi", "zipf_slope", "cross_entropy")),
    "image": (image, IMAGE, ("variance_ratio", "entropy_ratio", "vendi", "spectrum", "privacy")),
}
"""Modality → a population, its columns, and the metrics that are ratios to real data, 1 for equal populations."""


def calibrate(
    draw: Draw,
    *,
    real: Draw = equal,
    schema: Schema = CENSUS,
    metrics: Collection[str] = METRICS_CHECKED,
    draws: int = DRAWS,
    rows: tuple[int, int] = (SYNTHETIC, REFERENCE),
    anchor: int = ANCHOR,
) -> dict[str, Calibration]:
    """Measure repeated draws of both sides; return endpoint → calibration of its standard error."""
    fixed = real(1, anchor)
    found: dict[str, list[tuple[float, float]]] = {}
    with bounded_threads():
        for number in range(draws):
            synthetic, reference = draw(2 * number + 10, rows[0]), real(2 * number + 11, rows[1])
            comparison = compare(synthetic, reference, anchor=fixed, schema=schema, seed=number)
            for each in _measure(comparison, metrics):
                if not each.about:
                    found.setdefault(each.metric, []).append((each.value, each.standard_error))
    return {name: _calibration(np.array(pairs)) for name, pairs in found.items()}


def _measure(comparison: object, metrics: Collection[str]) -> list[Measurement]:
    chosen = [each for each in METRICS if isinstance(each, RowMetric) and each.name in metrics]
    return [found for metric in chosen for found in metric.measure(comparison)]  # type: ignore[arg-type]


def _calibration(pairs: np.ndarray) -> Calibration:
    values, errors = pairs.T
    inside = np.abs(values - values.mean()) <= 1.96 * errors
    return Calibration(float(values.mean()), float(values.std(ddof=1)), float(errors.mean()), float(inside.mean()))


def ratios_of_equals(modality: str, *, draws: int = DRAWS) -> dict[str, Calibration]:
    """Measure equal populations; return the calibration of each endpoint that is a ratio to real data."""
    draw, schema, metrics = RATIOS[modality]
    found = calibrate(draw, real=draw, schema=schema, metrics=metrics, draws=draws)
    return {name: each for name, each in found.items() if ENDPOINTS[name].direction in {"one", "fall"}}


def main(draws: int = DRAWS) -> None:
    """Print a line per endpoint: ratio and coverage in each population."""
    found = {name: calibrate(draw, draws=draws) for name, draw in POPULATIONS.items()}
    lines = ["| endpoint | " + " | ".join(f"{name}: SE ÷ SD | covered" for name in found) + " |"]
    lines.append("|---" * (1 + 2 * len(found)) + "|")
    for endpoint in next(iter(found.values())):
        cells = [f"{each[endpoint].ratio:.2f} | {each[endpoint].covered:.2f}" for each in found.values()]
        lines.append(f"| `{endpoint}` | " + " | ".join(cells) + " |")
    lines += ["", "| equal populations | | mean | ± |", "|---|---|---|---|"]
    for modality in RATIOS:
        for endpoint, each in ratios_of_equals(modality, draws=draws).items():
            lines.append(f"| `{endpoint}` | {modality} | {each.mean:.3f} | {each.spread / np.sqrt(draws):.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
