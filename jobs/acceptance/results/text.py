"""A8, A15 and A15T: survival of words, and cross-entropy of small language models refitted on their own text."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison, mean_and_error
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control
from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.theory.text import survival, type_counts

SURVIVAL_WITHIN = 0.006
"""Tolerance of the claim: four standard errors of a mean over four replicates with about 10⁴ types each."""


def _source(setting: Setting, **changes: Any) -> dict[str, Any]:
    """Return the source of text, in rows of tokens: the setting's files, or Python's own documentation."""
    if not setting.text:
        return {"kind": "python_docs", "block": setting.rows, **changes}
    paths = [str(Path(path).absolute()) if "://" not in path else path for path in setting.text]
    return {"kind": "text_files", "path": paths, "block": setting.rows, **changes}


def _a8(setting: Setting, _: Path) -> list[Study]:
    return [
        Study.model_validate(
            {
                "study": "a8",
                "seed": setting.seed,
                "source": _source(setting, words="folded"),
                "holdout": 0,
                "metrics": ["population"],
                "generator": {"kind": "ngram", "order": 1, "smoothing": "none"},
                "generations": setting.generations,
                "replicates": setting.replicates,
                "arms": {name: {"policy": name} for name in ("replace", "accumulate")},
            }
        )
    ]


def _count_distinct(measurements: Measurements, table: str, where: str) -> np.ndarray:
    """Count the distinct words of a generation in every replicate, (replicates,)."""
    counted = measurements.sql(
        f"""
        SELECT replicate, count(DISTINCT word) AS types FROM (
            SELECT replicate, unnest(string_split(text, ' ')) AS word FROM "a8".{table} WHERE {where}
        ) GROUP BY replicate ORDER BY replicate
        """  # noqa: S608 - names of our own
    )
    return counted["types"].to_numpy()


def _compare_survival(setting: Setting, measurements: Measurements) -> list[Comparison]:
    counts, last = _count_types(measurements), setting.generations - 1
    dying = [
        _compare_types_alive(setting, measurements, counts, each, formula=each, suffix="")
        for each in range(1, last + 2)
    ]
    kept = _count_distinct(measurements, "rows", f"lineage = 'accumulate' AND generation = {last}") / len(counts)
    name = f"types alive accumulate, n={last}, lowest replicate"
    return [*dying, Comparison(quantity=name, exact=1.0, measured=float(kept.min()))]


def _compare_types_alive(
    setting: Setting, measurements: Measurements, counts: np.ndarray, generation: int, *, formula: int, suffix: str
) -> Comparison:
    lineage = "generation = 0" if generation == 1 else f"lineage = 'replace' AND generation = {generation - 1}"
    measured, _ = mean_and_error(_count_distinct(measurements, "synthetic", lineage) / len(counts))
    name = f"types alive replace, n={generation}{suffix}"
    law = survival(counts, generation=formula)
    within = max(SURVIVAL_WITHIN, ALLOWED_ERRORS * law.standard_error(setting.replicates))
    return Comparison(quantity=name, exact=law.mean, measured=measured, within=within)


def _count_types(measurements: Measurements) -> np.ndarray:
    """Count the occurrences of each distinct word of the real text, (types,)."""
    texts = measurements.artefacts("a8").load(measurements.artefacts("a8").address("anchor"))["text"]
    return type_counts(word for text in texts for word in text.split(" "))


def _compare_previous_formula(setting: Setting, measurements: Measurements) -> list[Comparison]:
    """Negative control: the formula of the generation before, as if generations were counted from 0.

    It is that of the second generation: later ones differ less from each other.
    """
    suffix = ", by the formula of the generation before"
    return [_compare_types_alive(setting, measurements, _count_types(measurements), 2, formula=1, suffix=suffix)]


def _expect_previous(setting: Setting) -> float:
    """Return the |z| to expect for a text of 10,000 types of which half occur once and the others twice."""
    counts = np.repeat([1, 2], 5_000)
    laws = [survival(counts, generation=each) for each in (1, 2)]
    within = max(SURVIVAL_WITHIN, ALLOWED_ERRORS * laws[0].standard_error(setting.replicates))
    return ALLOWED_ERRORS * (laws[0].mean - laws[1].mean) / within


A8 = Result(
    id="A8",
    claim="words of a text die out generation by generation under replace, and none does under accumulate",
    source="after Suresh et al. 2025",
    setting=Setting(rows=64, generations=10, replicates=6),
    small=Setting(rows=64, generations=3, replicates=2),
    studies=_a8,
    compare=_compare_survival,
    controls=(Control(_compare_previous_formula, _expect_previous),),
    off_by_one=_expect_previous,
    minimum=Setting(rows=2, generations=2, replicates=2),
)

MARGIN = 0.1
"""Smallest difference between the held-out cross-entropies of two policies, in nats per token.

