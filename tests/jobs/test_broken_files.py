"""One file that cannot be used is shown as broken and harms nothing else."""

import os
from pathlib import Path

import dagster as dg
import pytest
import yaml

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
