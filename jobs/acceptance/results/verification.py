"""A11: whether a student learns from verified labels depends on the sign of one margin."""

from assets.study import Study
from jobs.acceptance.formulas.support import verification_margin
from jobs.acceptance.looking import Looks
from jobs.acceptance.result import Comparison, Result, Setting
from jobs.acceptance.studies import population_study

DIMENSIONS, LABEL_NOISE = 20, 0.4
VERIFIERS = ((0.6, 0.75), (0.5, 0.9), (0.6, 0.4), (0.2, 0.8), (0.8, 0.2), (0.0, 1.0))
"""(φ, ψ): how often a verifier keeps right and wrong labels; margins ±.06, ±.2 and ±.4 at ε = .4."""


def _arm(keep_right: float, keep_wrong: float) -> str:
    return f"keeps-{keep_right:g}-{keep_wrong:g}"


def _a11(setting: Setting) -> list[Study]:
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


def _students(looks: Looks, *, verifier_matters: bool) -> list[Comparison]:
    """The third model is the first that is fitted to verified rows: the first generation's are not curated."""
    found = []
    for right, wrong in VERIFIERS:
        accuracies = looks.values("a11", _arm(right, wrong), "accuracy")[2]
        margin = verification_margin(LABEL_NOISE, right, wrong)
        expected = margin > 0 if verifier_matters else LABEL_NOISE < 0.5
        name = f"students that learned, margin {margin:+.2f} (accuracy {accuracies.mean():.3f})"
        measured = float((accuracies > 0.5).mean())
        found.append(Comparison(quantity=name, exact=float(expected), measured=measured))
    return found


A11 = Result(
    id="A11",
    claim="a student of verified labels learns if and only if (1 − ε)φ > εψ",
    source="Feng et al. 2025, arXiv 2406.07515",
    setting=Setting(rows=20000, generations=3, replicates=4),
    small=Setting(rows=4000, generations=3, replicates=2),
    studies=_a11,
    compare=lambda setting, looks: _students(looks, verifier_matters=True),
    control=lambda setting, looks: _students(looks, verifier_matters=False),
    fewest=Setting(rows=500, generations=3, replicates=1),
)
