"""Draw the tables that both sides work on, and write them as Parquet files."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from outcross.jobs.bench.ours.cohorts import one_replicate
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.schema import Role, Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources.college import College
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.files import Files

TRAINING, HOLDOUT, MANY, SOME = 26_000, 6_500, 100_000, 10_000
"""Numbers of rows of the training, holdout, large and medium tables."""


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Split the rows into training and holdout, draw ``many`` from training, and sample a copula fitted to it."""
    with clock():
        data, folder = _read(job), Path(job["to"])
        random = generator(derive_seed("bench", "tables"))
        shuffled = data.rows[random.permutation(data.rows.height)]
        cut = round(data.rows.height * TRAINING / (TRAINING + HOLDOUT))
        training = _of_size(shuffled[:cut], TRAINING, random)
        many = training[random.integers(0, training.height, MANY)]
        model = Copula().fit(one_replicate(many, data.schema, seed=1))
        tables = {
            "training": training,
            "holdout": shuffled[cut:][:HOLDOUT],  # without replacement: a classifier would recognise copies
            "many": many,
            "many_synthetic": model.sample(rows=MANY, seeds={0: 2}).drop("replicate"),
        }
        tables |= {"some": many[:SOME], "some_synthetic": tables["many_synthetic"][:SOME]}
        for name, table in tables.items():
            table.write_parquet(folder / f"{name}.parquet")
        (folder / "schema.json").write_text(json.dumps(data.schema.to_json()))
    return {
        **{name: str(folder / f"{name}.parquet") for name in tables},
        "schema": str(folder / "schema.json"),
        "label": job["label"],
        "rows": data.rows.height,
        "columns": len(data.schema.columns),
        "numerical": [column.name for column in data.schema.numeric],
        "categorical": [column.name for column in data.schema.discrete],
    }


def _read(job: Job) -> RealData:
    if job["path"] is None:
        return College().load()
    data = Files(path=job["path"], columns={job["label"]: ColumnSetting(role=Role.LABEL)}).load()
    known = Schema(tuple(data.schema.numeric + data.schema.discrete))
    return RealData(rows=data.rows.select(known.names), schema=known)


def _of_size(rows: pl.DataFrame, size: int, random: Any) -> pl.DataFrame:
    """Return the first ``size`` rows; if there are fewer, draw ``size`` rows with replacement."""
    return rows[:size] if rows.height >= size else rows[random.integers(0, rows.height, size)]


if __name__ == "__main__":
    run(work)
