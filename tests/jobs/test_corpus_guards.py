"""Each guard of a corpus is seen to stop a batch or its rows, by name, until somebody releases them by that name."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.jobs.cli.app import app
from outcross.jobs.cli.find_corpus import open_corpus
from outcross.resources.errors import BadInput
from outcross.resources.warehouse import query
from tests.assets.corpus.batches import college, with_provenance
from tests.assets.corpus.test_guards import drawn
from tests.cases.guard_batches import CASES, STATED, SUITE, Stopped, claims_of

pytestmark = pytest.mark.long(seconds=60)

SEEN = ("--reason", "seen", "--past-bound")
TOLD = """
    SELECT (SELECT list(reasons) FROM quarantine WHERE batch = '{batch}') AS quarantined,
        (SELECT list(DISTINCT guard) FROM guard_results WHERE batch = '{batch}' AND blocking AND NOT passed) AS blocked,
        (SELECT max(version) FROM ledger) AS version
"""
"""What a batch's quarantine and its guards say of it, and the last version: each query makes every view anew."""
ROLES = {"bachelor": "label", "sex": "group", "race": "group"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new corpus, which no test may change."""
    folder = tmp_path_factory.mktemp("opened")
    without_wage = pl.when(pl.int_range(pl.len()) >= 20).then("log_wage").alias("log_wage")
    college()[1].with_columns(without_wage).write_parquet(folder / "anchor.parquet")
    write_settings(folder)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OUTCROSS_HOME", str(folder / "home"))
        open_corpus(str(folder / "people.yaml"), str(folder / "data"))
    return folder


@pytest.fixture
def folder(opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it."""
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    shutil.copytree(opened, tmp_path / "copy")
    return tmp_path / "copy"


def write_settings(folder: Path, *enforced: str, **more: Any) -> None:
    settings = {
        "corpus": "people",
        "anchor": {"kind": "files", "path": "anchor.parquet", "columns": ROLES},
        "licences": ["CC-BY-4.0"],
        "bound": {"share": 0.03},
        "mode": "observe",
        "expectations": "agreed.json",
        "guards": {guard: {"mode": "enforce"} for guard in enforced},
        **more,
    }
    (folder / "agreed.json").write_text(json.dumps(SUITE))
    (folder / "people.yaml").write_text(json.dumps(settings))


def outcross(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--root", str(folder / "data"), "--json"])


def send(folder: Path, name: str, batch: pl.DataFrame) -> Result:
    path = folder / name
    batch.drop(STATED).write_parquet(path)
    Path(f"{path}.provenance.json").write_text(json.dumps(claims_of(batch)))
    return outcross(folder, "ingest", str(path), "--corpus", str(folder / "people.yaml"))


def sides(case: Stopped, corpus: OpenCorpus) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Fresh rows, and complete rows of the anchor and of the holdout."""
    _, _, fresh = college()
    rows = drawn(fresh, case.rows, 5).unique(maintain_order=True)
    types: dict[str, Any] = dict(rows.schema)
    anchor, holdout = (each.select(rows.columns).drop_nulls().cast(types) for each in (corpus.rows, corpus.holdout))
    return rows, anchor, holdout


@pytest.mark.parametrize("name", CASES)
def test_exactly_one_guard_stops_it_and_only_its_name_releases_it(folder: Path, name: str) -> None:
    case = CASES[name]
    settings, root = str(folder / "people.yaml"), str(folder / "data")
    corpus = open_corpus(settings, root)
    fresh, anchor, holdout = sides(case, corpus)
    if case.after:
        before = send(folder, "before.parquet", case.after(fresh, anchor))
        assert before.exit_code == 0
        if case.withdrawn:
            batch_id = json.loads(before.stdout)["files"][0]["batch"]
            words = ("--batch", batch_id, "--reason", "not theirs to give")
            assert outcross(folder, "withdraw", settings, *words).exit_code == 0
    write_settings(folder, case.guard, **case.settings)
    for file, content in case.files.items():
        (folder / file).write_text(json.dumps(content))
    batch = case.make(fresh, anchor, holdout)

    ran = send(folder, "batch.parquet", batch)
    assert ran.exit_code == 1, ran.output
    (found,) = json.loads(ran.stdout)["files"]
    stopped = batch.height if case.whole else 3
    assert found["status"] == ("held" if case.whole else "partly admitted")
    assert (found["rows_in"], found["rows_quarantined"]) == (batch.height, stopped)

    told = query(corpus.store, TOLD.format(batch=found["batch"])).row(0, named=True)
    assert len(told["quarantined"]) == stopped
    named = {reason.split(": ")[0] for reasons in told["quarantined"] for reason in reasons}
    assert {*named, *(told["blocked"] or []), *(reason.split(": ")[0] for reason in found["reasons"])} == {
        case.guard,
        *case.also,
    }
    if found["reasons"] and case.guard not in {"rows", "undeclared_share"}:
        assert all(GUARDS[case.guard].remedy in reason for reason in found["reasons"])

    released = outcross(folder, "quarantine", "release", settings, found["batch"], "--guard", case.guard, *SEEN)
    if not case.is_releasable:
        assert isinstance(released.exception, BadInput) and released.exception.exit_code == 2
        assert query(corpus.store, "select max(version) from ledger").item() == told["version"]
        return
    assert released.exit_code == 0, released.exception
    assert json.loads(released.stdout)["rows_admitted"] == stopped
    decided = query(corpus.store, f"select distinct decision from quarantine where batch = '{found['batch']}'")
    assert decided["decision"].to_list() == ["released"]


def test_a_file_without_rows_is_refused_with_1(folder: Path) -> None:
    settings, root = str(folder / "people.yaml"), str(folder / "data")
    ran = send(folder, "empty.parquet", with_provenance(college()[2].clear()))
    assert ran.exit_code == 1
    (found,) = json.loads(ran.stdout)["files"]
    assert found["status"] == "refused" and "holds no rows" in found["reasons"][0], found
    status = query(open_corpus(settings, root).store, "select status, reason from batches").rows()
    assert status == [("refused", found["reasons"][0])]


@pytest.mark.parametrize(
    ("other", "stated"), [("licence", {"licence": "ours"}), ("synthetic_share", {"generator": "m"})]
)
def test_a_row_that_two_guards_stop_is_not_released_by_the_name_of_one(
    folder: Path, other: str, stated: dict[str, str]
) -> None:
    """The other guard is one of rows, or one of the batch as a whole."""
    settings = str(folder / "people.yaml")
    corpus = open_corpus(settings, str(folder / "data"))
    case = CASES["another unit"]
    unit = case.make(*sides(case, corpus)).drop(STATED)
    write_settings(folder, "range", other)
    origin = "synthetic" if other == "synthetic_share" else "real"
    (found,) = json.loads(send(folder, "batch.parquet", with_provenance(unit, origin, **stated)).stdout)["files"]
    assert found["rows_quarantined"] == unit.height
    release = ("quarantine", "release", settings, found["batch"], *SEEN, "--guard")
    refused = outcross(folder, *release, "range")
    assert isinstance(refused.exception, BadInput)
    assert "has no row in quarantine that only 'range' rejects; choose from" in str(refused.exception)
    released = outcross(folder, *release, other)
    assert json.loads(released.stdout)["rows_admitted"] == unit.height - 3
    left = query(corpus.store, "select position from quarantine where decision is null order by position")
    assert left["position"].to_list() == [0, 1, 2]
    both = outcross(folder, *release, "range", "--guard", other)
    assert json.loads(both.stdout)["rows_admitted"] == 3
