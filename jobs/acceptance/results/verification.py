"""A11: verification of labels: a student learns if and only if one margin is positive."""

import math
from pathlib import Path

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import Comparison
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.studies import population_study
from outcross.jobs.acceptance.theory.verification import margin

DIMENSIONS, LABEL_NOISE = 20, 0.4
VERIFIERS = ((0.6, 0.75), (0.5, 0.9), (0.6, 0.4), (0.2, 0.8), (0.8, 0.2), (0.0, 1.0))
"""(φ, ψ): probabilities that a verifier keeps a right and a wrong label; margins ±0.06, ±0.2 and ±0.4 at ε = 0.4."""


def _arm(keep_right: float, keep_wrong: float) -> str:
    return f"keeps-{keep_right:g}-{keep_wrong:g}"


def _a11(setting: Setting, _: Path) -> list[Study]:
    return [
        population_study(
            "a11",
            setting,
            of={"family": "classes", "dimensions": DIMENSIONS},
            generator={"kind": "linear_classifier", "label_noise": LABEL_NOISE},
            arms={
                _arm(right, wrong): {
                    "policy": "replace",
                    "curation": {"kind": "verify", "keep_right": right, "keep_wrong": wrong},
                }
                for right, wrong in VERIFIERS
            },
        )
    ]


def _compare_students(measurements: Measurements) -> list[Comparison]:
    """Compare the third model: it is the first one fitted on verified rows, since generation 0 is not curated."""
    return [
        _compare_learning(measurements, right, wrong, expected=_margin(right, wrong) > 0, suffix="")
        for right, wrong in VERIFIERS
    ]


def _compare_unverified(measurements: Measurements) -> list[Comparison]:
    """Negative control: the wrong formula that a student learns whenever most labels are right."""
    suffix = ", if only ε mattered"
    harmful = [each for each in VERIFIERS if _margin(*each) < 0]
    return [
        _compare_learning(measurements, right, wrong, expected=LABEL_NOISE < 0.5, suffix=suffix)
        for right, wrong in harmful
    ]


def _compare_learning(
    measurements: Measurements, right: float, wrong: float, *, expected: bool, suffix: str
) -> Comparison:
    accuracies = measurements.values("a11", _arm(right, wrong), "accuracy")[2]
    name = f"students that learn, margin {_margin(right, wrong):+.2f}{suffix}"
    return Comparison(quantity=name, exact=float(expected), measured=float((accuracies > 0.5).mean()))


def _margin(right: float, wrong: float) -> float:
    return margin(flipped=LABEL_NOISE, keeps_right=right, keeps_wrong=wrong)


A11 = Result(
    id="A11",
    claim="verification: a student of verified labels learns if and only if (1 − ε)φ > εψ",
    source="Feng et al. 2025, arXiv 2406.07515",
    setting=Setting(rows=20000, generations=3, replicates=4),
    small=Setting(rows=4000, generations=3, replicates=2),
    studies=_a11,
    compare=lambda setting, measurements: _compare_students(measurements),
    controls=(Control(lambda setting, measurements: _compare_unverified(measurements)),),
    off_by_one=lambda setting: math.inf,  # the model before is fitted on unverified rows: it learns at every margin
    minimum=Setting(rows=500, generations=3, replicates=1),
)
