"""Line structure: whether lines break, and are indented, as often as in real text."""

import numpy as np

from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.words import Words
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "line_structure",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "higher",
        "overlap of the line breaks, by their indentation, with those of real text",
    ),
)

GROUPS = 20
"""Groups of rows of either side, each left out once by the jackknife."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``line_structure`` of the synthetic text: 1 where it is that of the reference, 0 where all is lost."""
    synthetic, reference = comparison.views
    return [Measurement("line_structure", *line_structure(synthetic.words, reference.words))]


def line_structure(x: Words, y: Words) -> tuple[float, float]:
    """Return Σ min(p, q) ÷ Σ max(p, q) over the kinds of line breaks, with its standard error (Ružička 1958).

    A kind is a line break with one indentation; p and q are its numbers per token of either side. The value is 1 if
    neither side has line breaks, and NaN if a side has no tokens. The standard error is the jackknife's over 20 groups
    of rows of either side.
    """
    kinds = sorted({word for side in (x, y) for word in side.types if word[0] == "\n"})
    (breaks, tokens), (other_breaks, other_tokens) = (_counts(side, kinds) for side in (x, y))
    p, q = _rate(breaks.sum(axis=0), tokens.sum()), _rate(other_breaks.sum(axis=0), other_tokens.sum())
    without = [_overlap(_rate(part, left), q) for part, left in _without(breaks, tokens)]
    other_without = [_overlap(p, _rate(part, left)) for part, left in _without(other_breaks, other_tokens)]
    error, other_error = (jackknife_error(np.array(values)) for values in (without, other_without))
    return _overlap(p, q), float(np.hypot(error, other_error))


def _counts(words: Words, kinds: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the line breaks of each kind, (groups, kinds), and the tokens, (groups,), of each group of rows."""
    groups = max(min(GROUPS, len(words.lengths)), 1)
    known = {kind: place for place, kind in enumerate(kinds)}
    code = np.array([known.get(word, len(kinds)) for word in words.types], dtype=np.int64)
    width = len(kinds) + 1
    cells = words.row % groups * width + code[words.ids]
    counts = np.bincount(cells, minlength=groups * width).reshape(groups, width)
    return counts[:, :-1], counts.sum(axis=1)


def _without(breaks: np.ndarray, tokens: np.ndarray) -> list[tuple[np.ndarray, int]]:
    return [(breaks.sum(axis=0) - part, int(tokens.sum() - own)) for part, own in zip(breaks, tokens, strict=True)]


def _rate(breaks: np.ndarray, tokens: int) -> np.ndarray:
    result: np.ndarray = breaks / tokens if tokens else np.full(max(len(breaks), 1), NONE)
    return result


def _overlap(p: np.ndarray, q: np.ndarray) -> float:
    if np.isnan(p).any() or np.isnan(q).any():
        return NONE
    most = np.maximum(p, q).sum()
    return float(np.minimum(p, q).sum() / most) if most else 1.0


METRIC = RowMetric(
    name="line_structure",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
)
