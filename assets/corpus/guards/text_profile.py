"""The profile of an anchor's texts: what batches of texts are compared with, fitted once and stored beside the anchor.

Models are fitted to half of the anchor. What they say of real rows is taken from the other half and from the holdout,
to which they were not fitted.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.one_place import in_one_place, words_of
from outcross.assets.instruments.personal_data import personal_data
from outcross.assets.instruments.plain_text import has_token, plain
from outcross.assets.instruments.scripts import characters, main_script
from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.surprisal import CHARACTERS, WORDS, Surprisal
from outcross.assets.instruments.text_sketches import Features, Sketches, Weights, alike
from outcross.assets.instruments.words import Words, sort_distinct
from outcross.resources.seeds import derive_seed

MOST_WORDS = 2_000_000
"""Words of the anchor that models are fitted to; of more, rows are drawn."""
MOST_ROWS = 20_000
"""Rows among which near copies are counted, and that features are weighed by."""
MOST_REFERENCE = 5_000
"""Real rows, to which no model was fitted, that are described as a reference."""
FREQUENT = 500
"""Words whose frequencies are compared one by one; all others are one."""
LEVELS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Similarities at which real rows that are alike are counted."""
PLACES = (4, 6, 8, 12, 16, 24)
"""Fewest words of real rows that are counted where they differ from another in one place."""
KINDS = ("email", "phone", "card", "iban")
_NUMBERS = ("tokens", "surprisal", "strangeness", "repeated", "empty", *KINDS)


@dataclass(frozen=True)
class Frequencies:
    """Frequencies of words in the anchor.

    Attributes:
        words: hashes of the frequent words, ascending.
        shares: of each of them among all words, then of all others.
        variances: over rows, of the count of a word − its share × the words of the row.
        length: mean number of words of a row.
        square: mean of the squared number of words of a row.
    """

    words: np.ndarray
    shares: np.ndarray
    variances: np.ndarray
    length: float
    square: float

    @classmethod
    def fit(cls, words: Words) -> Self:
        """Count the words of rows."""
        types, counts = np.unique(words.hashes, return_counts=True)
        frequent = np.sort(types[np.lexsort((types, -counts))[:FREQUENT]])
        found = count_words(words, frequent)
        lengths = words.lengths.astype(np.float64)
        shares = found.sum(axis=0) / max(lengths.sum(), 1.0)
        variances = np.array([np.var(found[:, t] - share * lengths) for t, share in enumerate(shares)])
        return cls(frequent, shares, variances, float(lengths.mean()), float((lengths**2).mean()))


def count_words(words: Words, frequent: np.ndarray) -> np.ndarray:
    """Count, as (rows, frequent words + 1), each frequent word of each row, and all its other words."""
    hashes, width = words.hashes, len(frequent) + 1
    column = np.searchsorted(frequent, hashes)
    known = column < len(frequent)
    known[known] = frequent[column[known]] == hashes[known]
    column[~known] = len(frequent)
    return np.bincount(words.row * width + column, minlength=len(words.lengths) * width).reshape(-1, width)


