"""What moved most in an arm: columns of a table, classes of images, or words of texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.artefacts import ANCHOR, Artefacts
from outcross.assets.evaluation.make import rows_by_replicate
from outcross.assets.instruments.words import Words
from outcross.assets.marginals import measure_marginal
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.references import HOLDOUT
from outcross.resources.schema import Schema

MOST = 3
"""So many are named."""
OF_CLASSES = "class_recall"
"""The metric by which classes of images are judged."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One thing that moved.

    Attributes:
        name: of the column, the class or the word.
        what: what the numbers are.
        first: in generation 0.
        last: in the last generation.
    """

    name: str
    what: str
    first: float
    last: float


def find_moved(artefacts: Artefacts, arm: str, evaluations: pl.DataFrame) -> list[Moved]:
    """Return the three that moved most from generation 0 to the last; none where rows have no such parts.

    Of columns it is the share of rows that would have to change to have the anchor's distribution (total variation, of
    numbers in bins); of classes their recall; of words their share of the words.
    """
    schema = artefacts.schema
    if schema.modality == "image":
        return moved_classes(evaluations, arm, last=artefacts.study.generations - 1)
    real = artefacts.load(artefacts.address(ANCHOR)).select(schema.names)
    ends = [
        next(slot for slot in artefacts.slots if (slot.arm, slot.generation) == wanted)
        for wanted in ((SHARED, 0), (arm, artefacts.study.generations - 1))
    ]
    first, last = (next(iter(rows_by_replicate(slot).values())) for slot in ends)
    if schema.text is not None:
        return moved_words(*(rows[schema.text.name] for rows in (real, first, last)))
    return moved_columns(real, first, last, schema)


def moved_columns(real: pl.DataFrame, first: pl.DataFrame, last: pl.DataFrame, schema: Schema) -> list[Moved]:
    """Rank columns by how much farther from the real rows the last generation is than the first."""
    found = []
    for column in schema.columns:
        shares = measure_marginal({"real": real, "first": first, "last": last}, column).shares
        away = [_variation(shares["real"], shares[each]) for each in ("first", "last")]
        found.append(
            Moved(name=column.source_name, what="rows out of place", first=float(away[0]), last=float(away[1]))
        )
    return _most(found, [each.last - each.first for each in found])


def _variation(one: np.ndarray, other: np.ndarray) -> float:
    """Total variation of two distributions; what is in no bin is one more."""
    rest = abs(one.sum() - other.sum())
    return float(0.5 * (np.abs(one - other).sum() + rest))


def moved_classes(evaluations: pl.DataFrame, arm: str, *, last: int) -> list[Moved]:
    """Rank classes by the fall of their recall, median over replicates."""
    lines = evaluations.filter(pl.col("metric") == OF_CLASSES, pl.col("about") != "", pl.col("reference") == HOLDOUT)
    ends = [
        dict(
            lines.filter(pl.col("arm") == name, pl.col("generation") == generation)
            .group_by("about")
            .agg(pl.col("value").median())
            .sort("about")
            .iter_rows()
        )
        for name, generation in ((SHARED, 0), (arm, last))
    ]
    known = [name for name in ends[0] if name in ends[1]]
    found = [Moved(name=name, what="recall of its rows", first=ends[0][name], last=ends[1][name]) for name in known]
    return _most(found, [each.first - each.last for each in found])


def moved_words(real: pl.Series, first: pl.Series, last: pl.Series) -> list[Moved]:
    """Rank words by how much farther their share is from the real texts' in the last generation than in the first."""
    shares = [_word_shares(texts) for texts in (real, first, last)]
    found, by = [], []
    for word in sorted(set().union(*shares)):
        in_real, before, after = (each.get(word, 0.0) for each in shares)
        what = f"share of the words; {in_real:.2%} of the real ones"
        found.append(Moved(name=word, what=what, first=before, last=after))
        by.append(abs(after - in_real) - abs(before - in_real))
    return _most(found, by)


def _word_shares(texts: pl.Series) -> dict[str, float]:
    """Return word → its share of all tokens that have a letter or a digit."""
    words = Words.read(texts)
    counts = np.bincount(words.ids, minlength=len(words.types)).tolist()
    spoken = {word: count for word, count in zip(words.types, counts, strict=True) if any(map(str.isalnum, word))}
    total = max(1, sum(spoken.values()))
    return {word: count / total for word, count in spoken.items()}


def _most(found: Sequence[Moved], by: Sequence[float]) -> list[Moved]:
    order = sorted(range(len(found)), key=lambda place: -by[place])
    return [found[place] for place in order[:MOST] if by[place] > 0]
