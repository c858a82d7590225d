"""The synthetic share of the real rows that were collected later, from the study file to the verdict."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.assets.artefacts import ANCHOR, Artefacts
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.real_before import YOUNGER, RealBefore
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict, verdict_is_current
from outcross.assets.verdict.make_report import make_report
from outcross.assets.verdict.written_report import read_report
from outcross.assets.verdict.younger import YoungerRows, estimate_younger
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.warehouse import query

SINCE = {"column": "collected", "date": 2023}


def table(*, synthetic: float, rows: int = 900) -> pl.DataFrame:
    """Two numbers of one sign; a third of the rows is younger, and a share of these has lost the relation."""
    random = np.random.default_rng(3)
    x = random.normal(size=rows)
    y = np.sign(x) * np.abs(random.normal(size=rows)) + 0.1 * random.normal(size=rows)
    younger = np.arange(rows) >= 2 * rows // 3
    made = younger & (random.random(rows) < synthetic)
    y[made] = random.permutation(y)[made]
    days = [date(2023, 5, 1) if late else date(2022, 5, 1) for late in younger]
    return pl.DataFrame({"x": x, "y": y, "collected": days})


def study(folder: Path, rows: pl.DataFrame, **changes: Any) -> Artefacts:
    folder.mkdir(exist_ok=True)
    rows.write_parquet(folder / "rows.parquet")
    settings = {
        "study": "aged",
        "source": {"kind": "files", "path": "rows.parquet", "columns": {"collected": "ignore"}},
        "generator": {"kind": "gaussian", "covariance": "diagonal"},
        "generations": 2,
        "replicates": 3,
        "metrics": ["loss"],
        "real_before": SINCE,
        "ladders": {"substitution": {"policy": "fixed", "shares": [1]}},
        "endpoints": {"loss": {"absolute": 1}},
    }
    made = Study.model_validate(settings | changes, context={"base": folder})
    return Artefacts(made, Store(folder / "data"))


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    artefacts = study(tmp_path_factory.mktemp("aged"), table(synthetic=0.7))
    run_plainly(artefacts, artefacts.study.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    return artefacts


def test_the_younger_rows_that_are_synthetic_are_told_in_verdict_report_and_sql(aged: Artefacts) -> None:
    (found,) = load_verdicts(aged).to_dicts()
    assert 0.3 < found["younger_lower"] < 0.7 < found["younger_upper"]
    (said,) = [each for each in found["details"] if "collected from 2023 on" in each]
    assert f"Of the {found['younger_rows']} real rows compared" in said and "are synthetic, or changed" in said
    assert said in read_report(aged).decode()
    assert query(aged.store, "select younger_share from verdicts").item() == found["younger_share"]
    assert verdict_is_current(aged)


def test_the_time_itself_tells_nothing_and_real_rows_raise_no_alarm(tmp_path: Path) -> None:
    artefacts = study(
        tmp_path / "clean",
        table(synthetic=0.0),
        source={"kind": "files", "path": "rows.parquet"},
        generator={"kind": "copula"},
    )
    run_plainly(artefacts, [], checks=False)
    assert "collected" in artefacts.schema.names
    found = estimate_younger(artefacts)
    assert found is not None and found.lower == 0
    assert "none is told to be synthetic" in found.sentence("2023")


def test_ages_are_marked_beside_the_rows_and_change_no_split(aged: Artefacts, tmp_path: Path) -> None:
    rows = aged.load(aged.address(ANCHOR))
    assert rows.height / 4 < rows[YOUNGER].sum() < rows.height / 2 and rows.columns[-1] == YOUNGER
    plain = study(tmp_path / "plain", table(synthetic=0.7), real_before=None)
    run_plainly(plain, [], checks=False)
    assert plain.load(plain.address(ANCHOR)).equals(rows.drop(YOUNGER))
    assert estimate_younger(plain) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"real_before": 2023}, "needs the time at which each row was collected; name its column"),
        ({"real_before": SINCE, "time": "x"}, "are two times; remove the latter"),
    ],
)
def test_a_date_without_one_column_of_time_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        study(tmp_path, table(synthetic=0.0, rows=9), **changes)


@pytest.mark.parametrize(
    ("since", "message"),
    [
        ({"column": "collected", "date": 2029}, "0 younger rows are on one side of the split"),
        ({"column": "collected", "date": "spring"}, "'real_before: spring' cannot be compared with column 'collected'"),
        ({"column": "gone", "date": 2023}, "the source has no column 'gone'"),
    ],
)
def test_a_date_that_leaves_too_few_rows_or_none_to_compare_is_refused(
    tmp_path: Path, since: dict[str, Any], message: str
) -> None:
    artefacts = study(tmp_path, table(synthetic=0.0, rows=300), real_before=since)
    with pytest.raises(BadInput, match=message):
        run_plainly(artefacts, [], checks=False)


def test_years_dates_and_numbers_are_compared_with_what_the_column_holds() -> None:
    days = pl.Series([date(2022, 12, 31), date(2023, 1, 1)])
    for given in (2023, "2023", date(2023, 1, 1), "2023-01-01", {"date": "2023-01-01"}):
        since = RealBefore.model_validate(given)
        assert since.younger(days).to_list() == [False, True]
        assert since.younger(days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")).to_list() == [False, True]
    assert RealBefore.model_validate(2023).younger(pl.Series([2022, 2023])).to_list() == [False, True]


@pytest.mark.parametrize(("upper", "said"), [(0.4, "(20 % to 40 %, 95 % confidence)"), (1.0, "(20 % or more, 95 %")])
def test_an_interval_without_an_upper_end_is_said_to_be_open(upper: float, said: str) -> None:
    assert said in YoungerRows(share=0.3, lower=0.2, upper=upper, rows=90).sentence("2023")
