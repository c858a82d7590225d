"""Generators out of other packages: a real distribution on the path, found by its entry point."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from outcross.assets.artefacts import MODEL, SYNTHETIC, Artefacts
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.generators import GENERATORS, AnyGenerator
from outcross.resources.store import Store
from outcross.testing import LawBroken, check_generator, generator_checks

MODULE = """
from typing import ClassVar, Literal
from outcross.resources.generators.closed_form.gaussian import Gaussian
from outcross.resources.generators.contract import Generator

class Shrunk(Gaussian):
    kind: Literal["shrunk"] = "shrunk"
    shrink: float = 0.5
    version: ClassVar[str] = "3"

class Unfinished(Generator):
    kind: Literal["unfinished"] = "unfinished"
"""
POINTS = {
    "shrunk": "shrunk_plugin:Shrunk",
    "unfinished": "shrunk_plugin:Unfinished",
    "misnamed": "shrunk_plugin:Shrunk",
    "function": "os.path:join",
    "nowhere": "no_such_module_of_ours:Gone",
    "nothing": "shrunk_plugin:Missing",
    "gaussian": "shrunk_plugin:Shrunk",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path that holds an installed distribution."""
    folder = tmp_path / "site"
    install(folder, "shrunk-plugin", "1.2", POINTS)
    (folder / "shrunk_plugin.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "shrunk_plugin", raising=False)
    return folder


def install(folder: Path, name: str, version: str, points: dict[str, str]) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{kind} = {value}" for kind, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[outcross.generators]", *lines]))


def study_file(folder: Path, **generator: object) -> Path:
    path = folder / "study.yaml"
    content = {
        "study": "plugged",
        "source": {"kind": "population", "rows": 60, "of": {"family": "gaussian"}},
        "holdout": 0,
        "metrics": ["population"],
        "generator": {"kind": "shrunk", **generator},
        "generations": 2,
        "replicates": 2,
        "arms": {"replace": {"policy": "replace"}},
    }
    path.write_text(yaml.safe_dump(content))
    return path


def refusal(**settings: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AnyGenerator).validate_python(settings)
    return str(caught.value)


def test_a_study_runs_a_plug_in_and_records_its_settings_and_distribution(site, tmp_path):
    study = load_study(study_file(tmp_path, shrink=0.25))
    assert study.model_dump(mode="json")["generator"]["shrink"] == 0.25
    assert study.generator.release == "3 (shrunk-plugin 1.2)"
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    run_plainly(artefacts, study.lineages, checks=True)
    assert artefacts.provenance(artefacts.address(MODEL, 1, "replace"))["generator"]["shrink"] == 0.25
    assert artefacts.load(artefacts.address(MODEL, 0))["generator_version"].to_list() == ["3 (shrunk-plugin 1.2)"] * 2
    made = artefacts.provenance(artefacts.address(SYNTHETIC, 1, "replace"))
    assert made["generator_version"] == "3 (shrunk-plugin 1.2)"


def test_its_settings_and_its_release_are_in_the_fingerprint(site, tmp_path):
    fingerprints = {load_study(study_file(tmp_path, shrink=each)).fingerprint("shared") for each in (0.1, 0.2)}
    install(site, "shrunk-plugin", "1.2", {})
    install(site, "shrunk-plugin-renamed", "1.3", POINTS)
    fingerprints.add(load_study(study_file(tmp_path, shrink=0.2)).fingerprint("shared"))
    assert len(fingerprints) == 3


def test_settings_a_plug_in_does_not_know_are_refused_as_those_of_any_generator(site, tmp_path):
    with pytest.raises(BadInput, match=r"generator.shrunken: no such key here"):
        load_study(study_file(tmp_path, shrunken=1))


def test_a_misspelt_kind_is_answered_with_all_that_come_along_and_are_installed(site, tmp_path):
    known = ", ".join(f"'{kind}'" for kind in [*GENERATORS, *sorted(set(POINTS) - {"gaussian"})])
    with pytest.raises(BadInput, match=re.escape(f"generator: 'shrnk' is not one of {known} (did you mean 'shrunk'?)")):
        load_study(study_file(tmp_path, kind="shrnk"))


