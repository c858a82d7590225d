"""Learners out of other packages: a real distribution on the path, found by its entry point."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import HOLDOUT, LEARNER, Artefacts, Slot
from outcross.assets.dataset.make import load_dataset, make_dataset
from outcross.assets.learner.make import make_learner
from outcross.assets.study.learners import LEARNERS, AnyLearner
from outcross.assets.study.study import Study
from outcross.resources.store import Store

DOCS = Path(__file__).parents[2] / "docs"
MODULE = """
from our_learners.prevalence import Prevalence
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.study.learners.contract import Learner
from typing import Literal

class Bare(Learner):
    kind: Literal["bare"] = "bare"

class Misnamed(Prevalence):
    kind: Literal["misnamed"] = "misnamed"
    @property
    def endpoints(self):
        return (Endpoint("score", Definition.UTILITY_FALLS, Reading.ANY_RISK, "higher", "a score"),)
"""
POINTS = {
    "prevalence": "our_learners.prevalence:Prevalence",
    "bare": "our_learners.others:Bare",
    "misnamed": "our_learners.others:Misnamed",
    "alien": "outcross.resources.generators.closed_form.gaussian:Gaussian",
    "classifier": "our_learners.prevalence:Prevalence",
}
STUDY: dict[str, Any] = {
    "study": "taught",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula", "draws": 4},
    "learner": {"kind": "prevalence"},
    "rows": 60,
    "generations": 2,
    "replicates": 1,
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
    "endpoints": {"learner_prevalence_error": {"absolute": 0.05}},
}


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution on the path: the learner of docs/external, and others that cannot be used."""
    folder = tmp_path / "site"
    info, package = folder / "our_learners-1.4.dist-info", folder / "our_learners"
    info.mkdir(parents=True)
    package.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-learners\nVersion: 1.4\n")
    lines = [f"{kind} = {value}" for kind, value in POINTS.items()]
    (info / "entry_points.txt").write_text("\n".join(["[outcross.learners]", *lines]))
    (package / "__init__.py").touch()
    (package / "prevalence.py").write_text((DOCS / "external/prevalence.py").read_text())
    (package / "others.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(folder))
    for name in ("our_learners", "our_learners.prevalence", "our_learners.others"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def refusal(kind: str) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AnyLearner).validate_python({"kind": kind})
    return str(caught.value)


def test_the_documented_plug_in_scores_the_dataset_and_is_recorded_with_its_distribution(tmp_path: Path) -> None:
    artefacts = Artefacts(Study.model_validate(STUDY), Store(tmp_path / "data"))
    make_anchor(artefacts)
    slot = Slot(artefacts, 0, "shared")
    make_dataset(slot)
    make_learner(slot)
    train, test = (rows["label"] for rows in (load_dataset(slot), artefacts.load(artefacts.address(HOLDOUT))))
    apart = abs((train == "benign").mean() - (test == "benign").mean())  # type: ignore[operator]
    assert slot.load(LEARNER)["value"].to_list() == [pytest.approx(apart)]
    provenance = artefacts.provenance(slot.address(LEARNER))
    assert provenance["learner"] == {"kind": "prevalence"}
    assert provenance["learner_version"] == "1 (our-learners 1.4)"
    assert Study.model_validate(artefacts.study.model_dump()).learner == artefacts.study.learner


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("bare", "learner 'bare' of our-learners 1.4 .* does not define endpoints, train, modalities, version"),
        ("misnamed", "an endpoint 'score', whose name does not begin with 'learner_'"),
        ("alien", "is not a subclass of outcross.assets.study.learners.contract.Learner"),
        ("prevalense", "'classifier', 'external', 'language_model', 'regressor', 'alien'"),
    ],
)
def test_a_plug_in_that_cannot_be_used_says_why(kind: str, wrong: str) -> None:
    assert re.search(wrong, refusal(kind)), refusal(kind)


def test_a_kind_that_comes_along_is_never_a_plug_ins() -> None:
    assert type(TypeAdapter(AnyLearner).validate_python({"kind": "classifier"})) is LEARNERS["classifier"]
    assert "our_learners.prevalence" not in sys.modules, "nor is a plug-in imported that no study names"
