"""Settings keep their fingerprints from version to version: a store of an earlier one stays current.

A fingerprint changes where a setting is added, renamed, removed or given another default, or where a generator makes
other bytes from the same seed (its ``release`` is then raised). Both make users run their studies again, so do either
on purpose, then renew the file with ``python -m tests.jobs.test_fingerprints``.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from outcross.assets.study.study import Study
from outcross.jobs.files.study_files import SHIPPED, load_study

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


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(_fingerprints(), indent=1) + "\n")
