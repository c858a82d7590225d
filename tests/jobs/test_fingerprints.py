"""Settings keep their fingerprints from version to version: a store of an earlier one stays current.

A fingerprint changes where a setting is added, renamed, removed or given another default, or where a generator makes
other bytes from the same seed (its ``release`` is then raised). Both make users run their studies again, so do either
on purpose, then renew the file with ``python -m tests.jobs.test_fingerprints``.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, FieldSerializationInfo, create_model, field_serializer

from outcross.assets.study.learners.classifier import ClassifierLearner
from outcross.assets.study.recorded_keys import first_keys, recorded
from outcross.assets.study.study import Study
from outcross.jobs.files.study_files import SHIPPED, load_study
from tests.first_keys import settings_classes

RECORDED = Path(__file__).with_name("fingerprints.json")
TABLE, TEXT, IMAGE = "breast_cancer", "python_docs", "digits"
GENERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    "autoregressive": (TABLE, {}),
    "categorical": (TABLE, {}),
    "copula": (TABLE, {}),
    "cvae": (IMAGE, {}),
    "diffusion": (IMAGE, {}),
    "external": (TABLE, {"command": ["fit", "{train}", "{seed}", "{rows}", "{out}"]}),
    "gaussian": (TABLE, {}),
    "linear_classifier": (TABLE, {}),
    "linear_regression": (TABLE, {"design": "fresh", "noise": 0.5}),
    "ngram": (TEXT, {}),
    "transformer": (TEXT, {}),
    "uniform": (TABLE, {}),
}
"""Kind → a source that it is stated with, of which nothing is read, and the settings that have no default."""


def _small(kind: str, source: str, own: dict[str, Any]) -> Study:
    settings: dict[str, Any] = {
        "study": kind.replace("_", "-"),
        "source": {"kind": source},
        "generator": {"kind": kind, **own},
        "generations": 3,
        "replicates": 2,
        "arms": {
            "replace": {"policy": "replace"},
            "accumulate": {"policy": "accumulate"},
            "subsample": {"policy": "subsample"},
            "weighted": {"policy": "weighted", "weight": 0.5},
            "verified": {"mixing": {"policy": "replace"}, "curation": {"kind": "deduplicate"}},
        },
        "ladders": {
            "substitution": {"policy": "fixed", "shares": [0, 0.5, 1]},
            "augmentation": {"policy": "augment", "ratios": [0, 1]},
            "renewal": {"policy": "fresh", "shares": [0.5, 1]},
        },
        "endpoints": {"coverage": {"tolerance": 0.1}},
    }
    return Study.model_validate(settings)


def _fingerprints() -> dict[str, dict[str, str]]:
    shipped = [load_study(path) for path in sorted(SHIPPED.glob("*.yaml"))]
    small = [_small(kind, *stated) for kind, stated in GENERATORS.items()]
    return {
        f"{group}/{study.study}": {name: study.fingerprint(name) for name in ("shared", *study.lineages)}
        for group, studies in (("shipped", shipped), ("generators", small))
        for study in studies
    }


@pytest.mark.parametrize("study", json.loads(RECORDED.read_text()) if RECORDED.exists() else [])
def test_a_study_has_the_fingerprints_of_the_version_before(study: str) -> None:
    assert _fingerprints()[study] == json.loads(RECORDED.read_text())[study]


def test_every_shipped_study_is_recorded() -> None:
    assert _fingerprints().keys() == json.loads(RECORDED.read_text()).keys()


def test_every_class_of_settings_is_recorded_with_its_first_keys() -> None:
    assert {name: first_keys()[name] <= set(each.model_fields) for name, each in settings_classes().items()} == (
        dict.fromkeys(settings_classes(), True)
    ), "run 'make snapshot' once there is a new class; a key that is recorded may not go"


@pytest.mark.parametrize("name", settings_classes())
def test_a_later_key_with_its_default_changes_no_fingerprint_and_with_another_value_it_does(name: str) -> None:
    kind = settings_classes()[name]
    later = create_model(name, __base__=kind, a_later_key=(int, 7))
    needed = {key: None for key, field in kind.model_fields.items() if field.is_required()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the values that are needed are of no type
        before = recorded(kind.model_construct(**needed))
        assert recorded(later.model_construct(**needed)) == before
        assert recorded(later.model_construct(**needed, a_later_key=8)) != before


class _Part(BaseModel):
    kept: int = 1


class _Whole(BaseModel):
    """Settings of a plug-in that writes some of its values in a form of its own."""

    parts: dict[str, _Part] = Field(default_factory=lambda: {"a": _Part(), "b": _Part(kept=2)})
    listed: list[_Part] = Field(default_factory=lambda: [_Part(), _Part(kept=2)])
    fewer: dict[str, _Part] = Field(default_factory=lambda: {"a": _Part(), "b": _Part(kept=2)})
    first: list[_Part] = Field(default_factory=lambda: [_Part(), _Part(kept=2)])
    spelt: dict[str, _Part] = Field(default_factory=lambda: {"a": _Part()})
    apart: str = "a=1"

    @field_serializer("fewer", "first", "spelt", "apart")
    def _own(self, value: Any, info: FieldSerializationInfo) -> Any:
        own: dict[str, Any] = {"fewer": {"b": {"kept": 2}}, "first": [{"kept": 1}], "spelt": "a", "apart": {"a": 1}}
        return own[info.field_name]


def test_what_settings_write_in_a_form_of_their_own_is_recorded_as_they_write_it() -> None:
    parts: dict[str, Any] = {"a": {"kept": 1}, "b": {"kept": 2}}
    assert recorded(_Whole()) == {
        "parts": parts,
        "listed": [*parts.values()],
        "fewer": {"b": {"kept": 2}},
        "first": [{"kept": 1}],
        "spelt": "a",
        "apart": {"a": 1},
    }


@pytest.mark.parametrize("part", ["generator", "learner"])
def test_a_study_of_a_version_with_a_later_key_has_the_fingerprints_of_now(part: str) -> None:
    study = _small("copula", "breast_cancer", {}).model_copy(update={"learner": ClassifierLearner(kind="classifier")})
    own = getattr(study, part)
    later = create_model(type(own).__name__, __base__=type(own), a_later_key=(int, 7))
    for value in (7, 8):
        changed = study.model_copy(update={part: later(**own.model_dump(), a_later_key=value)})
        same = changed.fingerprint("shared", judged=True) == study.fingerprint("shared", judged=True)
        assert same == (value == 7)


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(_fingerprints(), indent=1) + "\n")