def test_a_kind_that_comes_along_is_never_a_plug_ins(site):
    assert type(TypeAdapter(AnyGenerator).validate_python({"kind": "gaussian"})) is GENERATORS["gaussian"]
    assert "shrunk_plugin" not in sys.modules, "nor is a plug-in imported that no study names"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("nowhere", "cannot be imported (ModuleNotFoundError: No module named 'no_such_module_of_ours')"),
        ("nothing", "cannot be imported (AttributeError"),
        ("function", "is not a subclass of outcross.resources.generators.contract.Generator"),
        ("unfinished", "does not define check, fit, load, modalities, version"),
        ("misnamed", "has another kind than its entry point"),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_named_with_its_distribution(site, tmp_path, kind, wrong):
    assert wrong in refusal(kind=kind)
    with pytest.raises(BadInput, match=rf"generator: generator '{kind}' of shrunk-plugin 1.2"):
        load_study(study_file(tmp_path, kind=kind))


def test_a_kind_that_two_distributions_offer_is_nobodys(site):
    install(site, "rival", "0.1", {"shrunk": "shrunk_plugin:Shrunk"})
    assert "offered by rival 0.1 and shrunk-plugin 1.2; install exactly one package that provides it" in refusal(
        kind="shrunk"
    )


def test_settings_that_exist_already_stay_as_they_are_or_are_read_again(site):
    read = TypeAdapter(AnyGenerator).validate_python({"kind": "shrunk"})
    again = TypeAdapter(AnyGenerator).validate_python(read)
    assert again == read and again.release == "3 (shrunk-plugin 1.2)"
    assert TypeAdapter(AnyGenerator).validate_python(GENERATORS["gaussian"]()).release == GENERATORS["gaussian"].version


DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worked example of docs/external.md, installed under the entry point that is written there."""
    folder, point = tmp_path / "documented", re.search(r'^(\w+) = "(our_package\S+)"$', guide(), re.MULTILINE)
    assert point is not None
    install(folder, "our-package", "1.0", {point[1]: point[2]})
    (folder / "our_package").mkdir()
    (folder / "our_package/__init__.py").touch()
    (folder / "our_package/bootstrap.py").write_text((DOCS / "external/bootstrap.py").read_text())
    monkeypatch.syspath_prepend(str(folder))
    for name in ("our_package", "our_package.bootstrap"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def guide() -> str:
    return (DOCS / "external.md").read_text()


def test_the_documented_plug_in_keeps_every_law_and_runs_in_a_study(documented, tmp_path):
    settings = TypeAdapter(AnyGenerator).validate_python({"kind": "bootstrap"})
    check_generator(settings)
    study = load_study(study_file(tmp_path, kind="bootstrap"))
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    assert artefacts.load(artefacts.address(MODEL, 1, "replace"))["generator_version"][0] == "1 (our-package 1.0)"


def test_the_documented_tests_of_a_plug_in_run_and_pass(documented, tmp_path):
    (block,) = (each for each in re.findall(r"```python\n(.*?)```", guide(), re.DOTALL) if "generator_checks" in each)
    (tmp_path / "test_bootstrap.py").write_text(block)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_bootstrap.py"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(documented), *sys.path])}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    asked = sum(1 for _ in generator_checks(TypeAdapter(AnyGenerator).validate_python({"kind": "bootstrap"})))
    assert f"{asked} passed" in ran.stdout


def test_the_documented_message_is_what_a_broken_plug_in_is_told(documented):
    module = importlib.import_module("our_package.bootstrap")

    class OneStream(module.BootstrapModel):
        def sample(self, *, rows, seeds):
            mixed = sum(seeds[number] for number in self.members)
            return super().sample(rows=rows, seeds=dict.fromkeys(self.members, mixed))

    class Mixed(module.Bootstrap):
        def fit(self, cohort, *, progress=None):
            return OneStream(**vars(super().fit(cohort)))

        def load(self, tensors, card):
            return OneStream(**vars(super().load(tensors, card)))

    with pytest.raises(LawBroken) as caught:
        check_generator(Mixed())
    quoted = " ".join(re.search(r"> `LawBroken`: (.*?)\n\n", guide(), re.DOTALL)[1].replace("\n>", "").split())
    assert str(caught.value) == quoted
