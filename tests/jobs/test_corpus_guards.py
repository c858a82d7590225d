"""Each guard of a corpus is seen to stop a batch or its rows, by name, until somebody releases them by that name."""

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.rows import read_undecided_rows
from outcross.jobs.cli.app import app
from outcross.jobs.cli.find_corpus import open_corpus
from outcross.resources.errors import BadInput
from outcross.resources.warehouse import query
from tests.assets.corpus.batches import college, with_provenance
from tests.assets.corpus.test_guards import drawn
from tests.cases.guard_batches import CASES, STATED, SUITE, Stopped, claims_of

pytestmark = pytest.mark.long(seconds=60)

SEEN = ("--reason", "seen", "--past-bound")
ROLES = {"bachelor": "label", "sex": "group", "race": "group"}
ROOM = r"add [0-9,]+ real rows? first"
"""What makes room for a batch past the bound is counted for the batch."""


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


@pytest.fixture(scope="module")
def followed(opened: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[pl.DataFrame], Path]:
    """Give a folder with the corpus after a batch that is admitted, which no test may change; each is made once."""

    @cache
    def after(content: bytes) -> Path:
        made = tmp_path_factory.mktemp("followed") / "copy"
        shutil.copytree(opened, made)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("OUTCROSS_HOME", str(made / "home"))
            assert send(made, "before.parquet", pl.read_parquet(content)).exit_code == 0
        return made

    def after_rows(batch: pl.DataFrame) -> Path:
        content = BytesIO()
        batch.write_parquet(content)
        return after(content.getvalue())

    return after_rows


def sides(case: Stopped, corpus: OpenCorpus) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Fresh rows, and complete rows of the anchor and of the holdout."""
    _, _, fresh = college()
    rows = drawn(fresh, case.rows, 5).unique(maintain_order=True)
    types: dict[str, Any] = dict(rows.schema)
    anchor, holdout = (each.select(rows.columns).drop_nulls().cast(types) for each in (corpus.rows, corpus.holdout))
    return rows, anchor, holdout


@pytest.mark.parametrize("name", CASES)
def test_exactly_one_guard_stops_it_and_only_its_name_releases_it(
    folder: Path, name: str, followed: Callable[[pl.DataFrame], Path]
) -> None:
    case = CASES[name]
    settings, root = str(folder / "people.yaml"), str(folder / "data")
    corpus = open_corpus(settings, root)
    fresh, anchor, holdout = sides(case, corpus)
    if case.after:
        shutil.copytree(followed(case.after(fresh, anchor)), folder, dirs_exist_ok=True)
        if case.withdrawn:
            words = ("--batch", str(read_version(corpus.files).batch), "--reason", "not theirs to give")
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

    told = read_version(corpus.files)
    assert told.held is not None
    quarantined = pl.read_parquet(corpus.files.location(told.held.path))["reasons"].to_list()
    assert len(quarantined) == stopped
    named = {reason.split(": ")[0] for reasons in quarantined for reason in reasons}
    blocked = {each.guard for each in told.guards if each.blocking and not each.passed}
    assert {*named, *blocked, *(reason.split(": ")[0] for reason in found["reasons"])} == {
        case.guard,
        *case.also,
    }
    if found["reasons"] and case.guard not in {"rows", "undeclared_share"}:
        way = ROOM if case.guard == "synthetic_share" else re.escape(GUARDS[case.guard].remedy)
        assert all(re.search(way, reason) for reason in found["reasons"])

    released = outcross(folder, "quarantine", "release", settings, found["batch"], "--guard", case.guard, *SEEN)
    if not case.is_releasable:
        assert isinstance(released.exception, BadInput) and released.exception.exit_code == 2
        assert read_version(corpus.files) == told
        return
    assert released.exit_code == 0, released.exception
    assert json.loads(released.stdout)["rows_admitted"] == stopped
    last = read_version(corpus.files)
    assert (last.action, last.batch, sum(part.rows for part in last.decided)) == ("release", told.batch, stopped)
    assert not any(rows.height for rows in read_undecided_rows(corpus, last, told, ["position"]))


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
