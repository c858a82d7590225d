"""The anchor's renewal, accepted changes and the statement where users meet them: the terminal, the UI, SQL."""

import shutil
from pathlib import Path

import dagster as dg
import pytest
import yaml

from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.jobs.automation.location_parts import corpus_part
from tests.assets.corpus.drifting import ENFORCED, reopen, rows, start, take
from tests.jobs.cli.in_process import outcross


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with two real batches in the home's store, and its file."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "home").mkdir()
    corpus = start(folder / "home")
    for month in (1, 2):
        assert take(corpus, folder / "home", rows(300, 10 + month), f"month-{month}").status == "admitted"
    settings = {
        "corpus": "drifting",
        "anchor": {"kind": "files", "path": "home/anchor.parquet"},
        "bound": {"share": 0.5},
        "holdout": 0.3,
        "mode": "observe",
        "guards": {name: {"mode": "enforce"} for name in ENFORCED},
    }
    (folder / "drifting.yaml").write_text(yaml.safe_dump(settings))
    return folder


def opened(folder: Path) -> OpenCorpus:
    return reopen(folder / "home")


def run_job(folder: Path, name: str, config: dict[str, object]) -> dg.ExecuteInProcessResult:
    """Run a job of the corpus as the UI does, with this config of its asset."""
    settings = opened(folder).settings
    definitions = corpus_part(settings, root=str(folder / "home" / "data"))
    op = {"renew_anchor": "drifting__corpus_anchor", "accept_change": "drifting__accepted_changes"}[name]
    job = definitions.resolve_job_def(f"drifting_{name}")
    return job.execute_in_process(run_config={"ops": {op: {"config": config}}}, raise_on_error=False)


def metadata(ran: dg.ExecuteInProcessResult) -> dict[str, object]:
    (made,) = [each for each in ran.all_events if each.is_step_materialization]
    return {name: value.value for name, value in made.materialization.metadata.items()}


def test_a_change_is_accepted_on_the_terminal_and_in_the_ui_and_seen_in_sql(made: Path, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    ran = outcross(folder, "accept-change", "drifting.yaml", "--level", "kind=gig", "--reason", "since May", "--json")
    assert ran.json["accepted"]["level"] == "gig", ran.err
    config = {"kind": "unit", "change": "y=100", "reason": "cents"}
    shown = metadata(run_job(folder, "accept_change", config))
    assert "level kind=gig" in str(shown["accepted"]) and "unit y=100" in str(shown["accepted"])
    assert not run_job(folder, "accept_change", config).success, "it is accepted already"
    told = outcross(folder, "corpus", "drifting.yaml").out
    assert "accepted: level kind=gig (by " in told and "): since May" in told
    found = outcross(
        folder, "sql", 'select kind, "column", level, reason from accepted order by kind limit 1', "--json"
    )
    assert "gig" in found.out and "since May" in found.out


def test_a_renewal_is_planned_and_done_on_the_terminal_and_in_the_ui(made: Path, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    before = numbers(opened(folder).files)
    ran = outcross(folder, "corpus", "drifting.yaml", "--renew-anchor", "--last", "1", "--dry-run")
    assert ran.code == 0 and "1 batch joins the anchor" in ran.out and "Nothing was changed." in ran.out, ran.err
    shown = metadata(run_job(folder, "renew_anchor", {"last": 1}))
    assert (shown["renewed"], shown["anchor_of_version"]) == (False, 1)
    assert numbers(opened(folder).files) == before, "a plan changes nothing"
    alone = outcross(folder, "corpus", "drifting.yaml", "--renew-anchor", "--alone", "--dry-run", "--json").json
    assert (alone["alone"], len(alone["batches"]), alone["renewed"]) == (True, 2, None)
    words = ("corpus", "drifting.yaml", "--renew-anchor", "--reason", "grown", "--json", "--batch", alone["batches"][1])
    done = outcross(folder, *words)
    assert done.json["renewed"] == before[-1] + 1, done.err
    assert {("range", "x"), ("tails", "y")} <= {(each["guard"], each["group"]) for each in done.json["bounds"]}
    shown = metadata(run_job(folder, "renew_anchor", {"renew": True, "reason": "grown again", "last": 1}))
    last = read_version(opened(folder).files)
    assert last.anchor is not None
    assert (shown["renewed"], shown["anchor_of_version"]) == (True, last.number)
    assert shown["rows_of_batches"] == last.anchor.of_batches
    told = outcross(folder, "corpus", "drifting.yaml").out
    assert f"anchor: renewed in version {last.number}: {last.anchor.rows:,} rows" in told
    query = "select distinct anchor_version, renewed_anchor_rows from ledger order by all"
    assert f"{last.anchor.rows}" in outcross(folder, "sql", query, "--json").out
    assert not run_job(folder, "renew_anchor", {"renew": True, "last": 1}).success, "no reason, and nothing is left"


def copied(made: Path, tmp_path: Path) -> Path:
    """Copy the folder; the corpus file keeps the source of the first."""
    folder = tmp_path / "own"
    shutil.copytree(made, folder)
    settings = yaml.safe_load((folder / "drifting.yaml").read_text())
    settings["anchor"]["path"] = str(made / "home" / "anchor.parquet")
    (folder / "drifting.yaml").write_text(yaml.safe_dump(settings))
    return folder
