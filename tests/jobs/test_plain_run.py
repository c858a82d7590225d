"""``outcross.run``: a study in one process, without Dagster, and the same bytes as with it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import outcross as oc
from outcross.assets.artefacts import DATASET, MODEL, Artefacts
from outcross.assets.verdict.facts import without_stamp
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Address, Store
from tests.jobs.command_server import ForkedCommand
from tests.jobs.made_once import made_once
from tests.jobs.workplace import SMALL, Workplace, make_workplace

pytestmark = pytest.mark.long(seconds=30)

TINY: dict[str, Any] = {
    "generations": 2,
    "metrics": ["loss"],
    "arms": {},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 0.5, 1]}},
}
CHILD = """
import json, sys
import outcross as oc
run = oc.run("small.yaml", root="data")
print(json.dumps({"dagster": "dagster" in sys.modules, "verdict": repr(run)}))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A folder with a tiny study file and, in its folder ``data``, what ``outcross.run`` made of it elsewhere."""

    def run(folder: Path) -> None:
        make_workplace(folder, **TINY)
        ran = child(folder)
        out, err = ran.communicate(timeout=300)
        assert ran.returncode == 0, err
        (folder / "printed.json").write_text(json.dumps(json.loads(out) | {"progress": err}))

    return Workplace(made_once(tmp_path_factory, "plain", run))


@pytest.fixture(scope="module")
def made(place: Workplace) -> oc.StudyRun:
    return oc.open_study(place.study, root=place.folder / "data")


def child(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-c", CHILD], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def parts(root: Path) -> dict[str, bytes]:
    """Every file of a store but the views on it."""
    return {
        path.relative_to(root).as_posix(): without_stamp(path.read_bytes())
        for path in root.rglob("*")
        if path.is_file() and not path.name.startswith("warehouse.")
    }


def times(root: Path) -> dict[str, int]:
    return {path: (root / path).stat().st_mtime_ns for path in parts(root)}


def test_it_neither_imports_dagster_nor_makes_a_home_and_shows_progress(place: Workplace) -> None:
    printed = json.loads((place.folder / "printed.json").read_text())
    assert printed["dagster"] is False
    assert not (place.folder / ".outcross").exists()
    assert "% synthetic is safe (95 % confidence): loss" in printed["verdict"] or "• Not decided" in printed["verdict"]
    assert "small: replace, 4 of 4 generations" in printed["progress"]


def test_a_terminal_shows_a_bar_and_quiet_shows_nothing(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    oc.run(place.study, root=place.folder / "data", progress=False)
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    oc.run(place.study, root=place.folder / "data")
    shown = capfd.readouterr().err
    assert "━" in shown and "4/4" in shown


def run_here() -> None:
    """Run the study of the working directory."""
    oc.run("small.yaml", root="data")


def test_a_killed_run_resumes_and_ends_with_the_bytes_of_the_engine(whole: Workplace, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(whole.study.read_text())
    root = tmp_path / "data"
    process = ForkedCommand(f"{__name__}:run_here", [], folder=tmp_path, environment=os.environ)
    last = root / "small/dataset/gen=01/lineage=fixed-0/part.parquet"
    while not last.exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was killed half way"
    before = {path: at for path, at in times(root).items() if not path.endswith(".partial")}

    run = oc.run(tmp_path / "small.yaml", root=root, progress=False)
    after = times(root)
    assert {path for path, at in before.items() if after[path] != at} <= {last.relative_to(root).as_posix()}
    engines = parts(whole.data)
    ours = {path: content for path, content in parts(root).items() if not path.endswith(".partial")}
    assert ours.keys() == engines.keys()
    assert [path for path in engines if ours[path] != engines[path]] == []
    assert run.verdicts().equals(oc.open_study(whole.study, root=whole.data).verdicts())


def test_a_second_call_makes_nothing_and_changed_settings_make_what_they_change(place: Workplace, tmp_path) -> None:
    copy = place.copy_to(tmp_path / "copy")
    root = copy.folder / "data"
    before = times(root)
    oc.run(copy.study, root=root, progress=False)
    assert times(root) == before
    longer = oc.run(copy.study, root=root, generations=3, progress=False)
    after = times(root)
    assert {path for path, at in before.items() if after[path] != at} == {
        "small/comparison/part.parquet",
        "small/verdict/part.parquet",
        "small/report/part.parquet",
        "small/report/report.html",
    }
    assert longer.verdicts()["generations"].to_list() == [3]


def test_the_command_line_resumes_from_what_it_made(place: Workplace, tmp_path: Path) -> None:
    copy = place.copy_to(tmp_path / "copy")
    root = copy.folder / "data"
    before = parts(root)
    result = copy.run_json("study", "small.yaml", "--workers", "1", "--root", str(root))
    verdict = oc.open_study(copy.study, root=root).verdicts()
    assert [each["safe_share"] for each in result["verdicts"]] == verdict["safe_share"].to_list()
    after = parts(root)
    assert after.keys() == before.keys()
    # A check compares the share with the verdict's limit, which did not exist when it first ran.
    changed = {path.split("/")[1] for path in before if after[path] != before[path]}
    assert changed <= {"evaluation_checks", "report"}


class FaultyStore(Store):
    """A store that loses the last line of one manifest."""

    def write(self, address: Address, frame: pl.DataFrame, *, provenance: dict[str, Any]) -> str:
        if address.thing == DATASET and address.lineage == "fixed-0.5":
            frame = frame.head(-1)
        return super().write(address, frame, provenance=provenance)


def test_without_the_gate_a_failed_check_is_stored_and_stops_nothing(made, tmp_path: Path) -> None:
    artefacts = Artefacts(made.study, FaultyStore(tmp_path))
    run_plainly(artefacts, ["fixed-0.5"], checks=True)
    assert artefacts.is_current(artefacts.address(MODEL, 1, "fixed-0.5"))
    failed = oc.StudyRun(made.study, artefacts.store).checks().filter(~pl.col("passed"), "blocking")
    assert failed["lineage"].unique().to_list() == ["fixed-0.5"]


def test_rows_of_a_dataset_are_real_and_synthetic_and_those_sampled_have_their_depth(made: oc.StudyRun) -> None:
    rows = made.rows(1, "fixed-0.5")
    real = made.anchor().height
    counted = dict(rows.group_by("origin").len().iter_rows())
    assert counted["real"] + counted["synthetic"] == 3 * real
    assert abs(counted["synthetic"] - counted["real"]) <= 3
    assert made.rows(0)["origin"].unique().to_list() == ["real"]
    assert not set(rows["row_id"]) & set(made.holdout()["row_id"])
    assert made.synthetic(1, "fixed-0.5")["depth"].unique().to_list() == [2]
    assert rows.filter(origin="synthetic")["row_id"].is_in(made.synthetic(0)["row_id"].implode()).all()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda run: run.rows(2, "replace"), "has no generation 2; choose one from 0 to 1"),
        (lambda run: run.rows(1, "replaced"), "no lineage 'replaced'; name one of 'fixed-0', 'fixed-0.5', 'replace'"),
        (lambda run: run.synthetic(1), "no lineage None"),
        (lambda run: run.ladder("other"), "no ladder 'other'; name one of 'substitution'"),
        (lambda run: oc.open_study(run.study, root="nowhere"), "has nothing of study 'small'"),
        (lambda run: run.report().save("/nowhere/report.html"), "choose another file"),
    ],
)
def test_a_missing_name_is_refused_with_the_names_that_exist(made: oc.StudyRun, ask, says: str) -> None:
    with pytest.raises(oc.BadInput) as caught:
        ask(made)
    assert says in str(caught.value)


def test_a_report_is_shown_in_a_frame_and_written_as_it_is(made: oc.StudyRun, tmp_path: Path) -> None:
    from html.parser import HTMLParser

    frames: list[dict[str, str | None]] = []

    class Frames(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            frames.append({"tag": tag, **dict(attrs)})

    report = made.report()
    Frames().feed(report._repr_html_())
    (frame,) = frames
    assert frame["tag"] == "iframe" and frame["srcdoc"] == report.html
    assert (
        report.save(tmp_path / "out.html").read_bytes()
        == Path(made.store.path, "small/report/report.html").read_bytes()
    )


def test_a_run_shows_its_sentences_and_says_where_there_is_no_verdict(made: oc.StudyRun) -> None:
    (sentence,) = made.verdicts()["sentence"]
    assert sentence in repr(made)
    assert f"<li>{sentence}</li>" in made._repr_html_()
    unfinished = oc.open_study(oc.load_study(made.study, replicates=2), root=made.store.url)
    assert "no verdict yet" in repr(unfinished)
    with pytest.raises(Exception, match="was made under settings"):
        unfinished.verdicts()


def test_settings_are_a_file_a_mapping_or_a_study_with_some_replaced(place: Workplace) -> None:
    settings = SMALL | TINY
    loaded = oc.load_study(settings)
    assert loaded == oc.load_study(place.study) == oc.load_study(str(place.study)) == oc.load_study(loaded)
    changed = oc.load_study(loaded, replicates=7)
    assert changed == oc.load_study(settings | {"replicates": 7})
    assert changed.lineages["replace"].replicates == tuple(range(7))
    assert loaded.replicates == 3
    with pytest.raises(oc.BadInput, match=r"shade: no such key here"):
        oc.load_study(settings | {"shade": 1})
    with pytest.raises(oc.BadInput, match="no study is named 'unheard-of'"):
        oc.load_study("unheard-of")
    with pytest.raises(oc.BadInput, match="study 'small': not a usable study"):
        oc.load_study(loaded, replicates=0)


def test_paths_of_a_study_with_settings_replaced_start_where_they_did(tmp_path: Path) -> None:
    people = pl.DataFrame({"age": range(40), "work": ["shop", "farm"] * 20})
    people.write_csv(tmp_path / "people.csv")
    generator = {"kind": "external", "command": ["./mine.sh", "{train}", "{out}", "{rows}", "{seed}"]}
    source = {"kind": "files", "path": "people.csv"}
    arms = {"long": {"policy": "replace", "generator": {"time_limit": 900}}}
    file = make_workplace(tmp_path, source=source, generator=generator, arms=arms, ladders={}, endpoints={}).study
    changed = oc.load_study(oc.load_study(file), replicates=2)
    assert changed.source.load().rows.height == 40
    assert {lineage.generator.folder for lineage in changed.lineages.values()} == {tmp_path}
