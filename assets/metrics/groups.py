"""Group metrics: utility, share and label rate of each group of rows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.instruments.redrawn import redraw_shares
from outcross.assets.instruments.regressor import explained_variance, read_targets
from outcross.assets.instruments.standard_error import NONE
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.levels import Levels
from outcross.resources.schema import Column, Schema
from outcross.resources.seeds import derive_seed, generator

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
      at least 30 labelled test rows; for all rows, the unweighted mean over these levels. Where the data have a target,
      it is R² within the level instead; a level of equal targets is left out.
    - ``rarest_group_utility``: that of the measured level that is rarest in the anchor; of equally rare ones, the
      first. A second line names the level.
    - ``group_gap``: the largest − the smallest of them. These three have no standard error: how a classifier of other
      synthetic rows would treat the groups is not known from one, and matters where one group's labels are damaged.
    - ``group_share_gap``: the largest |share in synthetic − share in reference| of a level.
    - ``label_rate_gap``: the largest total variation distance between the labels of both sides within a level that has
      at least 30 labelled reference rows; 1 where no synthetic row of it has a label. It needs a label.

    The errors of the other two gaps are spreads over draws around what was seen, since a largest value varies less than
    each of those it is chosen from, see :mod:`outcross.assets.instruments.redrawn`. Without group columns nothing is
    measured; without a level of enough rows, only ``group_share_gap``.
    """
    columns = comparison.schema.groups
    if not columns:
        return []
    measured = [*_utilities(comparison, columns), _share_gap(comparison, columns)]
    return measured if comparison.schema.label is None else [*measured, *_label_rate_gap(comparison, columns)]


def _groups(rows: pl.DataFrame, columns: list[Column]) -> list[Group]:
    return [Group(column.name, level) for column in columns for level in rows[column.name].unique().sort()]


Judge = Callable[[np.ndarray], float]
"""Accuracy, or R², on the test rows that are named by (rows,) whether each is among them."""


def _judge(comparison: Comparison) -> tuple[pl.DataFrame, Judge]:
    """Return the test rows that have a label or target, and what scores some of them."""
    (rows, points), outcome = comparison.test, comparison.probe.outcome.name
    present = rows[outcome].is_not_null().to_numpy()
    rows, points = rows.filter(present), points[present]
    if comparison.probe.schema.label is None:
        predicted, values = comparison.regressor.predict(points), read_targets(rows[outcome])
        return rows, lambda own: explained_variance(predicted[own], values[own])[0]
    right = comparison.classifier.predict(points) == rows[outcome].to_numpy()
    return rows, lambda own: float(right[own].mean())


def _utilities(comparison: Comparison, columns: list[Column]) -> list[Measurement]:
    test, judge = _judge(comparison)
    members = {group: own for group in _groups(test, columns) if (own := group.of(test)).sum() >= FEWEST_ROWS}
    found = {group: value for group, own in members.items() if np.isfinite(value := judge(own))}
    if not found:
        return []
    measured = [Measurement("group_utility", float(np.mean([*found.values()])), NONE)]
    measured += [Measurement("group_utility", value, NONE, group.name) for group, value in found.items()]
    sizes = {group: int(group.of(comparison.probe.anchor).sum()) for group in found}
    known = [group for group in found if sizes[group]]
    if known:
        rarest = min(known, key=lambda group: sizes[group])
        measured.append(Measurement("rarest_group_utility", found[rarest], NONE))
        measured.append(Measurement("rarest_group_utility", found[rarest], NONE, rarest.name))
    return [*measured, Measurement("group_gap", max(found.values()) - min(found.values()), NONE)]


def _random(comparison: Comparison, name: str) -> np.random.Generator:
    return generator(derive_seed(name, comparison.seed))


def _share_gap(comparison: Comparison, columns: list[Column]) -> Measurement:
    random = _random(comparison, "group share gap")
    gaps, drawn = [], []
    for column in columns:
        counts = _count(*(side[column.name] for side in (comparison.synthetic, comparison.reference)))
        shares = [count / count.sum() for count in counts]
        gaps.append(float(np.abs(shares[0] - shares[1]).max()))
        redrawn = redraw_shares(random, counts)
        drawn.append(np.abs(redrawn[0] - redrawn[1]).max(axis=1))
    return Measurement("group_share_gap", max(gaps), float(np.max(drawn, axis=0).std(ddof=1)))


def _label_rate_gap(comparison: Comparison, columns: list[Column]) -> list[Measurement]:
    label = comparison.probe.label.name
    sides = [side.filter(pl.col(label).is_not_null()) for side in (comparison.synthetic, comparison.reference)]
    random = _random(comparison, "label rate gap")
    gaps, drawn = [], []
    for group in _groups(sides[1], columns):
        labels = [side[label].filter(pl.Series(group.of(side))) for side in sides]
        if len(labels[1]) < FEWEST_ROWS:
            continue
        if not len(labels[0]):
            return [Measurement("label_rate_gap", 1.0, NONE)]
        counts = _count(*labels)
        gaps.append(float(np.abs(counts[0] / counts[0].sum() - counts[1] / counts[1].sum()).sum() / 2))
        redrawn = redraw_shares(random, counts)
        drawn.append(np.abs(redrawn[0] - redrawn[1]).sum(axis=1) / 2)
    if not gaps:
        return []
    return [Measurement("label_rate_gap", max(gaps), float(np.max(drawn, axis=0).std(ddof=1)))]


def _count(x: pl.Series, y: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return (levels,) counts of two samples; null is a level."""
    codes = pl.concat([x, y]).rank("dense").fill_null(0).to_numpy().astype(np.intp)
    of_x, of_y = (np.bincount(side, minlength=int(codes.max()) + 1) for side in (codes[: len(x)], codes[len(x) :]))
    return of_x, of_y


def count_levels(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Levels:
    """Count the holdout's rows of each group that have a label or target."""
    assert schema.outcome is not None
    present = pl.col(schema.outcome.name).is_not_null()
    test, both = holdout.filter(present), pl.concat([side.select(schema.names) for side in (anchor, holdout)])
    groups = _groups(both, schema.groups)
    return Levels(
        noun="group",
        fewest=FEWEST_ROWS,
        rows={group.name: int(group.of(test).sum()) for group in groups},
        all_rows={group.name: int(group.of(both).sum()) for group in groups},
    )


METRIC = RowMetric(
    name="groups",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_outcome=True,
    needs_group=True,
    of_labels=frozenset({"label_rate_gap"}),
    count_levels=count_levels,
    of_levels=frozenset({"group_utility", "rarest_group_utility", "group_gap", "label_rate_gap"}),
)
