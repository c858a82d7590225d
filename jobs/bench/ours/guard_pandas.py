"""Validate a batch with the same kinds of expectations on Great Expectations' pandas engine, in memory."""

import os
from typing import Any

import polars as pl

from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.schema import Schema

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # Great Expectations reads it at import

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Read the batch with pandas and validate it; guards that no expectation covers are omitted, not emulated."""
    import great_expectations as gx
    import pandas as pd

    anchor, schema = pl.read_parquet(job["training"]), read_schema(job)
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("batch").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    suite = gx.ExpectationSuite(name="batch", expectations=expectations(anchor, schema))
    with clock():
        frame = pd.concat([pd.read_parquet(file) for file in job["files"]], ignore_index=True)
        result = definition.get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY")
    raised = [str(each.exception_info) for each in result.results if "traceback" in str(each.exception_info)]
    raised = [each for each in raised if "'raised_exception': True" in each]
    if raised:
        raise RuntimeError(raised[0][-2_000:])
    failed = sum(not each.success for each in result.results)
    return {"rows": len(frame), "expectations": len(suite.expectations), "failed": failed}


def expectations(anchor: pl.DataFrame, schema: Schema) -> list[Any]:
    """Return expectations on nulls, quantiles, tails, levels, duplicates, joint cells, label rates and provenance."""
    expect = _expect()
    found: list[Any] = [expect.ExpectTableRowCountToBeBetween(min_value=1)]
    for name in schema.names:
        share = 1 - anchor[name].null_count() / anchor.height
        found.append(expect.ExpectColumnValuesToNotBeNull(column=name, mostly=max(share - 0.05, 0)))
    found += [each for column in schema.numeric for each in _numeric(anchor[column.name].drop_nulls())]
    found += [each for column in schema.discrete for each in _discrete(anchor[column.name])]
    found.append(expect.ExpectCompoundColumnsToBeUnique(column_list=schema.names, mostly=0.9))
    if len(schema.groups) > 1:
        one, other = (column.name for column in schema.groups[:2])
        cells = [tuple(cell) for cell in anchor.select(one, other).drop_nulls().unique().sort(one, other).iter_rows()]
        found.append(expect.ExpectColumnPairValuesToBeInSet(column_A=one, column_B=other, value_pairs_set=cells))
    found += _label_rates(anchor, schema)
    found += [expect.ExpectColumnValuesToNotBeNull(column=name) for name in ("licence", "consent", "origin")]
    found.append(expect.ExpectColumnValuesToBeInSet(column="origin", value_set=["real", "synthetic"]))
    found.append(expect.ExpectColumnMaxToBeBetween(column="depth", max_value=1))
    return found


def _expect() -> Any:
    """Import the expectations on first use, since the import takes seconds."""
    from great_expectations import expectations

    return expectations


def _numeric(values: pl.Series) -> list[Any]:
    expect = _expect()
    reach = 0.25 * float(values.cast(pl.Float64).std() or 0.0)  # type: ignore[arg-type]
    at = [float(values.quantile(each) or 0.0) for each in QUANTILES]
    ranges = {"quantiles": list(QUANTILES), "value_ranges": [[each - reach, each + reach] for each in at]}
    low, high = float(values.quantile(0.01) or 0.0), float(values.quantile(0.99) or 0.0)
    return [
        expect.ExpectColumnQuantileValuesToBeBetween(column=values.name, quantile_ranges=ranges),
        expect.ExpectColumnValuesToBeBetween(column=values.name, min_value=low, mostly=0.97),
        expect.ExpectColumnValuesToBeBetween(column=values.name, max_value=high, mostly=0.97),
    ]


def _discrete(values: pl.Series) -> list[Any]:
    expect = _expect()
    name, known = values.name, values.drop_nulls()
    counts = known.rename("level").value_counts(name="rows").sort("level")
    levels, weights = counts["level"].to_list(), (counts["rows"] / len(known)).to_list()
    partition = {"values": levels, "weights": weights}
    rare = [level for level, weight in zip(levels, weights, strict=True) if weight < 0.05]
    found = [
        expect.ExpectColumnKLDivergenceToBeLessThan(column=name, partition_object=partition, threshold=0.1),
        expect.ExpectColumnValuesToBeInSet(column=name, value_set=levels, mostly=0.99),
    ]
    return [*found, expect.ExpectColumnDistinctValuesToContainSet(column=name, value_set=rare)] if rare else found


def _label_rates(anchor: pl.DataFrame, schema: Schema) -> list[Any]:
    """Return expectations on the share of the commonest label in each level of a group column."""
    from great_expectations.expectations.row_conditions import Column

    expect = _expect()
    if schema.label is None:
        return []
    label = schema.label.name
    commonest = anchor[label].drop_nulls().mode().sort()[0]
    found = []
    for column in schema.groups:
        for level in anchor[column.name].drop_nulls().unique().sort():
            own = anchor.filter(pl.col(column.name) == level)[label]
            mostly = max(float((own == commonest).mean() or 0.0) - 0.1, 0.0)
            found.append(
                expect.ExpectColumnValuesToBeInSet(
                    column=label,
                    value_set=[commonest],
                    mostly=mostly,
                    row_condition=Column(column.name) == level,
                    condition_parser="great_expectations",
                )
            )
    return found


if __name__ == "__main__":
    run(work)
