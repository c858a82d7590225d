"""Near copies of texts: rows of a batch that share most of their words with another row.

Similarity is that of :mod:`outcross.assets.instruments.text_sketches`. How alike two rows have to be is set by the
anchor: texts made from a template are alike by chance. Short rows that differ in one place, see
:mod:`outcross.assets.instruments.one_place`, are near copies whatever their similarity, from the length on at which few
real rows differ so little. Where even equal words are common among real rows, the guard abstains, and so it does for
rows of a protected group whose real rows are alike more often than others are. A near copy of a row of the holdout is
held as ``holdout_overlap``, any other as ``near_duplicates``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.chance import CONFIDENCE
from outcross.assets.corpus.guards.spared import find_spared
from outcross.assets.corpus.guards.text_profile import LEVELS, PLACES, TextProfile
from outcross.assets.corpus.intake.row_sets import (
    BATCH,
    FOUND,
    SETS,
    NearCopies,
    count_rows,
    read_sets,
    write_reasons,
)
from outcross.assets.corpus.intake.spared_groups import without_groups
from outcross.assets.corpus.intake.text_index import as_sketches, index_of_texts
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.instruments.one_place import in_one_place, words_of
from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.text_sketches import Sketches, Weights, alike

MOST_SHARE = 0.01
"""Share of real rows that may be as alike as a near copy. Above it, likeness is no evidence of a copy."""
PIECE = 100_000
"""Rows of the batch that are compared at a time."""
HOW = (
    pl.when(pl.col("alike") == 1)
    .then(pl.lit("it has the same words"))
    .when("in_place")
    .then(pl.lit("it differs in one place"))
    .otherwise(
        pl.format(
            "{} % of their words and word pairs, by weight, are the same",
            (100 * pl.col("alike")).floor().cast(pl.Int64),
        )
    )
)
"""How a near copy is alike."""


def find_text_copies(batch: Path, rows: int, corpus: OpenCorpus, last: Version, *, folder: Path) -> NearCopies:
    """Find the rows whose text is nearly that of an earlier row of the batch, or of a row of the corpus.

    Args:
        batch: Parquet of ``position``, the text and ``origin``.
        rows: of the batch.
        corpus: the open corpus.
        last: its last version.
        folder: for temporary files.
    """
    sizes = count_rows(rows, corpus, last)
    within = {kind: least_alike(corpus.texts, size) for kind, size in sizes.items()}
    levels = {kind: level for kind, level in within.items() if level is not None}
    abstained = tuple(why for kind, level in within.items() if (why := _why_not(kind, corpus.texts, level)) is not None)
    if not levels:
        return NearCopies(pl.DataFrame(schema=FOUND), abstained, compared=False)
    places = {kind: fewest_words(corpus.texts, size) for kind, size in sizes.items() if kind in levels}
    abstained += _say_short(places.values(), corpus.texts)
    found = _Nearest(levels, places, corpus.texts.weights)
    pieces = _Pieces(batch, corpus.texts, folder)
    for number, piece in enumerate(pieces):
        for place in range(number):
            found.compare(*piece, BATCH, pieces[place][1])
        found.compare_within(*piece)
    for kind, values in read_sets(corpus, last, index_of_texts(corpus), levels) if len(pieces) else ():
        others = as_sketches(values)
        for piece in pieces:
            found.compare(*piece, kind, others)
    spared = _find_spared(corpus.texts, levels.values(), [words for words in places.values() if words is not None])
    kept = without_groups(write_reasons(found.nearest, batch, HOW), batch, spared)
    return NearCopies(kept, (*abstained, *spared.values()))


def _find_spared(profile: TextProfile, levels: Collection[float], words: Collection[int]) -> dict[str, str]:
    """Find the groups whose real rows are alike, or differ in one place, more often than all do."""
    alike, spared = np.concatenate([profile.near, profile.near_in_place]), dict[str, str]()
    chosen = [LEVELS.index(min(levels)), *([len(LEVELS) + PLACES.index(min(words))] if words else [])]
    for place in reversed(chosen):
        counts = {name: (int(each[place]), int(each[-1])) for name, each in profile.groups.items()}
        spared |= find_spared(counts, alike[place] / max(profile.near_rows, 1), what="texts")
    return spared


def least_alike(profile: TextProfile, rows: int) -> float | None:
    """Choose the similarity from which a row is a near copy of one of ``rows`` others; None where none is evidence.

    It is the smallest of ``LEVELS`` at which, and just below which, few real rows are alike. Of more rows than were
    counted, as many times more are.
    """
    rare = _are_rare(profile.near, profile.near_rows, rows)
    for place in range(1, len(LEVELS)):
        if rare[place] and rare[place - 1]:
            return LEVELS[place]
    return LEVELS[-1] if rare[-1] else None


def fewest_words(profile: TextProfile, rows: int) -> int | None:
    """Choose the words that a row has at least to be a near copy of one of ``rows`` others that differs in one place.

    It is the smallest of ``PLACES`` from which on few real rows differ so; None where many of any length do.
    """
    rare = _are_rare(profile.near_in_place, profile.near_rows, rows)
    return next((words for words, few in zip(PLACES, rare, strict=True) if few), None)


def _are_rare(hits: np.ndarray, of: int, rows: int) -> np.ndarray:
    """Return whether at most ``MOST_SHARE`` of ``rows`` real rows are hits, by the lower limit of their share."""
    from scipy.stats import beta

    of = max(of, 1)
    low = np.where(hits > 0, beta.ppf(1 - CONFIDENCE, np.maximum(hits, 0.5), of - hits + 1), 0.0)
    result: np.ndarray = low * max(rows / of, 1.0) <= MOST_SHARE
    return result


def _why_not(kind: int, profile: TextProfile, level: float | None) -> str | None:
    """Say what is not looked for: any near copy, or all but those with the same words or that differ in one place."""
    shares = profile.near / max(profile.near_rows, 1)
    if level is None:
        return (
            f"texts are not compared with {SETS[kind]}: {shares[-1]:.1%} of the real rows have the words of another "
            "real row, so likeness is no evidence of a copy"
        )
    if level == LEVELS[-1]:
        return (
            f"texts that share most of their words with {SETS[kind]} are not looked for, beyond those that differ in "
            f"one place: {shares[-2]:.1%} of the real rows are as alike to another real row"
        )
    return None


def _say_short(words: Collection[int | None], profile: TextProfile) -> tuple[str, ...]:
    """Say from how many words on texts that differ in one place are near copies, where that is not all of them."""
    most = None if None in words else max(filter(None, words))
    if most == PLACES[0]:
        return ()
    which = "texts" if most is None else f"texts of fewer than {most} words"
    share = profile.near_in_place[0] / max(profile.near_rows, 1)
    return (f"{which} are not near copies for differing in one place: {share:.1%} of the real rows differ so little",)


class _Pieces(Sequence[tuple[np.ndarray, Sketches]]):
    """Positions and sketches of the batch's rows, some at a time; files hold them, so that memory does not grow."""

    def __init__(self, batch: Path, profile: TextProfile, folder: Path) -> None:
        import pyarrow.parquet as pq

        self._folder, self._count = folder, 0
        columns = ["position", profile.column]
        for part in pq.ParquetFile(batch).iter_batches(batch_size=PIECE, columns=columns):
            frame = pl.DataFrame(pl.from_arrow(part))
            own = Sketches.read(frame[profile.column].cast(pl.String), profile.weights)
            arrays = {"position": frame["position"].to_numpy(), "features": own.features, "whole": own.whole}
            for name, values in arrays.items():
                np.save(self._path(name, self._count), values)
            self._count += 1

    def __len__(self) -> int:
        """Return the number of pieces."""
        return self._count

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        """Return one piece."""
        if not 0 <= place < self._count:
            raise IndexError(place)
        position, features, whole = (
            np.load(self._path(name, place), mmap_mode="r") for name in ("position", "features", "whole")
        )
        return position, Sketches(features, whole)

    def _path(self, name: str, place: int) -> Path:
        return self._folder / f"texts-{name}-{place}.npy"


