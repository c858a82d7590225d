"""Batches of pictures: each is stopped by exactly one guard, where only this guard is enforced."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.assets.corpus.pictures import pixels, with_other_pixel, with_pixels

Rows = pl.DataFrame
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class StoppedPictures:
    """A batch of pictures that a guard stops.

    Attributes:
        guard: the one that stops it, or some of its rows.
        make: makes it from 60 fresh rows, rows of the anchor and rows of the holdout.
        whole: whether all of its rows are held; else the first three are.
        declared: whether its rows are declared synthetic.
    """

    guard: str
    make: Callable[[Rows, Rows, Rows], Rows]
    whole: bool = True
    declared: bool = False


def _changed(change: Change) -> Callable[[Rows, Rows, Rows], Rows]:
    return lambda fresh, *_: with_pixels(fresh, change(pixels(fresh), np.random.default_rng(0)))


def _shift(values: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return np.roll(values.reshape(-1, 8, 8), 1, axis=2).reshape(len(values), -1)


def _repeat(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return values[random.integers(8, size=len(values))] + random.normal(0, 1, values.shape)


def _blank(values: np.ndarray, _: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(len(values))[:, None] < 12, 0, values)


CASES: dict[str, StoppedPictures] = {
    "shifted by a pixel": StoppedPictures(guard="drift", make=_changed(_shift)),
    "inverted": StoppedPictures(guard="drift", make=_changed(lambda values, _: 16 - values)),
    "brighter": StoppedPictures(guard="column_drift", make=_changed(lambda values, _: values + 4)),
    "noise": StoppedPictures(
        guard="synthetic_drift",
        make=_changed(lambda values, random: random.integers(17, size=values.shape)),
        declared=True,
    ),
    "one class": StoppedPictures(guard="picture_diversity", make=lambda fresh, anchor, _: anchor.filter(label="6")),
    "few pictures again and again, with noise": StoppedPictures(
        guard="picture_diversity", make=_changed(_repeat), declared=True
    ),
    "black pictures": StoppedPictures(guard="blank_pictures", make=_changed(_blank)),
    "pictures as near to the anchor as its own": StoppedPictures(
        guard="nearness", make=lambda fresh, anchor, _: with_other_pixel(anchor[:60]), declared=True
    ),
    "pictures of the anchor with a pixel changed": StoppedPictures(
        guard="near_duplicates",
        make=lambda fresh, anchor, _: pl.concat([with_other_pixel(anchor[:3]), fresh]),
        whole=False,
    ),
    "pictures of the holdout with a pixel changed": StoppedPictures(
        guard="holdout_overlap",
        make=lambda fresh, _, holdout: pl.concat([with_other_pixel(holdout[:3]), fresh]),
        whole=False,
    ),
}
"""What is wrong with a batch of pictures → the guard that stops it, and how to make it."""
