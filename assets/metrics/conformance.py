"""The laws of a metric of rows, asked of one metric: what studies rely on, and what a slip would break in silence."""

from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite, isnan

import numpy as np
import polars as pl

from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.contract import Comparison, Measurement, RowMetric
from outcross.assets.metrics.plugins import find_fault
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.data import Data, builtin_data
from outcross.resources.generators.conformance.law import LawBroken

SEED = 7


def check_metric(metric: RowMetric, *, data: Data | None = None) -> None:
    """Check a metric against every law, and raise the first violation.

    Args:
        metric: as its entry point offers it.
        data: real rows, of which every other one is held out; small built-in data of its kinds of rows where unset.

    Raises:
        LawBroken: the message names the law and the finding.
        BadInput: none of the built-in data suit the metric.
    """
    for _, check in metric_checks(metric, data=data):
        check()


def metric_checks(metric: RowMetric, *, data: Data | None = None) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield name and check of each law; a check raises ``LawBroken``. See :func:`check_metric` for the arguments."""
    yield "it fulfils the contract", partial(_contract, metric)
    suited = [data] if data is not None else _builtin(metric)
    if not suited:
        raise BadInput(f"metric '{metric.name}': no built-in data suit it; give rows with 'data'")
    for each in suited:
        for name, law in _LAWS.items():
            yield f"{name} ({each.schema.modality})", partial(_ask, name, law, metric, each)


def _builtin(metric: RowMetric) -> list[Data]:
    """Return one built-in data set for each kind of rows, the first that the metric is defined for."""
    found = (
        next((each for each in builtin_data(kind) if metric.is_defined_for(each.schema)), None)
        for kind in sorted(metric.modalities)
    )
    return [each for each in found if each is not None]


def _ask(name: str, law: "_Law", metric: RowMetric, data: Data) -> None:
    with bounded_threads():
        finding = law(metric, data)
    if finding:
        raise LawBroken(f"metric '{metric.name}': {name}: {finding}")


def _contract(metric: RowMetric) -> None:
    if fault := find_fault(metric, getattr(metric, "name", ""), ENDPOINTS):
        raise LawBroken(f"metric '{getattr(metric, 'name', metric)}': it fulfils the contract: it {fault}")


_Law = Callable[[RowMetric, Data], str | None]


def _comparison(data: Data, *, synthetic: pl.DataFrame | None = None) -> Comparison:
    """Compare every other row, or some rows, with the rest."""
    rows = data.rows.select(data.schema.names)
    anchor, holdout = rows.gather_every(2), rows.gather_every(2, offset=1)
    probe = build_probe(anchor, holdout, data.schema, seed=SEED)
    return Comparison(
        synthetic=anchor if synthetic is None else synthetic,
        reference=holdout,
        schema=data.schema,
        probe=probe,
        seed=SEED,
        against="holdout",
    )


def _spoiled(data: Data) -> pl.DataFrame:
    """Rows that a collapsed model would write: one row, again and again."""
    rows = data.rows.select(data.schema.names).gather_every(2)
    return pl.concat([rows[:1]] * rows.height)


def _values(found: list[Measurement]) -> dict[tuple[str, str], tuple[float, float]]:
    return {(each.metric, each.about): (float(each.value), float(each.standard_error)) for each in found}


def _declares(metric: RowMetric, data: Data) -> str | None:
    found = metric.measure(_comparison(data))
    declared, whole = {each.metric for each in metric.endpoints}, [each.metric for each in found if not each.about]
    if unknown := sorted({each.metric for each in found} - declared):
        return f"it measures '{unknown[0]}', which is none of its endpoints; declare it"
    if missing := sorted(declared - set(whole)):
        return f"it does not measure '{missing[0]}' of all rows; return a Measurement with an empty 'about'"
    twice = sorted(name for name in set(whole) if whole.count(name) > 1)
    return f"it measures '{twice[0]}' of all rows twice; return one Measurement" if twice else None


def _repeats(metric: RowMetric, data: Data) -> str | None:
    first, second = (_values(metric.measure(_comparison(data))) for _ in range(2))
    differing = [key for key in first if not np.array_equal(first[key], second.get(key, ()), equal_nan=True)]
    return (
        f"'{differing[0][0]}' has another value the second time; draw by 'comparison.seed' alone" if differing else None
    )


def _errors(metric: RowMetric, data: Data) -> str | None:
    for each in metric.measure(_comparison(data)):
        if isnan(each.standard_error) or (isfinite(each.standard_error) and each.standard_error >= 0):
            continue
        return f"the standard error of '{each.metric}' is {each.standard_error}; return 0 or more, or NaN where unknown"
    return None


def _keeps(metric: RowMetric, data: Data) -> str | None:
    asked = _comparison(data)
    before = asked.synthetic.clone(), asked.reference.clone()
    metric.measure(asked)
    same = before[0].equals(asked.synthetic) and before[1].equals(asked.reference)
    return None if same else "it changes the rows that it is given; work on a copy"


def _survives(metric: RowMetric, data: Data) -> str | None:
    try:
        metric.measure(_comparison(data, synthetic=_spoiled(data)))
    except Exception as error:  # whatever it raises would end the study
        return f"it raises {type(error).__name__} ({error}) for rows that are all equal; return NaN there"
    return None


def _moves(metric: RowMetric, data: Data) -> str | None:
    real, spoiled = (_values(metric.measure(_comparison(data, synthetic=rows))) for rows in (None, _spoiled(data)))
    moved = [key for key in real if not np.array_equal(real[key][:1], spoiled.get(key, (np.nan,))[:1], equal_nan=True)]
    return None if moved else "it has the same value for real rows and for one row again and again: it measures nothing"


_LAWS: dict[str, _Law] = {
    "it measures what it declares": _declares,
    "equal rows have equal values": _repeats,
    "standard errors are numbers": _errors,
    "rows stay as they are": _keeps,
    "a collapse does not end the study": _survives,
    "a collapse moves it": _moves,
}
"""Name → what is asked; it returns what is wrong, with the remedy, or None."""
