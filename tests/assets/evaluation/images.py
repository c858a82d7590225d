"""Images for tests, intact and distorted: blurred, noisy, or without some classes."""

from functools import cache

import numpy as np
import polars as pl

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.metrics.contract import Against, Comparison
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import Digits
from tests.shared_data import shared_data

MNIST = Schema(
    (Column(name="image", role=Role.IMAGE, shape=(28, 28), levels=255), Column(name="label", role=Role.LABEL))
)


def rows_of(schema: Schema, pixels: np.ndarray, labels: list[str | None]) -> pl.DataFrame:
    """Canonical rows of (rows, height, width) grey values, rounded and clipped to what the schema allows."""
    assert schema.image is not None
    grey = np.clip(np.rint(pixels), 0, schema.image.levels or 255).astype(np.uint8)
    return pl.DataFrame({"image": grey.reshape(len(pixels), -1), "label": labels}, schema=schema.polars)


def pixels_of(schema: Schema, rows: pl.DataFrame) -> np.ndarray:
    """(rows, height, width) float64 grey values."""
    assert schema.image is not None and schema.image.shape is not None
    return rows["image"].to_numpy().reshape(-1, *schema.image.shape).astype(np.float64)


def blurred(schema: Schema, rows: pl.DataFrame) -> pl.DataFrame:
    """Average each pixel with its neighbours, weights 1 2 1 in both directions; three times for large images."""
    pixels = pixels_of(schema, rows)
    for _ in range(3 if pixels.shape[1] > 16 else 1):
        for axis in (1, 2):
            padded = np.pad(pixels, [(1, 1) if at == axis else (0, 0) for at in range(3)])
            before, after = (np.take(padded, np.arange(pixels.shape[axis]) + step, axis) for step in (0, 2))
            pixels = (before + 2 * pixels + after) / 4
    return rows_of(schema, pixels, rows["label"].to_list())


def noisy(schema: Schema, rows: pl.DataFrame, *, deviation: float = 0.25) -> pl.DataFrame:
    """Add normal noise to every pixel; its deviation is a share of the highest grey value."""
    assert schema.image is not None
    pixels = pixels_of(schema, rows)
    noise = np.random.default_rng(3).normal(0, deviation * (schema.image.levels or 255), pixels.shape)
    return rows_of(schema, pixels + noise, rows["label"].to_list())


@cache
def three_parts(kind: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, Schema]:
    """Anchor, holdout, other real rows, and the schema of ``digits``, or of ``mnist10k`` where that file exists."""
    if kind == "digits":
        data = Digits(kind="digits").load()
        rows, schema, sizes = data.rows, data.schema, (800, 400)
    else:
        raw = pl.read_parquet(shared_data("mnist10k.parquet"))
        rows, schema, sizes = raw.cast(MNIST.polars), MNIST, (2000, 800)  # type: ignore[arg-type]
    rows = rows.sample(fraction=1.0, shuffle=True, seed=11)
    anchor, holdout = rows[: sizes[0]], rows[sizes[0] : sum(sizes)]
    return anchor, holdout, rows[sum(sizes) :][: sizes[0]], schema


@cache
def probe_of(kind: str) -> Probe:
    """The probe of those parts."""
    anchor, holdout, _, schema = three_parts(kind)
    return build_probe(anchor, holdout, schema, seed=5)


def compare_images(
    kind: str, synthetic: pl.DataFrame, *, reference: pl.DataFrame | None = None, against: Against = "holdout"
) -> Comparison:
    """A comparison with the holdout of those parts, or with other rows."""
    _, holdout, _, schema = three_parts(kind)
    return Comparison(
        synthetic=synthetic,
        reference=holdout if reference is None else reference,
        schema=schema,
        probe=probe_of(kind),
        seed=1,
        against=against,
    )


def measured(kind: str, synthetic: pl.DataFrame, metrics: list[str] | None = None) -> dict[str, tuple[float, float]]:
    """Return metric → value and standard error for all rows, against the holdout."""
    _, holdout, _, schema = three_parts(kind)
    found = evaluate(
        synthetic=synthetic, reference=holdout, schema=schema, probe=probe_of(kind), seed=1, against="holdout",
        metrics=metrics,
    )  # fmt: skip
    lines = found.filter(pl.col("about") == "").select("metric", "value", "standard_error")
    return {metric: (value, error) for metric, value, error in lines.iter_rows()}


def tiny(shape: tuple[int, int]) -> Schema:
    """Images of a shape with 256 greys, and a label."""
    return Schema(
        (Column(name="image", role=Role.IMAGE, shape=shape, levels=255), Column(name="label", role=Role.LABEL))
    )