class _Nearest:
    """For each row and each set of rows, the similarity to the row that is most alike, and whether in one place.

    Args:
        levels: set of rows → the similarity of a near copy.
        places: set of rows → the fewest words of a near copy that differs in one place; None where none is one.
        weights: of words and word pairs.
    """

    def __init__(self, levels: Mapping[int, float], places: Mapping[int, int | None], weights: Weights) -> None:
        self._levels, self._places, self._weights = levels, places, weights
        types = {"position": pl.Int64, "kind": pl.Int64, "alike": pl.Float64, "in_place": pl.Boolean}
        self._found = [pl.DataFrame(schema=types)]

    def compare(self, positions: np.ndarray, own: Sketches, kind: int, others: Sketches) -> None:
        """Compare rows of the batch with rows of another set."""
        if kind in self._levels:
            for one, _, found, in_place in self._near(own, others, kind):
                self._add(positions[one], kind, found, in_place)

    def compare_within(self, positions: np.ndarray, own: Sketches) -> None:
        """Compare rows of the batch with those before them."""
        if BATCH in self._levels:
            for one, other, found, in_place in self._near(own, own, BATCH):
                self._add(positions[one[one > other]], BATCH, found[one > other], in_place)

    def _near(self, own: Sketches, others: Sketches, kind: int) -> Iterator[tuple[np.ndarray, np.ndarray, Any, bool]]:
        """Yield pairs of rows, how alike they are, and whether they differ in one place; a pair may come twice."""
        mates = Mates.find(own, others)
        for one, other, found in alike(own, others, self._weights, self._levels[kind], mates):
            yield one, other, found, False
        words = self._places[kind]
        if words is not None:
            one, other = in_one_place(own, others, mates)
            enough = (words_of(own, one) >= words) & (words_of(others, other) >= words)
            yield one[enough], other[enough], np.zeros(enough.sum()), True

    def _add(self, positions: np.ndarray, kind: int, found: np.ndarray, in_place: bool) -> None:
        frame = pl.DataFrame({"position": positions, "kind": kind, "alike": found, "in_place": in_place})
        self._found.append(_most(frame.cast({"kind": pl.Int64})))

    @property
    def nearest(self) -> pl.DataFrame:
        """``position``, ``kind``, ``alike``, ``in_place``."""
        return _most(pl.concat(self._found))


def _most(found: pl.DataFrame) -> pl.DataFrame:
    return found.group_by("position", "kind").agg(pl.col("alike", "in_place").max())