Half real means all real rows and an equal number of synthetic ones, as in the published comparison. At a constant
budget (``fixed``, share 0.5) half of the real text is unused, which costs a bigram model more than synthetic rows do.
"""


TRANSFORMER = {
    "kind": "transformer",
    "tokens": "bpe",
    "vocabulary": 2_048,
    "context": 64,
    "width": 48,
    "layers": 1,
    "heads": 2,
    "batch": 8,
    "steps": 50,
    "learning_rate": 0.01,
    "start": "previous",
}
TRANSFORMER_ROWS = 150
"""Rows per generation: 50 steps of 8 × 64 tokens are more than one pass over them in every generation.

Each generation's model starts from the weights of the one before, as in continued training. Trained from scratch in
every generation on so few tokens, the model stays so undertrained that ``accumulate`` and half real are
indistinguishable.
"""


def _ordering(setting: Setting, name: str, generator: dict[str, Any], **settings: Any) -> Study:
    return Study.model_validate(
        {
            "study": name,
            "seed": setting.seed,
            "source": _source(setting),
            "metrics": ["loss"],
            "generator": generator,
            "generations": setting.generations,
            "replicates": setting.replicates,
            "arms": {
                "replace": {"policy": "replace"},
                "accumulate": {"policy": "accumulate"},
                "half": {"policy": "augment", "ratio": 1.0},
            },
            **settings,
        }
    )


def _least_margin(measurements: Measurements, study: str, worse: str, better: str) -> float:
    """Return the smallest difference, over replicates, of the last model's loss between a worse and a better arm."""
    losses = {arm: measurements.values(study, arm, "loss")[-1] for arm in (worse, better)}
    return float((losses[worse] - losses[better]).min())


def _compare_order(measurements: Measurements, study: str, worse: str, better: str) -> Comparison:
    """Compare with 1: every replicate has to keep the margin, and no standard error is allowed for."""
    margin = _least_margin(measurements, study, worse, better)
    name = f"loss of {worse} above {better}: at least {margin:+.2f} nats per token"
    return Comparison(quantity=name, exact=1.0, measured=float(margin >= MARGIN))


def _expect_order(study: str, *, rises: bool) -> Callable[[Setting, Measurements], list[Comparison]]:
    pairs = (("replace", "accumulate"), ("accumulate", "half"))
    return lambda setting, measurements: [
        *(_compare_order(measurements, study, *pair) for pair in pairs),
        *([_compare_first_rise(measurements, study)] if rises else []),
    ]


def _compare_first_rise(measurements: Measurements, study: str) -> Comparison:
    """Compare with 1: the loss of every replicate rises by the margin where a model first sees synthetic rows alone."""
    losses = measurements.values(study, "replace", "loss")
    rise = float((losses[1] - losses[0]).min())
    name = f"loss of replace, n=2 above n=1: at least {rise:+.2f} nats per token"
    return Comparison(quantity=name, exact=1.0, measured=float(rise >= MARGIN))


def _expect_reverse(study: str) -> Callable[[Setting, Measurements], list[Comparison]]:
    pairs = (("half", "accumulate"), ("accumulate", "replace"))
    return lambda setting, measurements: [_compare_order(measurements, study, *pair) for pair in pairs]


A15 = Result(
    id="A15",
    claim="held-out cross-entropy of a bigram model: replace > accumulate > half real, 0.1 nats apart",
    source="after Drayson et al. 2025",
    setting=Setting(rows=64, generations=6, replicates=3),
    small=Setting(rows=64, generations=6, replicates=3),
    studies=lambda setting, _: [_ordering(setting, "a15", {"kind": "ngram", "order": 2})],
    compare=_expect_order("a15", rises=True),
    controls=(Control(_expect_reverse("a15")),),
    off_by_one=lambda setting: math.inf,  # the model before the second has seen no synthetic row
    minimum=Setting(rows=2, generations=2, replicates=3),
)

A15T = Result(
    id="A15T",
    claim="held-out cross-entropy of a transformer trained on: replace > accumulate > half real, 0.1 nats apart",
    source="after Drayson et al. 2025",
    setting=Setting(rows=64, generations=6, replicates=3),
    small=Setting(rows=32, generations=4, replicates=3),
    studies=lambda setting, _: [_ordering(setting, "a15t", TRANSFORMER, rows=TRANSFORMER_ROWS)],
    compare=_expect_order("a15t", rises=False),
    controls=(Control(_expect_reverse("a15t")),),
    minimum=Setting(rows=2, generations=3, replicates=3),
)
