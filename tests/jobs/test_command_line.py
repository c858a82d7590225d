"""The command line: its output, its exit codes, and that bad input never shows a traceback."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.stored_comparisons import COMPARISONS
from outcross.assets.stored_verdicts import VERDICTS
from outcross.jobs.cli.exit_codes import ExitCode
from tests.jobs.cli.in_process import outcross
from tests.jobs.workplace import Workplace, make_workplace
from tests.resources.broken_data import BROKEN, Broken
from tests.wants import need_chromium

pytestmark = pytest.mark.long(seconds=30)


def ask(workplace: Workplace, *words: str) -> Any:
    """Return what a command answers in JSON."""
    ran = outcross(workplace.folder, *words, "--json")
    assert ran.code == ExitCode.SUCCESS, ran.err
    return ran.json


def test_a_verdict_is_one_json_object_with_the_promised_keys(done: Workplace) -> None:
    verdict = ask(done, "verdict", "small")
    assert set(verdict) == {"study", "verdicts", "comparisons", "renewed_anchors", "withdrawn_rows"}
    assert all(set(each) == set(COMPARISONS) for each in verdict["comparisons"])
    assert all(set(each) == set(VERDICTS) for each in verdict["verdicts"])
    assert verdict["verdicts"][0]["endpoint"] == "loss"


@pytest.mark.browser
def test_a_report_is_printed_by_the_browser_at_hand(done: Workplace, tmp_path: Path) -> None:
    need_chromium()
    ran = outcross(done.folder, "report", "small", "--pdf", "-o", str(tmp_path / "small.pdf"))
    assert (ran.code, ran.out.strip()) == (ExitCode.SUCCESS, str(tmp_path / "small.pdf"))
    pdf = (tmp_path / "small.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf)) <= 7, "two charts a row, and four of what has many"


def test_data_docs_have_a_page_a_guard_and_the_failed_first(done: Workplace, tmp_path: Path) -> None:
    left = tmp_path / "docs" / "validations" / "of-an-earlier-run.html"
    left.parent.mkdir(parents=True)
    left.touch()
    (tmp_path / "docs" / "static").mkdir()
    (tmp_path / "docs" / "static" / "offline.css").touch()
    ran = outcross(done.folder, "report", "small", "--docs", "-o", str(tmp_path / "docs"))
    assert (ran.code, ran.out.strip()) == (ExitCode.SUCCESS, str(tmp_path / "docs" / "index.html"))
    found = re.findall(r'(met|failed)</span></td><td><a href="(validations/[^"]+)"', Path(ran.out.strip()).read_text())
    failed = ask(done, "sql", 'select distinct thing, "check" from checks where not passed')["rows"]
    assert [result for result, _ in found] == ["failed"] * len(failed) + ["met"] * (len(found) - len(failed))
    assert 0 < len(failed) < len(found)
    first = (tmp_path / "docs" / found[0][1]).read_text()
    assert "unexpected values found" in first and "generation ==" in first
    assert not left.exists(), "a page that no link leads to any more"


def test_a_report_is_one_file_without_references_to_a_network(done: Workplace, tmp_path: Path) -> None:
    assert outcross(done.folder, "report", "small", "-o", str(tmp_path / "out.html")).code == ExitCode.SUCCESS
    html = (tmp_path / "out.html").read_text()
    assert "small" in html
    assert "<script src" not in html and "<link" not in html


def test_sql_reads_the_store_and_nothing_else(done: Workplace, tmp_path: Path) -> None:
    answer = ask(done, "sql", "select count(*) from evaluations where metric = 'loss' and generation = 2")
    assert answer["rows"] == [[12]]
    rows = ask(done, "sql", "select count(*), count(distinct row_id) from small.rows where generation = 0")
    assert rows["rows"][0][0] == 3 * rows["rows"][0][1]
    (tmp_path / "secret.csv").write_text("a\n1\n")
    ran = outcross(done.folder, "sql", f"select * from '{tmp_path}/secret.csv'")
    assert ran.code == ExitCode.MISUSE


def test_the_warehouse_opens_in_any_client(done: Workplace) -> None:
    import duckdb

    with duckdb.connect(str(done.data / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("select count(*) from verdicts").fetchall() == [(1,)]
        tables = connection.sql("select count(*) from duckdb_tables()").fetchall()
    assert tables == [(0,)], "views, and no data of its own"


def test_every_synthetic_row_is_traced_to_its_model_dataset_and_seed(done: Workplace) -> None:
    query = "select provenance from parts where thing = 'synthetic' and generation = 2 and lineage = 'fixed-0.5'"
    provenance = json.loads(ask(done, "sql", query)["rows"][0][0])
    model = "small/model/gen=02/lineage=fixed-0.5"
    weights = provenance["weights_sha256"]
    assert (done.data / model / f"{weights}.safetensors").is_file()
    assert set(provenance["inputs"]) == {model}
    assert set(provenance["seeds"]) == {"0", "1", "2"}
    assert provenance["generator_version"]
    query = "select distinct weights_sha256 from models where generation = 2 and lineage = 'fixed-0.5'"
    assert ask(done, "sql", query)["rows"] == [[weights]]


def test_no_row_of_the_holdout_is_in_any_dataset(done: Workplace) -> None:
    query = "select count(*) from small.rows where row_id in (select row_id from small.holdout)"
    assert ask(done, "sql", query)["rows"] == [[0]]


def test_some_arms_alone_can_be_run_without_a_verdict(tmp_path: Path) -> None:
    workplace = make_workplace(tmp_path, generations=2, metrics=["loss"])
    result = workplace.run_json("study", "small.yaml", "--workers", "1", "--arms", "replace")
    assert result["runs"] == ["generation 0", "replace"]
    assert result["verdicts"] == []
    missing = outcross(tmp_path, "verdict", "small")
    assert missing.code == ExitCode.PROBLEM
    assert "not in the store" in missing.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": {"kind": "files", "path": "absent.csv"}}, ["absent.csv", "does not exist"]),
        ({"source": {"kind": "files", "path": "empty.csv"}}, ["empty.csv", "empty"]),
        ({"source": {"kind": "files", "path": "one.csv"}}, ["row"]),
        ({"source": {"kind": "files", "path": "nan.parquet"}}, ["nan"]),
        ({"arms": {"x": {"policy": "fixed", "share": -1}}}, ["arms.x", "share"]),
        ({"shade": "blue"}, ["shade", "no such key"]),
        ({"study": "../escape"}, ["study", "pattern"]),
        ({"rows": 10**6}, ["rows", "the anchor has"]),
    ],
)
def test_bad_input_exits_with_two_and_a_remedy(tmp_path: Path, changes: dict, words: list[str]) -> None:
    workplace = make_workplace(tmp_path, **changes)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "one.csv").write_text("a,b\n1,2\n")
    pl.DataFrame({"a": [1.0, float("nan"), 3.0, 4.0], "b": ["x", "y", "x", "y"]}).write_parquet(
        tmp_path / "nan.parquet"
    )
    ran = outcross(tmp_path, "study", "small.yaml")
    assert ran.code == ExitCode.MISUSE, ran.err
    for word in words:
        assert word.lower() in ran.said.lower()
    assert not workplace.data.exists(), "nothing ran"


def test_a_run_that_fails_exits_with_one_and_the_reason(tmp_path: Path) -> None:
    arms = {"no-two-alike": {"policy": "replace", "curation": {"kind": "deduplicate"}}}
    source = {"kind": "files", "path": "coins.csv", "columns": {"side": "label"}}
    generator = {"kind": "copula", "draws": 8}
    keys = {"generations": 2, "metrics": ["loss"], "ladders": {}, "endpoints": {}}
    workplace = make_workplace(tmp_path, source=source, generator=generator, arms=arms, **keys)
    frame = pl.DataFrame({"x": [i % 23 for i in range(400)], "side": ["heads", "tails"] * 200})
    frame.write_csv(tmp_path / "coins.csv")
    ran = workplace.run("study", "small.yaml", "--workers", "1")
    assert ran.returncode == 1
    assert "curation 'deduplicate' kept" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_every_broken_data_file_exits_with_two_and_names_itself(tmp_path: Path, broken: Broken) -> None:
    broken.write(tmp_path)
    make_workplace(tmp_path, source={"kind": "files", **broken.settings})
    ran = outcross(tmp_path, "study", "small.yaml", COLUMNS="1000")
    assert ran.code == ExitCode.MISUSE
    for words in broken.says:
        assert words in ran.err


def test_what_a_study_has_written_is_readable_by_its_owner_alone(done: Workplace) -> None:
    paths = [done.folder / "home", *(done.folder / "home").rglob("*")]
    assert len(paths) > 50
    assert [str(path) for path in paths if path.stat().st_mode & 0o077] == []
