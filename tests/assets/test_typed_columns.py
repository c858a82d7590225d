"""What a column was in its file is what SQL, samples, commands, exports and corpora show of it."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import outcross as oc
from outcross.assets.artefacts import Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.estimate_file import estimate_file
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.quarantine.quarantine import read_quarantine, release
from outcross.assets.export.fields import schema_fields
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.external.rows import read_rows
from outcross.resources.generators.external.settings import External
from outcross.resources.store import Store
from outcross.resources.warehouse import query

COUNT = 120
NAMES = ["day", "moment", "clock", "stay", "price", "visits", "smoker", "weight", "Age", "age", "label"]
TYPES = {
    "day": "TIMESTAMP",
    "moment": "TIMESTAMP WITH TIME ZONE",
    "clock": "TIME",
    "stay": "INTERVAL",
    "price": "DECIMAL(9,2)",
    "visits": "BIGINT",
    "smoker": "BOOLEAN",
    "label": "BIGINT",
}


def rows_of(seed: int, count: int = COUNT) -> pl.DataFrame:
    """Rows whose columns are what a table of people has; all different."""
    random = np.random.default_rng(seed)
    start, berlin = dt.datetime(2024, 1, 1), "Europe/Berlin"

    def times(most: int, unit: str) -> list[dt.timedelta]:
        return [dt.timedelta(**{unit: int(each)}) for each in random.integers(1, most, count)]

    frame = pl.DataFrame(
        {
            "day": [start + each for each in times(400, "days")],
            "moment": [start + each for each in times(30_000_000, "seconds")],
            "clock": [(start + each).time() for each in times(1_439, "minutes")],
            "stay": times(72, "hours"),
            "price": [Decimal(int(each)) / 100 for each in random.integers(100, 90_000, count)],
            "visits": [None if each == 3 else float(each) for each in random.integers(0, 9, count)],
            "smoker": random.random(count) < 0.3,
            "weight": random.integers(50, 99, count),
            "Age": random.integers(18, 50, count),
            "age": random.integers(60, 90, count),
            "label": random.integers(0, 2, count),
        },
        schema_overrides={"price": pl.Decimal(9, 2)},
    )
    return frame.with_columns(pl.col("moment").dt.replace_time_zone(berlin, ambiguous="earliest", non_existent="null"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> oc.StudyRun:
    """Two generations of a copula, fitted to such a table."""
    folder = tmp_path_factory.mktemp("typed")
    rows_of(1).write_parquet(folder / "a.parquet")
    settings = oc.load_study(
        {
            "study": "typed",
            "source": {"kind": "files", "path": str(folder / "a.parquet")},
            "generator": {"kind": "copula"},
            "generations": 2,
            "replicates": 1,
            "metrics": ["shapes"],
            "arms": {"replace": {"policy": "replace"}},
        }
    )
    run_plainly(Artefacts(settings, Store(folder / "data")), settings.lineages, checks=False)
    return oc.open_study(settings, root=folder / "data")


@pytest.mark.parametrize("view", ["anchor", "holdout", "synthetic", "rows"])
def test_sql_has_the_types_of_the_source(study: oc.StudyRun, view: str) -> None:
    found = dict(query(study.store, f"describe typed.{view}").select("column_name", "column_type").iter_rows())
    assert {name: found[name] for name in TYPES} == TYPES


def test_samples_are_multiples_of_what_real_rows_are_and_stay_in_their_range(study: oc.StudyRun) -> None:
    sql = """
        select count(*) as n, count(*) filter (day <> date_trunc('day', day)) as days,
            count(*) filter (moment <> date_trunc('second', moment)) as seconds,
            count(*) filter (extract('second' from clock) <> 0) as minutes,
            count(*) filter (extract('minute' from stay) <> 0 or extract('second' from stay) <> 0) as hours,
            count(*) filter (price < 1 or price > 900) as prices,
            count(*) filter (visits is null) as missing
        from typed.synthetic
    """
    found = query(study.store, sql).row(0, named=True)
    assert found["n"] > COUNT
    assert [found[name] for name in ("days", "seconds", "minutes", "hours", "prices")] == [0] * 5
    assert 0 < found["missing"] < found["n"] / 2
    assert query(study.store, "select count(distinct price) from typed.synthetic").item() > 50


def test_names_are_those_of_the_source_where_nothing_else_has_them(study: oc.StudyRun) -> None:
    own = {view: query(study.store, f"select * from typed.{view} limit 0").columns for view in ("anchor", "rows")}
    assert own["anchor"][-len(NAMES) :] == [name if name != "age" else "age_" for name in NAMES]
    assert "weight_" in own["rows"]  # a dataset's rows have weights of their own
    ages = query(study.store, 'select min("age_") - max("Age") from typed.anchor').item()
    assert ages > 0
    assert study.anchor().columns == own["anchor"][1:]
    assert study.synthetic(1, "replace").select(list(TYPES)).schema == study.holdout().select(list(TYPES)).schema


def test_a_command_gets_and_gives_the_types_and_names_of_the_source(study: oc.StudyRun, tmp_path: Path) -> None:
    artefacts = Artefacts(study.study, study.store)
    schema, anchor = artefacts.schema, artefacts.load(artefacts.address("anchor")).select(artefacts.schema.names)
    command = External(kind="external", command=["true", "{train}", "{out}", "{rows}", "{seed}"])
    signed = anchor.select(pl.lit(0, dtype=pl.Int32).alias("replicate"), pl.lit(1.0).alias("weight"), pl.all())
    model = command.fit(Cohort(rows=signed, schema=schema, seeds={0: 1}))
    train = pl.read_parquet(io.BytesIO(model.trains[0]))
    assert train.columns == [name if name != "age" else "age_" for name in NAMES]
    assert train.select(list(TYPES)).schema == study.anchor().select(list(TYPES)).schema
    train.write_parquet(tmp_path / "out.parquet")
    assert read_rows(tmp_path / "out.parquet", schema, rows=train.height)[0].equals(anchor)
    pandas_like = train.with_columns(pl.col("visits").cast(pl.Float64), pl.col("price").cast(pl.Float64))
    pandas_like.write_parquet(tmp_path / "out.parquet")
    assert read_rows(tmp_path / "out.parquet", schema, rows=train.height)[0].equals(anchor)


def test_exports_describe_the_types(study: oc.StudyRun) -> None:
    kinds = {field.name: field.kind for field in schema_fields(Artefacts(study.study, study.store).schema)}
    assert [kinds[name] for name in TYPES] == [
        *("datetime", "datetime", "time", "duration", "decimal", "integer", "boolean", "integer")
    ]


def test_rows_as_users_have_them_are_measured_against_their_source(study: oc.StudyRun) -> None:
    columns = [name for name in TYPES if name != "label"]
    real, synthetic = rows_of(1).select(columns), study.synthetic(0).select(columns)
    seconds_too = synthetic.with_columns(pl.col("stay") + pl.duration(milliseconds=500))
    shapes = oc.measure(synthetic, real, metrics=["shapes"]), oc.measure(seconds_too, real, metrics=["shapes"])
    first, second = (dict(each.filter(about="stay").select("metric", "value").iter_rows()) for each in shapes)
    assert first
    assert first == pytest.approx(second, abs=0.1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """A corpus of such a table, whose guards of batches only observe."""
    folder = tmp_path_factory.mktemp("typed_corpus")
    rows_of(1).write_parquet(folder / "a.parquet")
    settings = {
        "corpus": "typed",
        "anchor": {"kind": "files", "path": str(folder / "a.parquet")},
        "bound": {"share": 0.5},
        "mode": "observe",
        "guards": {name: {"mode": "enforce"} for name in ("schema", "range", "duplicates")},
    }
    return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="test", at="2026-01-01T00:00:00Z")


def take(corpus: OpenCorpus, path: Path) -> Outcome:
    return ingest(corpus, path, Request(claims={"origin": "real"}, by="test", at="2026-01-01T00:00:00Z"))


def as_text(rows: pl.DataFrame) -> pl.DataFrame:
    hours = [f"{int(each.total_seconds()) // 3600}:00:00" for each in rows["stay"]]
    return rows.with_columns(pl.Series("stay", hours))


def test_rows_of_a_corpus_come_back_as_they_came_released_ones_too(corpus: OpenCorpus, tmp_path: Path) -> None:
    rows = rows_of(2, 40)
    late = rows.with_row_index("n").with_columns(
        day=pl.when(pl.col("n") < 2).then(dt.datetime(2031, 1, 1)).otherwise("day")
    )
    as_text(late.drop("n")).write_csv(tmp_path / "b.csv")
    outcome = take(corpus, tmp_path / "b.csv")
    assert (outcome.status, outcome.rows_quarantined) == ("partly admitted", 2)
    waiting = read_quarantine(corpus, outcome.batch)
    assert waiting["reasons"][0].to_list()[0].startswith("range: column 'day' holds 2031-01-01 00:00:00")
    raw: dict[str, Any] = json.loads(waiting["raw"][0])
    assert raw["day"].startswith("2031-01-01")
    assert (raw["weight"], raw["price"]) == (rows["weight"][0], str(rows["price"][0]))
    release(corpus, outcome.batch, positions=None, reason="they are right", by="test", at="2026-01-01T00:00:00Z")
    found = query(
        corpus.store, "select * from corpus_typed.rows where version = 3 and batch <> 'anchor' order by position"
    )
    described = query(corpus.store, "describe corpus_typed.rows").select("column_name", "column_type")
    assert {name: kind for name, kind in described.iter_rows() if name in TYPES} == TYPES
    same = ["day", "clock", "price", "smoker", "weight", "Age", "label"]
    assert found.select(same).rows() == late.select(same).rows()
    shown = oc.OpenCorpus(corpus).rows(3).filter(pl.col("batch_id") != "anchor").sort("position")
    assert shown.select("stay", "moment").equals(late.select("stay", "moment"))


def test_the_one_cause_of_a_batch_is_named_with_a_value(corpus: OpenCorpus, tmp_path: Path) -> None:
    rows = as_text(rows_of(3, 40)).with_columns(day=pl.col("day").dt.strftime("the %dth"))
    rows.write_csv(tmp_path / "c.csv")
    holds = f"schema: column 'day' holds '{rows['day'][0]}', which is no date and time"
    cause = f"40 of its 40 rows have one cause: {holds}"
    taken = take(corpus, tmp_path / "c.csv")
    assert taken.cause is not None and taken.cause.startswith(cause)
    found = estimate_file(corpus, tmp_path / "c.csv")
    assert found.cause is not None
    assert found.cause.startswith(cause)
    two = as_text(rows_of(4, 40)).with_row_index("n").with_columns(pl.col("day", "Age").cast(pl.String))
    halves = two.with_columns(day=pl.when(pl.col("n") < 20).then(pl.lit("x")).otherwise("day"), Age=pl.lit("30"))
    halves.drop("n").write_csv(tmp_path / "d.csv")
    assert estimate_file(corpus, tmp_path / "d.csv").cause is None