@dataclass(frozen=True, kw_only=True)
class TextProfile:
    """Statistics of the texts of an anchor. Fit them with :meth:`fit`.

    Attributes:
        column: of the texts.
        weights: of words and word pairs, for near copies.
        near: for each of ``LEVELS``, the number of real rows that another real row is that alike.
        near_in_place: for each of ``PLACES``, the number of real rows of so many words or more that differ from another
            in one place, or have its words.
        near_rows: number of real rows that were compared.
        groups: level of a protected group (``sex=f``) → both counts of its rows, the number of its rows last.
        words: model of the words.
        characters: model of the characters.
        frequencies: of words.
        real: what :meth:`describe` says of real rows.
    """

    column: str
    weights: Weights
    near: np.ndarray
    near_in_place: np.ndarray
    near_rows: int
    groups: dict[str, np.ndarray]
    words: Surprisal
    characters: Surprisal
    frequencies: Frequencies
    real: pl.DataFrame

    @classmethod
    def fit(
        cls, anchor: pl.DataFrame, holdout: pl.DataFrame, column: str, *, groups: Sequence[str] = (), seed: int
    ) -> Self:
        """Fit to the texts of the anchor, and describe real ones that the models have not seen.

        Args:
            anchor: rows of the anchor.
            holdout: rows of the holdout.
            column: of the texts.
            groups: columns of protected groups.
            seed: of what is drawn.
        """
        rows = draw_rows(anchor[[column, *groups]], MOST_ROWS, derive_seed("texts of the anchor", seed))
        more = draw_rows(holdout[[column, *groups]], MOST_ROWS, derive_seed("texts of the holdout", seed))
        drawn, others, both = rows[column], more[column], pl.concat([rows, more])
        seen, fresh = drawn.gather_every(2), pl.concat([drawn.gather_every(2, 1), others])
        words, weights = Words.read(drawn), Weights.fit(Features.of(Words.read(plain(drawn))))
        nearest = _find_nearest(Sketches.read(both[column], weights), weights)
        near, in_place = _count_near(nearest)
        of_model = _first(Words.read(seen), MOST_WORDS)
        model = cls(
            column=column,
            weights=weights,
            near=near,
            near_in_place=in_place,
            near_rows=nearest.height,
            groups={
                f"{name}={level}": np.concatenate([*_count_near(nearest.filter(pl.Series(of))), [of.sum()]])
                for name in groups
                for level in both[name].drop_nulls().unique().sort()
                if (of := (both[name] == level).fill_null(False).to_numpy()).any()
            },
            words=Surprisal.fit(of_model.hashes, of_model.lengths, vocabulary=WORDS),
            characters=Surprisal.fit(*characters(seen.head(MOST_REFERENCE)), vocabulary=CHARACTERS),
            frequencies=Frequencies.fit(_first(words, MOST_WORDS)),
            real=pl.DataFrame(),
        )
        kept = draw_rows(fresh.to_frame(), MOST_REFERENCE, derive_seed("reference of texts", seed))
        return replace(model, real=model.describe(kept[column]))

    def describe(self, texts: pl.Series, words: Words | None = None) -> pl.DataFrame:
        """Describe texts; ``words`` are theirs, where they have been read.

        Returns ``tokens``; ``surprisal`` of a word and ``strangeness``, the surprisal of a character, nats;
        ``repeated``, the share of its word pairs that repeat one of the row; ``empty``; each kind of personal data;
        ``script``.
        """
        words = Words.read(texts) if words is None else words
        found = {
            "tokens": words.lengths,
            "surprisal": self.words.nats(words.hashes, words.lengths),
            "strangeness": self.characters.nats(*characters(texts)),
            "repeated": _repeated(words),
        }
        frame = pl.DataFrame(found, nan_to_null=True).with_columns(empty=~has_token(texts))
        return pl.concat([frame, personal_data(texts), main_script(texts).to_frame()], how="horizontal")

    def to_bytes(self) -> bytes:
        """Convert to the content of a file; :meth:`from_bytes` reads it back."""
        arrays: dict[str, np.ndarray] = {
            "column": np.array(self.column),
            "near": self.near,
            "near_in_place": self.near_in_place,
            "near_rows": np.array(self.near_rows),
        }
        arrays |= {f"groups/{name}": each for name, each in self.groups.items()}
        for name in ("weights", "frequencies"):
            part = getattr(self, name)
            arrays |= {f"{name}/{each.name}": np.asarray(getattr(part, each.name)) for each in fields(part)}
        for name in ("words", "characters"):
            arrays |= {f"{name}/{key}": each for key, each in getattr(self, name).arrays().items()}
        arrays |= {f"real/{key}": self.real[key].cast(pl.Float64).to_numpy() for key in _NUMBERS}
        arrays["real/script"] = np.array(self.real["script"].to_list(), dtype=np.str_)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read back what :meth:`to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}

        def part(name: str) -> dict[str, np.ndarray]:
            return {key.removeprefix(f"{name}/"): each for key, each in arrays.items() if key.startswith(f"{name}/")}

        weights, frequencies = part("weights"), part("frequencies")
        return cls(
            column=str(arrays["column"]),
            weights=Weights(weights["features"], weights["weights"], float(weights["most"])),
            near=arrays["near"],
            near_in_place=arrays["near_in_place"],
            near_rows=int(arrays["near_rows"]),
            groups=part("groups"),
            words=Surprisal.from_arrays(part("words")),
            characters=Surprisal.from_arrays(part("characters")),
            frequencies=Frequencies(
                **{name: frequencies[name] for name in ("words", "shares", "variances")},
                length=float(frequencies["length"]),
                square=float(frequencies["square"]),
            ),
            real=_frame(part("real")),
        )


def _frame(arrays: dict[str, np.ndarray]) -> pl.DataFrame:
    flags = ("empty", *KINDS)
    frame = pl.DataFrame({name: arrays[name] for name in _NUMBERS}, nan_to_null=True)
    types = {**dict.fromkeys(flags, pl.Boolean), "tokens": pl.Int64}
    return frame.cast(types).with_columns(script=pl.Series(arrays["script"].tolist(), dtype=pl.String))  # type: ignore[arg-type]


def _first(words: Words, most: int) -> Words:
    """Return the first rows that hold so many words, and at least one row."""
    rows = max(int(np.searchsorted(np.cumsum(words.lengths), most, side="right")), 1)
    return words.take(np.arange(min(rows, len(words.lengths))))


def _repeated(words: Words) -> np.ndarray:
    """Compute the (rows,) share of the word pairs of a row that it has had before; 0 for a row without pairs."""
    first, rows = words.follows(1), len(words.lengths)
    _, code = np.unique(words.ids[first] * len(words.types) + words.ids[first + 1], return_inverse=True)
    codes = int(code.max(initial=0)) + 1
    distinct = sort_distinct(words.row[first] * codes + code)
    different, every = np.bincount(distinct // codes, minlength=rows), np.bincount(words.row[first], minlength=rows)
    result: np.ndarray = 1 - different / np.maximum(every, 1)
    return np.where(every > 0, result, 0.0)


def _find_nearest(real: Sketches, weights: Weights) -> pl.DataFrame:
    """Find of each row the similarity to the other row that is most alike, and its words if one differs in one place.

    They are ``alike``, 0 below the first of ``LEVELS``, and ``words``, the most that such a pair has, 0 without one.
    """
    mates, most, words = Mates.find(real, real), np.zeros(len(real)), np.zeros(len(real), dtype=np.int64)
    for one, other, found in alike(real, real, weights, LEVELS[0], mates):
        apart = one != other
        np.maximum.at(most, one[apart], found[apart])
    one, other = in_one_place(real, real, mates)
    apart = one != other
    np.maximum.at(words, one[apart], words_of(real, one[apart]))
    return pl.DataFrame({"alike": most, "words": words})


def _count_near(nearest: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    most, words = nearest["alike"].to_numpy(), nearest["words"].to_numpy()
    return np.array([(most >= level).sum() for level in LEVELS]), np.array([(words >= each).sum() for each in PLACES])
