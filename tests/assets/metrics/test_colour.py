"""Colour distance: a shift of one channel is found and named, and what keeps the colours has none."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics import colour
from outcross.assets.metrics.contract import Comparison
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.colours import coloured

IN_COLOUR = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=255, channels=3),))
GREY = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=255),))


def pictures(seed: int, shift: tuple[int, int, int] = (0, 0, 0)) -> pl.DataFrame:
    found = np.clip(coloured(150, seed)[0].astype(int) + np.array(shift), 0, 255)
    return pl.DataFrame({"image": found.reshape(len(found), -1).astype(np.uint8)}, schema=IN_COLOUR.polars)


def measured(synthetic: pl.DataFrame) -> dict[str, float]:
    real, reference = pictures(1), pictures(2)
    probe = build_probe(real, reference, IN_COLOUR, seed=1)
    comparison = Comparison(
        synthetic=synthetic, reference=reference, schema=IN_COLOUR, probe=probe, seed=1, against="holdout"
    )
    return {each.about: each.value for each in colour.measure(comparison)}


def test_a_shift_of_one_channel_is_found_and_named() -> None:
    fresh, warmer = measured(pictures(3)), measured(pictures(3, (20, 0, 0)))
    assert fresh[""] < 0.2
    deviation = (pictures(1)["image"].to_numpy().reshape(-1, 64, 3) / 255).mean(axis=1).std(axis=0)
    assert warmer["red"] == pytest.approx(20 / 255 / deviation[0], abs=0.15)
    assert warmer["red"] > 3 * fresh["red"]
    assert [warmer[name] for name in ("green", "blue")] == [fresh[name] for name in ("green", "blue")]
    assert warmer[""] == pytest.approx(np.mean([warmer[name] for name in ("red", "green", "blue", "saturation")]))


def test_grey_pictures_have_no_colour() -> None:
    assert colour.METRIC.is_defined_for(IN_COLOUR) and not colour.METRIC.is_defined_for(GREY)
