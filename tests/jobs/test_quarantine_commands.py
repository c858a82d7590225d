"""``outcross quarantine``, ``audit`` and ``trim``: output, exit codes, and text that tries to steer a terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from tests.assets.corpus.people import CLAIMS, ROLES, SETTINGS, people
from tests.jobs.cli.in_process import Ran
from tests.jobs.cli.in_process import outcross as run_here

HOSTILE = "\x1b[31mred\x1b[0m \u202edlrow [bold]x[/bold]\r\n\x07"


Run = Callable[..., Ran]


@pytest.fixture
def outcross(tmp_path: Path) -> Run:
    """Run a command in this process, in its own home folder that knows the corpus ``people``."""
    people(400, 0).write_parquet(tmp_path / "anchor.parquet")
    anchor = {"kind": "files", "path": str(tmp_path / "anchor.parquet"), "columns": ROLES}
    (tmp_path / "people.yaml").write_text(yaml.safe_dump({**SETTINGS, "anchor": anchor}))
    return lambda *words: run_here(tmp_path, *words, OUTCROSS_CORPORA=str(tmp_path))


def send(outcross: Run, folder: Path, name: str, rows: pl.DataFrame, claims: str = "real", **changes: Any) -> str:
    """Ingest rows, and return the batch's id."""
    rows.write_parquet(folder / name)
    stated = {key: value for key, value in (CLAIMS[claims] | changes).items() if key != "depth"}
    options = [word for key, value in stated.items() for word in (f"--{key}", value)]
    return outcross("ingest", name, "--corpus", "people", *options, "--json").json["files"][0]["batch"]


def test_quarantined_rows_are_listed_shown_released_and_rejected(outcross: Run, tmp_path: Path) -> None:
    new = people(30, 1)
    batch = send(outcross, tmp_path, "march.parquet", pl.concat([new, new.head(8)]))
    listed = outcross("quarantine", "list", "people")
    assert listed.code == 0
    assert "march.parquet" in listed.out and "duplicates 8" in listed.out and batch in listed.out
    rows = outcross("quarantine", "show", "people", "march.parquet", "--limit", "3")
    assert "the batch has this row already" in rows.out
    shown = outcross("quarantine", "show", "people", batch, "--json").json
    assert [row["position"] for row in shown["rows"]] == list(range(30, 38))
    ran = outcross("quarantine", "release", "people", batch, "--row", "31", "--row", "30", "--reason", "alike")
    assert (ran.code, "2 rows of batch" in ran.out) == (0, True)
    version = outcross(
        "quarantine", "release", "people", batch, "--guard", "duplicates", "--reason", "all", "--json"
    ).json
    assert (version["number"], version["action"], version["rows_admitted"], version["reason"]) == (
        4,
        "release",
        6,
        "all",
    )
    assert "no rows in quarantine, no refused files" in outcross("quarantine", "list", "people").out
    batch = send(outcross, tmp_path, "april.parquet", people(5, 2), licence="ours")
    version = outcross("quarantine", "reject", "people", batch[:6], "--reason", "not ours to use", "--json").json
    assert (version["action"], version["rows_in"], version["rows_quarantined"]) == ("reject", 5, 5)
    assert outcross("quarantine", "list", "people", "--json").json == {"corpus": "people", "waiting": [], "refused": []}


def test_an_audit_exits_with_one_if_anything_is_damaged(outcross: Run, tmp_path: Path) -> None:
    batch = send(outcross, tmp_path, "march.parquet", people(30, 1))
    ran = outcross("audit", "people")
    assert ran.code == 0
    assert "30 rows in 1 batch = 30 admitted + 0 quarantined" in ran.out and "Verified: 2 versions" in ran.out
    assert outcross("audit", "people", "--json").json["proven"] is True
    folder = tmp_path / "home" / "data" / "corpora" / "people"
    (part,) = (folder / "batches" / batch).glob("admitted-*.parquet")
    part.unlink()
    ran = outcross("audit", "people")
    assert ran.code == 1
    assert f"batches/{batch}/{part.name} is missing; restore it from a copy" in ran.out
    (folder / "anchor" / "about.json").write_text("{")
    (folder / "versions" / "00000002.json").write_text("{")
    ran = outcross("audit", "people", "--json")
    assert (ran.code, ran.json["proven"]) == (1, False)


def test_a_corpus_past_its_bound_is_reported_with_remedies_and_a_trim_brings_it_back(
    outcross: Run, tmp_path: Path
) -> None:
    send(outcross, tmp_path, "made.parquet", people(60, 1), "synthetic")
    assert "Past its bound" not in outcross("corpus", "people").out
    batch = send(outcross, tmp_path, "more.parquet", people(200, 2), "synthetic")
    outcross("quarantine", "release", "people", batch, "--reason", "for once", "--past-bound")
    report = outcross("corpus", "people").out
    plan = outcross("trim", "people", "--dry-run", "--json").json
    assert f"{plan['real_rows']:,} more real rows bring it back" in report
    assert "outcross trim people --dry-run" in report
    shown = outcross("trim", "people", "--dry-run")
    assert f"{plan['leave_out']:,} rows" in shown.out and "Nothing was changed" in shown.out
    assert (plan["version"], plan["applied"]) == (4, None)
    ran = outcross("trim", "people", "--reason", "the verdict of March", "--json")
    assert (ran.code, ran.json["applied"]) == (0, 5)
    assert ran.json["after"]["share"] <= 0.3
    assert "Past its bound" not in outcross("corpus", "people").out
    assert "nothing to leave out" in outcross("trim", "people").out
    assert outcross("audit", "people").code == 0


def test_text_from_data_cannot_steer_a_terminal(outcross: Run, tmp_path: Path) -> None:
    rows = people(4, 1).with_columns(work=pl.lit(HOSTILE))
    batch = send(outcross, tmp_path, "[red]march\x1b[2J.parquet", rows, licence=HOSTILE)
    (tmp_path / "[i]\x1bc.csv").write_bytes(b"\xff\x1b[2J")
    outcross("ingest", "[i]\x1bc.csv", "--corpus", "people", "--json")
    for words in (
        ["quarantine", "list", "people"],
        ["quarantine", "show", "people", batch],
        ["quarantine", "release", "people", batch, "--reason", HOSTILE],
        ["audit", "people"],
        ["trim", "people"],
    ):
        ran = outcross(*words)
        assert ran.code == 0, ran.err
        assert not set("\x1b\u202e\x07\r") & set(ran.out + ran.err), words
