"""Every metric of small fixed data, for a file of numbers that a release is held against.

A verdict compares numbers of generations that may have been measured by different releases. ``make snapshot`` writes
``tests/assets/metrics/recorded.json`` again after an intended change.
"""

from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.evaluation.evaluate import ROW_METRICS, evaluate
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.contract import Against
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.tables import CENSUS, census
from tests.recorded_numbers import digits, write

RECORDED = Path(__file__).with_name("recorded.json")
TEXT = Schema((Column(name="text", role=Role.TEXT),))
IMAGE = Schema((Column(name="image", role=Role.IMAGE, shape=(6, 6), levels=16), Column(name="label", role=Role.LABEL)))
Parts = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]
"""Anchor, holdout, the synthetic rows of the previous generation, and those that are measured."""
Values = dict[str, tuple[float | None, float | None]]


def measure_all() -> dict[str, Values]:
    """Data and reference → each endpoint → value and standard error, six digits; None where there is none."""
    kinds = {"table": (tables(), CENSUS), "text": (texts(), TEXT), "image": (images(), IMAGE)}
    return {f"{kind}, {against}": found for kind, of in kinds.items() for against, found in _measured(*of).items()}


def _measured(parts: Parts, schema: Schema) -> dict[str, Values]:
    anchor, holdout, previous, synthetic = parts
    names = [metric.name for metric in ROW_METRICS]
    found: dict[str, Values] = {}
    references: list[tuple[Against, pl.DataFrame]] = [("holdout", holdout), ("previous", previous)]
    with bounded_threads():
        probe = build_probe(anchor, holdout, schema, seed=5)
        for against, reference in references:
            lines = evaluate(
                synthetic=synthetic,
                reference=reference,
                schema=schema,
                probe=probe,
                seed=3,
                against=against,
                metrics=names,
            )
            found[against] = {
                f"{metric} {about}".strip(): (digits(value), digits(error))
                for metric, about, value, error in lines.select(
                    "metric", "about", "value", "standard_error"
                ).iter_rows()
            }
    return found


def tables() -> Parts:
    """Mixed columns; the last part lacks a town, has ages that are too high, and repeats rows of the anchor."""
    anchor, holdout, previous, last = (census(seed, rows) for seed, rows in ((1, 160), (2, 140), (3, 130), (4, 110)))
    poorer = last.filter(pl.col("town") != "d").with_columns(pl.col("age") * 1.1)
    return anchor, holdout, previous, pl.concat([poorer, anchor.head(12)])


def texts() -> Parts:
    """Rows of words by Zipf's law over fewer and fewer words; the last part repeats rows."""
    anchor, holdout, previous, last = (
        zipfian_text(seed, rows, types) for seed, rows, types in ((1, 50, 120), (2, 45, 120), (3, 40, 90), (4, 36, 60))
    )
    return anchor, holdout, previous, pl.concat([last, anchor.head(3), last.head(4)])


def zipfian_text(seed: int, rows: int, types: int) -> pl.DataFrame:
    """Rows of 8 to 39 words, drawn by Zipf's law."""
    draws, mass = np.random.default_rng(seed), 1 / np.arange(1, types + 1)
    words = [draws.choice(types, draws.integers(8, 40), p=mass / mass.sum()) for _ in range(rows)]
    return pl.DataFrame({"text": [" ".join(f"w{word}" for word in row) for row in words]})


def images() -> Parts:
    """Bright bars in one of three places, with noise; the last part has fewer of the third."""
    anchor, holdout, previous, last = (
        bright_bars(seed, rows, third)
        for seed, rows, third in ((1, 90, 0.34), (2, 80, 0.34), (3, 70, 0.2), (4, 60, 0.05))
    )
    return anchor, holdout, previous, pl.concat([last, anchor.head(4)])


def bright_bars(seed: int, rows: int, third: float) -> pl.DataFrame:
    """Images of a bright bar in one of three places, the third with this share."""
    draws = np.random.default_rng(seed)
    place = draws.choice(3, rows, p=[0.6 - third / 2, 0.4 - third / 2, third])
    pixels = draws.integers(0, 5, (rows, 6, 6))
    pixels[np.arange(rows), :, 2 * place] += draws.integers(6, 12, (rows, 1))
    return pl.DataFrame(
        {"image": pixels.reshape(rows, -1).astype(np.uint8).tolist(), "label": [f"p{each}" for each in place]}
    ).cast(
        dict(IMAGE.polars)  # type: ignore[arg-type]
    )


if __name__ == "__main__":
    write(RECORDED, measure_all())
