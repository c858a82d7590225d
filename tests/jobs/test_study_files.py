"""Study files: what a study file describes, and the error for one that cannot be used."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import yaml

from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.jobs.files.replaced_keys import refuse_extending, replace_keys
from outcross.jobs.files.study_files import SHIPPED, STUDIES, find_as_run, find_study, load_study, register
from outcross.resources.errors import BadInput

GOOD = {
    "study": "mine",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula"},
    "generations": 3,
    "replicates": 3,
    "arms": {"replace": {"policy": "replace"}},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 0.5, 1]}},
    "endpoints": {"loss": {"gain": 0.05}},
}


def write(folder: Path, **changes: object) -> Path:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in {**GOOD, **changes}.items() if value is not None}))
    return path


def checked(path: Path) -> Study:
    study = load_study(path)
    data = study.source.load()
    check_study(study, data.schema, anchor_rows=int(data.rows.height * (1 - study.holdout)))
    return study


def test_every_shipped_study_can_be_loaded_and_fits_its_data() -> None:
    paths = sorted(SHIPPED.glob("*.yaml"))
    assert paths
    for path in paths:
        assert checked(path).study == path.stem


def test_a_rung_that_makes_the_same_datasets_as_an_arm_is_that_arm(tmp_path: Path) -> None:
    study = load_study(write(tmp_path))
    assert [(rung.share, rung.arm) for rung in study.rungs["substitution"]] == [
        (0, "fixed-0"),
        (0.5, "fixed-0.5"),
        (1, "replace"),
    ]
    assert list(study.lineages) == ["replace", "fixed-0", "fixed-0.5"]


def test_an_arm_can_be_split_over_several_lineages(tmp_path: Path) -> None:
    arms = {"replace": {"policy": "replace", "lineages": 2}}
    study = load_study(write(tmp_path, arms=arms, ladders=None, endpoints=None))
    assert {name: lineage.replicates for name, lineage in study.lineages.items()} == {
        "replace.0": (0, 1),
        "replace.1": (2,),
    }


def test_every_pair_of_the_arms_that_a_file_names_is_compared_unless_it_names_pairs(tmp_path: Path) -> None:
    arms = {name: {"policy": name} for name in ("accumulate", "replace", "subsample")}
    every = load_study(write(tmp_path, arms=arms)).compared_arms
    assert every == (("accumulate", "replace"), ("accumulate", "subsample"), ("replace", "subsample"))
    named = [["fixed-0", "replace"]]
    assert load_study(write(tmp_path, arms=arms, compare=named)).compared_arms == (("fixed-0", "replace"),)
    assert load_study(write(tmp_path, arms=arms, compare=[])).compared_arms == ()
    with pytest.raises(BadInput, match="no 'endpoints' to compare them on"):
        load_study(write(tmp_path, arms=arms, ladders=None, endpoints=None, compare=[["replace", "accumulate"]]))


def test_the_fingerprint_follows_what_shapes_the_rows_and_nothing_else(tmp_path: Path) -> None:
    base = load_study(write(tmp_path)).fingerprint("replace")
    assert load_study(write(tmp_path, generations=9)).fingerprint("replace") == base
    assert load_study(write(tmp_path, endpoints={"recall": {"tolerance": 0.2}})).fingerprint("replace") == base
    assert load_study(write(tmp_path, seed=1)).fingerprint("replace") != base
    assert load_study(write(tmp_path, holdout=0.3)).fingerprint("replace") != base


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"study": "Has Spaces"}, ["study", "pattern"]),
        ({"sauce": {}}, ["sauce", "no such key"]),
        ({"source": {"kind": "nowhere"}}, ["source", "nowhere", "choose one"]),
        ({"source": {}}, ["source", "kind"]),
        ({"source": None}, ["source", "is missing"]),
        ({"generator": {"kind": "copula", "colour": 1}}, ["generator", "colour", "no such key"]),
        ({"generations": 1}, ["generations", "greater than or equal to 2"]),
        ({"generations": "many"}, ["generations", "integer"]),
        ({"replicates": 0}, ["replicates", "greater than"]),
        ({"holdout": 1.5}, ["holdout", "less than 1"]),
        ({"rows": -4}, ["rows", "greater than"]),
        ({"arms": {"shared": {"policy": "replace"}}}, ["shared", "rename the arm"]),
        ({"arms": {"x": {"policy": "fixed", "share": -0.5}}}, ["arms.x", "share", "greater than or equal to 0"]),
        ({"arms": {"x": {"policy": "fixed", "share": 1.5}}}, ["arms.x", "share", "less than or equal to 1"]),
        ({"arms": {"x": {"policy": "fixed"}}}, ["arms.x", "share", "is missing"]),
        ({"arms": {"x": {"policy": "blend"}}}, ["arms.x", "blend", "choose one"]),
        ({"arms": {"x": {"policy": "augment", "ratio": "nan"}}}, ["arms.x", "ratio"]),
        ({"arms": {"../x": {"policy": "replace"}}}, ["arms", "pattern"]),
        ({"arms": None, "ladders": None}, ["nothing to sweep"]),
        ({"endpoints": None}, ["no 'endpoints'"]),
        ({"endpoints": {"beauty": {"tolerance": 0.1}}}, ["beauty", "is not an endpoint", "recall"]),
        ({"compare": [["replace", "fixed"]]}, ["'fixed', which is no arm", "replace, fixed-0, fixed-0.5"]),
        ({"compare": [["replace", "replace"]]}, ["'replace' against itself", "name two arms"]),
        (
            {"compare": [["replace", "fixed-0"], ["fixed-0", "replace"]]},
            ["'fixed-0' and 'replace' twice", "remove one"],
        ),
        ({"compare": [["replace"]]}, ["compare.0"]),
        ({"endpoints": {"loss": {"gain": 0}}}, ["endpoints.loss.gain", "greater than 0"]),
        ({"ladders": {"a": {"policy": "fixed", "shares": [0]}}}, ["ladders.a", "at least one value above 0"]),
        ({"ladders": {"a": {"policy": "fixed", "shares": [0.9, 0.1]}}}, ["ladders.a", "ascending"]),
        ({"ladders": {"a": {"policy": "fixed", "ratios": [0, 1]}}}, ["ladders.a", "'shares', not 'ratios'"]),
        ({"ladders": {"a": {"policy": "replace", "shares": [0, 1]}}}, ["ladders.a.policy", "fixed"]),
        ({"guards": {"charm": {"upper": 1}}}, ["charm", "is not a guard"]),
    ],
)
def test_a_broken_study_is_refused_with_file_key_and_remedy(
    tmp_path: Path, changes: dict[str, object], words: list[str]
) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(BadInput) as refusal:
        load_study(path)
    message = str(refusal.value)
    assert str(path) in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"study: [unclosed", "not valid YAML at line 1"),
        (b"- a\n- list\n", "a study file is a mapping"),
        (b"", "a study file is a mapping"),
        (b"study: \xff\xfe", "not UTF-8"),
        (b"study: !!python/object/apply:os.system ['true']", "the tag '!!python/object/apply:os.system' is not read"),
    ],
)
def test_a_file_that_is_not_a_study_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        load_study(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"generator": {"kind": "ngram"}}, ["ngram", "text", "table", "choose another generator"]),
        ({"endpoints": {"distinct_1": {"tolerance": 0.1}}}, ["distinct_1", "text", "choose another endpoint"]),
        ({"endpoints": {"group_gap": {"tolerance": 0.1}}}, ["group_gap", "needs a group", "role 'group'"]),
        ({"rows": 100_000}, ["'rows' is 100,000", "the anchor has"]),
        (
            {"arms": {"f": {"policy": "fresh", "share": 0.5}}, "rows": 300},
            ["arm 'f' needs 600 real rows over 3 generations", "a replicate has 455", "lower"],
        ),
        (
            {"ladders": {"more": {"policy": "augment", "ratios": [0, 1, 3]}}},
            ["ladder 'more'", "unequal", "augment-3 1,820", "unequal_budget"],
        ),
    ],
)
def test_a_study_that_does_not_fit_its_data_is_refused_before_anything_runs(
    tmp_path: Path, changes: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(BadInput) as refusal:
        checked(write(tmp_path, **changes))
    for word in words:
        assert word in str(refusal.value)


def test_studies_are_found_by_name_in_named_folders_and_among_those_run_by_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder, elsewhere = (tmp_path / name for name in ("home", "folder", "elsewhere"))
    for each in (home, folder, elsewhere):
        each.mkdir()
    named, run = write(folder, study="named"), write(elsewhere, study="run")
    monkeypatch.setenv("OUTCROSS_STUDIES", str(folder))
    register(run, home)
    assert {"digits", "named", "run"} <= {study.study for study in STUDIES.load_all(home).usable.values()}
    assert find_study("named", home) == named.resolve()
    with pytest.raises(BadInput, match="no study is named 'absent'"):
        find_study("absent", home)


def register_five(folder: Path, home: Path, process: int) -> None:
    for number in range(5):
        path = folder / f"{process}-{number}"
        path.mkdir()
        register(write(path, study=f"study-{process}-{number}"), home)


def test_studies_registered_by_many_processes_at_once_are_all_recorded(tmp_path: Path) -> None:
    home, context = tmp_path / "home", multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    home.mkdir()
    with ProcessPoolExecutor(8, mp_context=context) as pool:
        ends = [pool.submit(register_five, tmp_path, home, process) for process in range(8)]
        for end in ends:
            end.result()
    names = {study.study for study in STUDIES.load_all(home).usable.values()}
    assert {f"study-{process}-{number}" for process in range(8) for number in range(5)} <= names
    assert not list(home.glob(".*.partial"))


def test_of_two_files_with_the_same_name_the_later_known_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write(tmp_path, study="digits").resolve()
    monkeypatch.setenv("OUTCROSS_STUDIES", str(own))
    loaded = STUDIES.load_all(tmp_path)
    (broken,) = loaded.broken
    assert broken.path == SHIPPED.resolve() / "digits.yaml"
    assert f"{own} both name a study 'digits'; rename one of them" in broken.message
    assert own in loaded.usable and find_study("digits", tmp_path) == own


def test_replaced_keys_are_a_study_file_of_the_same_name_in_the_home(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir(), folder.mkdir()
    path = write(folder, source={"kind": "files", "path": "rows.csv"})
    register(path, home)
    own = load_study(path)
    written = replace_keys(path, {"generations": 5, "replicates": None}, home)
    assert written == home / "studies" / "mine.yaml"
    assert yaml.safe_load(written.read_text()) == {"extends": str(path), "generations": 5}
    as_run = load_study(find_as_run("mine", home))
    assert as_run == load_study(find_as_run(str(path), home)) == own.model_copy(update={"generations": 5})
    assert as_run.source._base == folder, "paths start at the study's own file"
    assert as_run in STUDIES.load_all(home).usable.values(), "it is what the UI shows"
    assert find_study("mine", home) == path, "the study's own file stays what it is"

    path.write_text(path.read_text().replace("replicates: 3", "replicates: 4"))
    assert load_study(find_as_run("mine", home)).replicates == 4, "a later change of the study's file counts"
    with pytest.raises(BadInput, match="name the file that it extends"):
        refuse_extending(written, home)

    assert replace_keys(path, {"generations": 3}, home) == path, "the file has this value itself"
    assert not written.exists() and find_as_run("mine", home) == path


@pytest.mark.parametrize("damaged", ["{", "3", "[3]", "{}"])
def test_a_damaged_list_of_studies_is_named_with_its_remedy(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "studies.json").write_text(damaged)
    with pytest.raises(BadInput, match=r"studies\.json: not a JSON list of paths; delete it, and run each study"):
        find_study("nowhere", tmp_path)
    (tmp_path / "studies.json").unlink()
    with pytest.raises(BadInput, match="no study is named 'nowhere'"):
        find_study("nowhere", tmp_path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"study": "corpora"}, "the folder of the store in which corpora lie"),
        ({"study": "Mine"}, "String should match pattern"),
        ({"study": "s" * 61}, "at most 60 characters"),
        ({"arms": {"a..b": {"policy": "replace"}}}, "the arm 'a..b' has '..' in its name"),
        ({"arms": {"a.": {"policy": "replace", "lineages": 2}}}, "or ends in '.'"),
        ({"arms": {"A": {"policy": "replace"}}}, "String should match pattern"),
        ({"arms": {"a/b": {"policy": "replace"}}}, "String should match pattern"),
        ({"arms": {"a" * 61: {"policy": "replace"}}}, "at most 60 characters"),
        (
            {"arms": {"a": {"policy": "replace", "lineages": 2}, "a.1": {"policy": "accumulate"}}},
            "the arms 'a' and 'a.1' both have a lineage 'a.1'",
        ),
        ({"arms": {"fixed-0.5": {"policy": "accumulate"}}}, "a ladder adds the arm 'fixed-0.5', and another arm has"),
        (
            {"ladders": {"s": {"policy": "fixed", "shares": [0, 0.1234567, 0.1234568]}}},
            "differ in their first six digits",
        ),
        ({"ladders": {"s" * 61: GOOD["ladders"]["substitution"]}}, "at most 60 characters"),
    ],
)
def test_a_name_that_the_store_cannot_bear_is_refused_when_the_file_is_read(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput) as told:
        load_study(write(tmp_path, **changes))
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({"generatons": 3}, "generations"),
        ({"generator": {"kind": "copla"}}, "copula"),
        ({"generator": {"kind": "copula", "drws": 3}}, "draws"),
        ({"source": {"kind": "files", "path": "a", "columns": {"x": {"role": "numeric", "integr": True}}}}, "integer"),
        ({"tests": {"t": {"path": "a", "colums": {}}}}, "columns"),
        ({"arms": {"x": {"policy": "fixed", "share": 0.5, "shar": 1}}}, "share"),
        ({"endpoints": {"los": {"gain": 0.05}}}, "loss"),
        ({"endpoints": {"loss": {"gan": 0.05}}}, "gain"),
        ({"metrics": ["shaps"]}, "shapes"),
        ({"compare": [["replce", "fixed-0"]]}, "replace"),
        ({"learner": {"kind": "clasifier"}}, "classifier"),
        ({"guards": {"los": {"upper": 1}}}, "loss"),
    ],
)
def test_a_misspelt_name_is_told_with_the_nearest_that_there_is(
    tmp_path: Path, changes: dict[str, object], near: str
) -> None:
    with pytest.raises(BadInput, match=f"did you mean '{near}'"):
        load_study(write(tmp_path, **changes))


@pytest.mark.parametrize("key", ["seed", "replicates", "rows", "generations"])
def test_a_truth_value_is_no_number(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput, match=f"'{key}' is a number, and true and false are none"):
        load_study(write(tmp_path, **{key: True}))
