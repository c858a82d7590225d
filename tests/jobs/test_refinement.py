"""A study whose ladder adds rungs: it says what it does, goes on where it was killed, and reads the same afterwards."""

import io
import shutil
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import yaml

import outcross as oc
from outcross.assets.artefacts import EVALUATION, VERDICT, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.facts import without_stamp
from outcross.assets.verdict.make import make_verdict, outdated_parts, verdict_is_current
from outcross.assets.verdict.written_report import read_report
from outcross.jobs.cli.progress import study_progress
from outcross.jobs.running.plain_loop import refine_plainly
from outcross.jobs.running.plan import Run
from outcross.jobs.running.rounds import next_round
from outcross.jobs.running.run_tags import CANDIDATE, RUNG_TAG, lineage_tags
from outcross.resources.store import Store
from tests.jobs.refining import REFINING
from tests.jobs.workplace import Workplace

ADDED = ["fixed-0.125", "fixed-0.25"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[oc.StudyRun, str]:
    """The study, run without a break, and what it showed."""
    with redirect_stderr(io.StringIO()) as shown:
        run = oc.run(REFINING, root=tmp_path_factory.mktemp("refining"))
    return run, shown.getvalue()


def parts(run: oc.StudyRun) -> dict[str, bytes]:
    """Every file of a store but the views on it; of the report all but when it was made."""
    root = Path(run.store.path)
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("warehouse."))
    return {path.relative_to(root).as_posix(): without_stamp(path.read_bytes()) for path in files}


def test_the_runs_of_rungs_that_may_be_added_are_tagged_as_candidates() -> None:
    study = Study.model_validate(REFINING)
    tagged = [name for name in study.lineages if lineage_tags(study, name).get(RUNG_TAG) == CANDIDATE]
    assert tagged == ["fixed-0.125", "fixed-0.25", "fixed-0.375", "fixed-0.625", "fixed-0.75", "fixed-0.875"]


def test_a_study_says_how_many_rungs_it_may_add_and_for_each_why(made: tuple[oc.StudyRun, str]) -> None:
    shown = " ".join(made[1].split())
    assert "3 lineages, and at most 3 more where they decide" in shown
    assert "share 0.125, between real rows alone (shown to be safe) and 0.5 (not shown), by excess_risk" in shown
    assert "share 0.25, between 0.125 (shown to be safe) and 0.5 (not shown), by excess_risk" in shown
    assert "share 0.375" not in shown


def test_a_terminal_says_how_many_lineages_at_most_and_why_each_rung_is_added(
    made: tuple[oc.StudyRun, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with study_progress(made[0].study, quiet=False) as watch:
        assert watch is not None
        run = Run(job="job", partition="fixed-0.125", keys=[], label="fixed-0.125", reason="share 0.125 decides")
        for _ in range(2):
            watch(run, 1, 4)
    shown = " ".join(capsys.readouterr().err.split())
    assert "3 lineages, and at most 3 more where they decide, × 2 generations × 10 replicates" in shown
    assert shown.count("Added: share 0.125 decides") == 1


def test_the_verdict_the_report_and_the_ladder_name_the_rungs_that_were_added(made: tuple[oc.StudyRun, str]) -> None:
    run, _ = made
    (line,) = run.verdicts().to_dicts()
    assert line["added_shares"] == [0.125, 0.25] and 0.125 <= line["lower_95"] < 0.25
    assert "shares 0, 0.5, 1 tried, then 0.125, 0.25 where it is decided" in " ".join(line["details"])
    assert run.ladder().added_shares == (0.125, 0.25)
    assert set(run.evaluations()["arm"]) == {"shared", "fixed-0", "fixed-0.5", "replace", *ADDED}
    html = read_report(Artefacts(run.study, run.store)).decode()
    assert "(added: 0.125, 0.25)" in html
    assert "Added to ladder &#39;substitution&#39;: share 0.25, between 0.125" in html
    tolerance = oc.Tolerance(line["tolerance"], "absolute")
    again = oc.safe_share(run.evaluations(), ladder=run.ladder(), endpoint="excess_risk", tolerance=tolerance)
    assert again.lower_95 == line["lower_95"]


@pytest.mark.parametrize("killed_at", [("fixed-0.125", 1), ("fixed-0.25", 1)])
def test_a_run_that_was_killed_between_rounds_goes_on_to_the_same_bytes(
    made: tuple[oc.StudyRun, str], killed_at: tuple[str, int], tmp_path: Path
) -> None:
    whole, _ = made
    root = shutil.copytree(whole.store.path, tmp_path / "data")
    for thing in ("verdict", "report"):
        shutil.rmtree(root / "refining" / thing)
    dropped = ADDED[ADDED.index(killed_at[0]) :]
    for lineage in dropped:
        for folder in list(root.rglob(f"lineage={lineage}")):
            shutil.rmtree(folder)

    class Killed(BaseException): ...

    def kill(lineage: str, generation: int) -> None:
        assert (lineage, generation) == killed_at
        raise Killed

    with pytest.raises(Killed):
        refine_plainly(Artefacts(whole.study, Store(root)), watch=kill)
    again = oc.run(REFINING, root=root, progress=False)
    assert parts(again) == parts(whole)


def test_a_candidate_that_is_half_made_is_no_gap(made: tuple[oc.StudyRun, str], tmp_path: Path) -> None:
    whole, _ = made
    artefacts = Artefacts(whole.study, Store(shutil.copytree(whole.store.path, tmp_path / "data")))
    assert verdict_is_current(artefacts)
    assert [each.rung.arm for each in next_round(artefacts).added] == ADDED and not next_round(artefacts).following
    shutil.rmtree(Path(artefacts.store.path) / str(artefacts.address(EVALUATION, 1, "fixed-0.25")))
    assert "fixed-0.25" not in {slot.lineage for slot in artefacts.slots}
    assert [each.rung.arm for each in next_round(artefacts).following] == ["fixed-0.25"]
    assert not verdict_is_current(artefacts), "it was reached with that rung"
    make_verdict(artefacts)
    assert str(artefacts.address(VERDICT)) not in outdated_parts(artefacts, VERDICT)
    refine_plainly(artefacts)
    assert outdated_parts(artefacts, VERDICT) == [str(artefacts.address(VERDICT))], "a rung was added since"
    shutil.rmtree(Path(artefacts.store.path) / str(artefacts.address(EVALUATION, 1, "replace")))
    with pytest.raises(IncompleteStudy, match="replace generation 1"):
        next_round(artefacts)


def test_the_engine_adds_the_same_rungs_with_the_same_bytes(made: tuple[oc.StudyRun, str], tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (tmp_path / "refining.yaml").write_text(yaml.safe_dump(REFINING))
    ran = place.run_json("study", "refining.yaml", "--workers", "1")
    assert [each["lineage"] for each in ran["added"]] == ADDED
    assert [each["reason"].split(",")[0] for each in ran["added"]] == ["share 0.125", "share 0.25"]
    assert ran["runs"] == ["generation 0", "fixed-0", "fixed-0.5", "replace", *ADDED, "verdict"]
    assert ran["verdicts"][0]["added_shares"] == [0.125, 0.25]
    assert parts(oc.open_study(tmp_path / "refining.yaml", root=place.data)) == parts(made[0])
    assert place.run_json("study", "refining.yaml")["runs"] == []
