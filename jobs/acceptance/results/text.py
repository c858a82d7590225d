"""A8, A15 and A15T: the words of a text that survive, and what small language models forget of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison, mean
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Result, Setting
from outcross.jobs.acceptance.theory.text import alive, type_counts

SURVIVAL_WITHIN = 0.006
"""The claim's tolerance: four standard errors of a mean over four replicates of some 10⁴ types."""


def _source(setting: Setting, **changes: Any) -> dict[str, Any]:
    """The text to read, in rows of tokens: the files named, or Python's own documentation."""
    if not setting.text:
        return {"kind": "python_docs", "block": setting.rows, **changes}
    paths = [str(Path(path).absolute()) if "://" not in path else path for path in setting.text]
    return {"kind": "text_files", "path": paths, "block": setting.rows, **changes}


def _a8(setting: Setting) -> list[Study]:
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


def _types(looks: Looks, table: str, where: str) -> np.ndarray:
    """Distinct words of every replicate of a generation, (replicates,)."""
    counted = looks.sql(
        f"""
        SELECT replicate, count(DISTINCT word) AS types FROM (
            SELECT replicate, unnest(string_split(text, ' ')) AS word FROM "a8".{table} WHERE {where}
        ) GROUP BY replicate ORDER BY replicate
        """  # noqa: S608 - names of our own
    )
    return counted["types"].to_numpy()


def _survival(setting: Setting, looks: Looks) -> list[Comparison]:
    counts, last = _counts(looks), setting.generations - 1
    dying = [_alive(setting, looks, counts, each, formula=each, told="") for each in range(1, last + 2)]
    kept = _types(looks, "rows", f"lineage = 'accumulate' AND generation = {last}") / len(counts)
    name = f"types alive accumulate, n={last}, the replicate that has fewest"
    return [*dying, Comparison(quantity=name, exact=1.0, measured=float(kept.min()))]


def _alive(
    setting: Setting, looks: Looks, counts: np.ndarray, generation: int, *, formula: int, told: str
) -> Comparison:
    lineage = "generation = 0" if generation == 1 else f"lineage = 'replace' AND generation = {generation - 1}"
    measured, _ = mean(_types(looks, "synthetic", lineage) / len(counts))
    name = f"types alive replace, n={generation}{told}"
    law = alive(counts, generation=formula)
    within = max(SURVIVAL_WITHIN, ALLOWED_ERRORS * law.standard_error(setting.replicates))
    return Comparison(quantity=name, exact=law.mean, measured=measured, within=within)


def _counts(looks: Looks) -> np.ndarray:
    """How often the real text has each of its words, (types,)."""
    texts = looks.artefacts("a8").load(looks.artefacts("a8").address("anchor"))["text"]
    return type_counts(word for text in texts for word in text.split(" "))


def _a_generation_late(setting: Setting, looks: Looks) -> list[Comparison]:
    """The error of counting generations from 0: the formula of the generation before."""
    counts, last = _counts(looks), setting.generations
    told = ", by the formula of the generation before"
    return [_alive(setting, looks, counts, each, formula=each - 1, told=told) for each in sorted({2, last})]


A8 = Result(
    id="A8",
    claim="words of a text die out generation by generation, and none where the text is kept",
    source="after Suresh et al. 2025",
    setting=Setting(rows=64, generations=10, replicates=6),
    small=Setting(rows=64, generations=3, replicates=2),
    studies=_a8,
    compare=_survival,
    control=_a_generation_late,
    fewest=Setting(rows=2, generations=2, replicates=2),
)

MARGIN = 0.1
"""Nats by which the held-out cross-entropies have to lie apart.

Half real means all real rows and as many synthetic ones, as in the published comparison: at a constant budget
(``fixed``, share .5) half of the real text goes unused, and a bigram model misses it more than it minds synthetic rows.
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
"""Rows of a generation: with 50 steps of 8 × 64 tokens, more than one pass over them in every generation.

Each generation's model goes on from the one before, as one that a team keeps training does. Trained anew in every
generation, from so few tokens, it stays so far from what its rows could teach it that ``accumulate`` and half real come
out alike.
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


def _least_margin(looks: Looks, study: str, worse: str, better: str) -> float:
    """Of the replicates, the least by which the last model's loss is higher under one arm than under another."""
    losses = {arm: looks.values(study, arm, "loss")[-1] for arm in (worse, better)}
    return float((losses[worse] - losses[better]).min())


def _ordered(looks: Looks, study: str, worse: str, better: str) -> Comparison:
    """1 where every replicate keeps the margin, which no standard error excuses."""
    margin = _least_margin(looks, study, worse, better)
    name = f"{worse} loses more than {better}: {margin:+.2f} nats a token at least"
    return Comparison(quantity=name, exact=1.0, measured=float(margin >= MARGIN))


def _in_order(study: str) -> Callable[[Setting, Looks], list[Comparison]]:
    pairs = (("replace", "accumulate"), ("accumulate", "half"))
    return lambda setting, looks: [_ordered(looks, study, *pair) for pair in pairs]


def _in_reverse(study: str) -> Callable[[Setting, Looks], list[Comparison]]:
    pairs = (("half", "accumulate"), ("accumulate", "replace"))
    return lambda setting, looks: [_ordered(looks, study, *pair) for pair in pairs]


A15 = Result(
    id="A15",
    claim="held-out cross-entropy of a bigram model: replace > accumulate > half real, 0.1 nats apart",
    source="after Drayson et al. 2025",
    setting=Setting(rows=64, generations=6, replicates=3),
    small=Setting(rows=64, generations=6, replicates=3),
    studies=lambda setting: [_ordering(setting, "a15", {"kind": "ngram", "order": 2})],
    compare=_in_order("a15"),
    control=_in_reverse("a15"),
    fewest=Setting(rows=2, generations=2, replicates=3),
)

A15T = Result(
    id="A15T",
    claim="held-out cross-entropy of a transformer trained on: replace > accumulate > half real, 0.1 nats apart",
    source="after Drayson et al. 2025",
    setting=Setting(rows=64, generations=6, replicates=3),
    small=Setting(rows=32, generations=4, replicates=3),
    studies=lambda setting: [_ordering(setting, "a15t", TRANSFORMER, rows=TRANSFORMER_ROWS)],
    compare=_in_order("a15t"),
    control=_in_reverse("a15t"),
    fewest=Setting(rows=2, generations=3, replicates=3),
)
