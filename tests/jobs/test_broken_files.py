"""One file that cannot be used is shown as broken and harms nothing else."""

import os
from pathlib import Path

import dagster as dg
import pytest
import yaml

from outcross.assets.study.study import Study
from outcross.jobs.automation import location_parts
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.known_files import load_known
from outcross.jobs.files.settings_files import BrokenFile
from outcross.jobs.files.study_files import find_study, load_study, register
from outcross.resources.errors import BadInput
from tests.jobs.corpora import settings
from tests.jobs.workplace import SMALL, Workplace


def write(path: Path, **changes: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**SMALL, **changes}))
    return path.resolve()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of studies, of which one is usable."""
    monkeypatch.setenv("OUTCROSS_STUDIES", str(tmp_path / "studies"))
    write(tmp_path / "studies" / "good.yaml", study="good")
    return tmp_path / "studies"


def broken_at(home: Path) -> dict[str, str]:
    return {each.path.name: each.message for each in load_known(home).broken}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("study: [unclosed", "not valid YAML at line 1"),
        (yaml.safe_dump({**SMALL, "study": "bad", "replicats": 3}), "replicats: no such key here"),
        ("", "a study file is a mapping"),
        (yaml.safe_dump({**SMALL, "study": "bad", "owners": ["not an owner"]}), "write an email address, or 'team:'"),
        (yaml.safe_dump({**SMALL, "study": "bad", "webhook": "http://[::1"}), "no URL that can be posted to"),
        (yaml.safe_dump({**SMALL, "study": "bad", "webhook": "http://host:99999999/x"}), "no URL that can be posted"),
    ],
)
def test_a_broken_file_leaves_every_other_usable(folder: Path, tmp_path: Path, content: str, words: str) -> None:
    (folder / "bad.yaml").write_text(content)
    known = load_known(tmp_path)
    assert {"good", "digits"} <= {study.study for study in known.studies} and known.corpora
    (broken,) = known.broken
    assert broken.path == (folder / "bad.yaml").resolve() and words in broken.message
    assert load_study(find_study("good", tmp_path)).study == "good"
    with pytest.raises(BadInput):
        load_study(find_study("bad", tmp_path))


def test_a_path_that_does_not_exist_is_broken_and_the_others_load(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCROSS_STUDIES", os.pathsep.join([str(tmp_path / "gone"), str(folder)]))
    assert "OUTCROSS_STUDIES names" in broken_at(tmp_path)["gone"]
    assert "good" in {study.study for study in load_known(tmp_path).studies}


def test_names_that_differ_only_in_a_dash_are_refused_with_both_files(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    first, second = (write(folder / f"{name}.yaml", study=name) for name in ("a-b", "a_b"))
    (message,) = broken_at(tmp_path).values()
    assert str(first) in message and str(second) in message and "cannot tell '-' from '_'" in message
    second.unlink()
    elsewhere = write(tmp_path / "elsewhere" / "a_b.yaml", study="a_b")
    with pytest.raises(BadInput, match="rename one of them") as refusal:
        register(elsewhere, tmp_path / "home")
    assert str(first) in str(refusal.value) and str(elsewhere) in str(refusal.value)


def test_a_corpus_whose_group_a_study_has_is_broken(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "study.yaml", study="corpus_people")
    corpus = tmp_path / "people.yaml"
    corpus.write_text(yaml.safe_dump(settings(tmp_path)))
    monkeypatch.setenv("OUTCROSS_CORPORA", str(corpus))
    (message,) = broken_at(tmp_path).values()
    assert str(corpus) in message and str(folder / "study.yaml") in message and "'corpus_people'" in message


def test_broken_files_are_assets_that_show_the_fault(tmp_path: Path) -> None:
    names = ("a 'quoted' name.yaml", "one/same.yaml", "two/same.yaml")
    broken = [BrokenFile(path=tmp_path / name, message=f"{name}: not valid YAML; fix that line") for name in names]
    graph = build_definitions([], broken=broken, root="nowhere").get_repository_def().asset_graph
    assert len(graph.get_all_asset_keys()) == 3
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert key.path[0] == node.group_name == "broken"
        assert "fix that line" in node.description
        assert isinstance(node.metadata["path"], dg.PathMetadataValue)


def test_the_list_of_studies_names_the_broken_ones(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    (tmp_path / "bad.yaml").write_text("study: [unclosed")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "studies.json").write_text(f'["{tmp_path}/bad.yaml"]')
    listed = place.run_json("studies")
    assert "digits" in {each["study"] for each in listed["studies"]}
    (broken,) = listed["broken"]
    assert broken["file"] == str(tmp_path / "bad.yaml") and "not valid YAML" in broken["error"]


def test_a_file_that_dagster_cannot_define_is_shown_as_broken_and_the_others_are_defined(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = write(folder / "bad.yaml", study="bad")
    define = location_parts.define_study

    def refuse_one(study: Study, *, root: str) -> dg.Definitions:
        if study.study == "bad":
            raise dg.DagsterInvalidDefinitionError("of a kind that no check of ours knows")
        return define(study, root=root)

    monkeypatch.setattr(location_parts, "define_study", refuse_one)
    known = load_known(tmp_path)
    chosen = [study for study in known.studies if study.study in {"good", "bad"}]
    graph = build_definitions(chosen, paths=known.paths, root="nowhere").get_repository_def().asset_graph
    shown = graph.get(dg.AssetKey(["broken", "bad.yaml"])).description
    assert str(bad) in shown and "of a kind that no check of ours knows" in shown
    assert any(key.path[0] == "good" for key in graph.get_all_asset_keys())
    assert not any(key.path[0] == "bad" for key in graph.get_all_asset_keys())
    with pytest.raises(dg.DagsterInvalidDefinitionError):
        build_definitions(chosen, root="nowhere")


@pytest.mark.parametrize(
    "owner", ["a@b.org", "team:data", "team:x y", "team:", "not an owner", "@", "a@b", "", "a@b.c1"]
)
def test_an_owner_is_taken_where_dagster_takes_it(owner: str) -> None:
    try:
        dg.AssetSpec("asset", owners=[owner])
    except dg.DagsterInvalidDefinitionError:
        taken = False
    else:
        taken = True
    if taken:
        assert Study.model_validate({**SMALL, "owners": [owner]}).owners == (owner,)
    else:
        with pytest.raises(ValueError, match="is no owner; write an email address"):
            Study.model_validate({**SMALL, "owners": [owner]})
