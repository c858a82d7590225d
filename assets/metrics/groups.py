"""Group metrics: utility, share and label rate of each group of rows."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Column

ENDPOINTS = (
    Endpoint(
        "group_utility",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "utility on the rows of one group, mean over groups",
    ),
    Endpoint(
        "rarest_group_utility",
        Definition.UTILITY_FALLS,
        Reading.TAILS,
        "higher",
        "utility on the rows of the group that is rarest in the anchor",
    ),
    Endpoint("group_gap", Definition.UTILITY_FALLS, Reading.ANY_RISK, "lower", "largest − smallest utility of a group"),
    Endpoint("group_share_gap", Definition.SHAPE_DEFORMS, Reading.MODES, "lower", "largest change of a group's share"),
    Endpoint(
        "label_rate_gap",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "largest total variation of the label within a group",
    ),
)

FEWEST_ROWS = 30
"""Fewest labelled test or reference rows of a group that is measured."""


@dataclass(frozen=True)
class Group:
    """One level of a group column; null is a level."""

    column: str
    level: str | None

    @property
    def name(self) -> str:
        """The group's name, such as ``sex=Female``, or ``sex is null`` for null."""
        return f"{self.column} is null" if self.level is None else f"{self.column}={self.level}"

    def of(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether each row belongs to the group."""
        return rows[self.column].eq_missing(pl.Series([self.level], dtype=pl.String)).to_numpy()


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``group_utility``, ``rarest_group_utility``, ``group_gap``, ``group_share_gap`` and ``label_rate_gap``.

    - ``group_utility``: accuracy of the classifier of ``utility`` on the test rows of each level of a group column with
      at least 30 labelled test rows; for all rows, the unweighted mean over these levels.
    - ``rarest_group_utility``: the accuracy for the measured level that is rarest in the anchor; of equally rare ones,
      the first.
    - ``group_gap``: the largest − the smallest accuracy; the error is that of a difference of independent groups.
    - ``group_share_gap``: the largest |share in synthetic − share in reference| of a level.
    - ``label_rate_gap``: the largest total variation distance between the labels of both sides within a level that has
      at least 30 labelled reference rows; 1 where no synthetic row of it has a label.

    The error of a largest or smallest value is that of its group. Without group columns nothing is measured; without a
    level of enough rows, only ``group_share_gap``.
    """
    columns = comparison.schema.groups
    if not columns:
        return []
    return [*_utilities(comparison, columns), _share_gap(comparison, columns), *_label_rate_gap(comparison, columns)]


def _groups(rows: pl.DataFrame, columns: list[Column]) -> list[Group]:
    return [Group(column.name, level) for column in columns for level in rows[column.name].unique().sort()]


def _utilities(comparison: Comparison, columns: list[Column]) -> list[Measurement]:
    (rows, points), label = comparison.test, comparison.probe.label.name
    labelled = rows[label].is_not_null().to_numpy()
    right = (comparison.classifier.predict(points) == rows[label].to_numpy())[labelled]
    test = rows.filter(labelled)
    members = {group: own for group in _groups(test, columns) if (own := group.of(test)).sum() >= FEWEST_ROWS}
    if not members:
        return []
    found = {group: _share_right(right[own]) for group, own in members.items()}
    values = [value for value, _ in found.values()]
    # A row belongs to one group of each column: its influence on the mean is the sum of its influences on these groups.
    moved = [(right - found[group][0]) * own / own.mean() / len(found) for group, own in members.items()]
    error = float(np.sum(moved, axis=0).std() / np.sqrt(len(right)))
    measured = [Measurement("group_utility", float(np.mean(values)), error)]
    measured += [Measurement("group_utility", *each, group.name) for group, each in found.items()]
    sizes = {group: int(group.of(comparison.probe.anchor).sum()) for group in found}
    known = [group for group in found if sizes[group]]
    if known:
        measured.append(Measurement("rarest_group_utility", *found[min(known, key=lambda group: sizes[group])]))
    most, least = (choose(found.values(), key=lambda each: each[0]) for choose in (max, min))
    return [*measured, Measurement("group_gap", most[0] - least[0], float(np.hypot(most[1], least[1])))]


def _share_right(right: np.ndarray) -> tuple[float, float]:
    """Return the accuracy with its binomial standard error."""
    return float(right.mean()), float(right.std() / np.sqrt(len(right)))


def _share_gap(comparison: Comparison, columns: list[Column]) -> Measurement:
    sides = (comparison.synthetic, comparison.reference)
    gaps = []
    for group in _groups(pl.concat([side.select(column.name for column in columns) for side in sides]), columns):
        p, q = (float(group.of(side).mean()) for side in sides)
        variance = p * (1 - p) / sides[0].height + q * (1 - q) / sides[1].height
        gaps.append((abs(p - q), float(np.sqrt(variance))))
    return Measurement("group_share_gap", *max(gaps, key=lambda gap: gap[0]))


def _label_rate_gap(comparison: Comparison, columns: list[Column]) -> list[Measurement]:
    label = comparison.probe.label.name
    sides = [side.filter(pl.col(label).is_not_null()) for side in (comparison.synthetic, comparison.reference)]
    gaps = []
    for group in _groups(sides[1], columns):
        labels = [side[label].filter(pl.Series(group.of(side))) for side in sides]
        if len(labels[1]) >= FEWEST_ROWS:
            gaps.append(_total_variation(*labels))
    return [Measurement("label_rate_gap", *max(gaps, key=lambda gap: gap[0]))] if gaps else []


def _total_variation(x: pl.Series, y: pl.Series) -> tuple[float, float]:
    """Return ½ Σ |p − q| of two samples with the plug-in standard error; 1 and NaN if x is empty."""
    if not len(x):
        return 1.0, float("nan")
    codes = pl.concat([x, y]).rank("dense").to_numpy() - 1
    p, q = (
        np.bincount(side, minlength=int(codes.max()) + 1) / len(side) for side in (codes[: len(x)], codes[len(x) :])
    )
    towards = np.sign(p - q) / 2
    variance = sum(float(share @ towards**2 - (share @ towards) ** 2) / len(side) for share, side in ((p, x), (q, y)))
    return float(np.abs(p - q).sum() / 2), float(np.sqrt(max(variance, 0.0)))


METRIC = RowMetric(
    name="groups",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
    needs_group=True,
)
