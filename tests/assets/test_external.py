"""A study whose generator is a team's command: whole, and with everything that a run refused kept in the store."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from outcross.assets.artefacts import MODEL, SYNTHETIC, Artefacts
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import make_verdict
from outcross.assets.verdict.make_report import make_report
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.commands import failure
from outcross.resources.errors import BadInput
from outcross.resources.generators.external.settings import External, ExternalError
from outcross.resources.store import Store
from tests.resources.external_programs import BOOTSTRAP, READ, settings_of

STUDY: dict[str, Any] = {
    "study": "theirs",
    "source": {"kind": "breast_cancer"},
    "rows": 60,
    "metrics": ["neighbours"],
    "generations": 3,
    "replicates": 2,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"coverage": {"tolerance": 0.2}},
}


def study_of(program: str, folder: Path, **changes: Any) -> Study:
    content = {**STUDY, "generator": settings_of(program, folder), **changes}
    return Study.model_validate(content, context={"base": folder})


def test_a_whole_study_of_a_command_reaches_its_verdict(tmp_path):
    study = study_of(BOOTSTRAP, tmp_path)
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    run_plainly(artefacts, study.lineages, checks=True)
    make_verdict(artefacts)
    make_report(artefacts)
    (report,) = tmp_path.rglob("report.html")
    assert "external" in report.read_text()
    address = artefacts.address(SYNTHETIC, 2, study.rungs["substitution"][-1].arm)
    provenance = artefacts.provenance(address)
    assert provenance["generator"]["command"][1] == "program.py"
    assert {each.strip() for each in provenance["generator_log"].values()} == {"drew 60 of 60"}
    failed = [
        line
        for path in sorted((tmp_path / "data").rglob("*_checks/**/part.parquet"))
        if "evaluation" not in str(path)
        for line in pl.read_parquet(path).iter_rows(named=True)
        if not line["passed"]
    ]
    assert failed == []


def test_the_same_study_twice_makes_the_same_models_and_rows(tmp_path):
    made = []
    for name in ("one", "two"):
        study = study_of(BOOTSTRAP, tmp_path)
        artefacts = Artefacts(study, Store(tmp_path / name))
        run_plainly(artefacts, [], checks=False)
        model = artefacts.provenance(artefacts.address(MODEL, 0))
        made.append((model["weights_sha256"], artefacts.store.digest(artefacts.address(SYNTHETIC, 0))))
    assert made[0] == made[1]


def test_what_is_refused_lies_in_the_store_with_its_reason(tmp_path):
    study = study_of(READ + "drawn.head(7).write_parquet(out); print('oh', file=sys.stderr)", tmp_path)
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    refused = tmp_path / "data/theirs/refused/gen=00/lineage=shared"
    with pytest.raises(ExternalError, match=f"wrote 7 rows.*kept in {re.escape(str(refused))}"):
        run_plainly(artefacts, [], checks=False)
    assert {path.name for path in refused.iterdir()} == {
        "replicate-0.reason.txt",
        "replicate-0.stderr.txt",
        "replicate-0.out.parquet",
    }
    assert "wrote 7 rows where 60" in (refused / "replicate-0.reason.txt").read_text()
    assert (refused / "replicate-0.stderr.txt").read_text() == "oh\n"
    assert not artefacts.store.exists(artefacts.address(SYNTHETIC, 0))
    (tmp_path / "program.py").write_text("import sys; sys.exit(3)")
    with pytest.raises(ExternalError, match="exit code 3"):
        run_plainly(artefacts, [], checks=False)
    assert not (refused / "replicate-0.out.parquet").exists(), "of an earlier run nothing is left to be taken for it"


def test_what_a_command_cannot_do_is_refused_before_anything_runs(tmp_path):
    def refusal(**changes: Any) -> str:
        study = study_of(BOOTSTRAP, tmp_path, **changes)
        with pytest.raises(BadInput) as caught:
            check_study(study, study.source.load().schema, anchor_rows=400)
        return str(caught.value)

    loss = refusal(metrics=["loss"], endpoints={"loss": {"gain": 0.1}})
    assert "endpoint 'loss' needs a held-out loss, but generator 'external' has no likelihood" in loss
    weighted = refusal(arms={"golden": {"policy": "weighted", "weight": 0.6}})
    assert "arm 'golden' weighs its rows, but generator 'external' does not support weights" in weighted
    augment = refusal(ladders={"more": {"policy": "augment", "ratios": [0, 1]}})
    assert "unequal numbers of rows" in augment


def test_another_command_or_revision_makes_what_was_made_before_stale(tmp_path):
    first = study_of(BOOTSTRAP, tmp_path).fingerprint("shared")
    settings = settings_of(BOOTSTRAP, tmp_path)
    assert study_of(BOOTSTRAP, tmp_path / ".").fingerprint("shared") == first
    for change in ({"revision": "2"}, {"command": [*settings["command"], "--more"]}):
        assert study_of(BOOTSTRAP, tmp_path, generator={**settings, **change}).fingerprint("shared") != first


def test_the_worked_example_is_a_study():
    text = (Path(__file__).parents[2] / "docs/external.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```yaml\n(# adult\.yaml\n.*?)```", text, re.DOTALL)
    study = Study.model_validate(yaml.safe_load(written))
    assert isinstance(study.generator, External)
    assert study.generator.command[1] == "arf.py"


API = """
import sys, os, shutil
train, out, rows, seed = sys.argv[1:]
calls = len(open('calls.log').readlines()) if os.path.exists('calls.log') else 0
open('calls.log', 'a').write(f"{seed}\\n")
print('asked with', seed, file=sys.stderr)
if calls in FAILING: sys.exit('429')
shutil.copy(train, out)
"""
"""A paid endpoint, which is asked for as many rows as it is given, and gives those: each run is logged, some fail."""
SMALL = {
    "generations": 2,
    "replicates": 3,
    "rows": 20,
    "ladders": {},
    "endpoints": {},
    "arms": {"replace": {"policy": "replace"}},
}


def calls(folder: Path) -> list[str]:
    return (folder / "calls.log").read_text().split()


def run_of(folder: Path, failing: str, **generator: Any) -> Artefacts:
    settings = settings_of(API.replace("FAILING", failing), folder, **generator)
    study = study_of(API.replace("FAILING", failing), folder, **SMALL, generator=settings)
    return Artefacts(study, Store(folder / "data"))


def test_runs_that_went_well_are_not_asked_for_again_after_a_failed_one(tmp_path):
    artefacts = run_of(tmp_path, "(2,)")
    with pytest.raises(ExternalError, match="replicate 2"):
        run_plainly(artefacts, artefacts.study.lineages, checks=False)
    assert len(list(tmp_path.rglob("run-*.parquet"))) == 2
    run_plainly(artefacts, artefacts.study.lineages, checks=False, resume=True)
    asked = calls(tmp_path)
    assert len(asked) == 7 and asked[2] == asked[3], "only the third run of the first generation is asked for twice"
    assert len(set(asked)) == 6
    assert not list(tmp_path.rglob("run-*.parquet")), "they are removed once the part is written"


def test_rows_that_were_kept_make_the_same_bytes_as_rows_asked_for_at_once(tmp_path):
    written = []
    for name, failing in (("at once", "()"), ("resumed", "(1,)")):
        (tmp_path / name).mkdir()
        artefacts = run_of(tmp_path / name, failing)
        if failing != "()":
            with pytest.raises(ExternalError):
                run_plainly(artefacts, artefacts.study.lineages, checks=False)
        run_plainly(artefacts, artefacts.study.lineages, checks=False, resume=True)
        address = artefacts.address(SYNTHETIC, 1, "replace")
        written.append((artefacts.load(address), artefacts.provenance(address)["generator_log"]))
    (rows, log), (others, other_log) = written
    assert rows.equals(others) and rows["replicate"].n_unique() == 3
    assert log == other_log and list(log) == ["0", "1", "2"]
    assert len(set(log.values())) == 3 and all(each.startswith("asked with ") for each in log.values())


def test_kept_rows_of_other_settings_or_damaged_ones_are_asked_for_again(tmp_path):
    artefacts = run_of(tmp_path, "(2, 5)")
    with pytest.raises(ExternalError):
        run_plainly(artefacts, artefacts.study.lineages, checks=False)
    kept = sorted(tmp_path.rglob("run-*.parquet"))
    kept[0].write_bytes(kept[0].read_bytes()[:-30])
    changed = run_of(tmp_path, "(2, 5)", revision="2")
    run = changed.study.model_copy(update={"generations": 2})
    with pytest.raises(ExternalError):
        run_plainly(Artefacts(run, changed.store), run.lineages, checks=False)
    assert len(calls(tmp_path)) == 6, "another revision asks for all three"
    before = calls(tmp_path)[:2]
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    again = calls(tmp_path)[6:]
    assert len(set(before) & set(again)) == 1, "of the two that were kept, the damaged one"


def test_a_run_is_repeated_as_often_as_its_retries_say(tmp_path, monkeypatch):
    monkeypatch.setattr(failure, "FIRST_PAUSE", 0.0)
    artefacts = run_of(tmp_path, "(0, 1)", retries=2)
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    assert len(calls(tmp_path)) == 8 and len(set(calls(tmp_path))) == 6
    (tmp_path / "few").mkdir()
    with pytest.raises(ExternalError, match="429"):
        run_plainly(run_of(tmp_path / "few", "(0, 1)", retries=1), ["replace"], checks=False)
    assert len(calls(tmp_path / "few")) == 2


def test_retries_make_nothing_stale(tmp_path):
    one, other = (run_of(tmp_path, "()", retries=retries).study.fingerprint("replace") for retries in (0, 3))
    assert one == other != run_of(tmp_path, "()", revision="2").study.fingerprint("replace")
