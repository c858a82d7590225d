"""A fixed classifier of a corpus, with the cells of its score, and the calibration samples counted in these.

It is fitted once, to real rows and to the rows of known generators as of a version, and stored as arrays. So counts of
different batches can be added up, and the error of the calibration samples is one, however many batches there are.
Generators that the classifier cannot tell apart are one component.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.undeclared.calibration import MOST_ROWS, Rows, draw_calibration
from outcross.assets.corpus.undeclared.cells import FOLDS, TREES, cut_scores, place_rows
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE, divide_anchor, with_edited
from outcross.assets.corpus.undeclared.known_generators import AND
from outcross.assets.corpus.undeclared.mixture_share import LEAST_AUC
from outcross.assets.corpus.undeclared.pooled.coding import Coding
from outcross.assets.corpus.undeclared.pooled.told_apart import lower_auc, told_apart_least
from outcross.assets.instruments.remembered_trees import REMEMBERED
from outcross.assets.instruments.stored_trees import StoredTrees
from outcross.resources.compute import one_thread
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed


@dataclass(frozen=True, kw_only=True)
class FixedCells:
    """The classifier, one a fold, and its cells.

    Attributes:
        known: known generator → number of its rows when the classifier was fitted.
        groups: the generators of each component but the real rows; those that cannot be told apart are together.
        merged: generators that are hardly told from real rows, and count as real.
        coding: of rows as numbers.
        trees: the classifier of each fold.
        edges: for each component, the inner edges of its cells.
        calibration: (components, cells) counts of the calibration samples, out of fold.
    """

    known: dict[str, int]
    groups: tuple[tuple[str, ...], ...]
    merged: tuple[str, ...]
    coding: Coding
    trees: tuple[StoredTrees, ...]
    edges: tuple[np.ndarray, ...]
    calibration: np.ndarray = field(repr=False)

    @classmethod
    def fit(
        cls,
        schema: Schema,
        *,
        anchor: pl.DataFrame,
        holdout: pl.DataFrame,
        known: Mapping[str, pl.DataFrame],
        seed: int,
    ) -> Self:
        """Fit to canonical rows.

        Args:
            schema: the columns of a row.
            anchor: real rows, which the coding and the classifiers are fitted to and which are not counted.
            holdout: real rows that no generator was fitted to.
            known: generator → rows that it made.
            seed: of the rows drawn.
        """
        with one_thread():
            return cls._fit(_Given.read(schema, anchor, holdout, known, seed=seed), schema)

    @classmethod
    def _fit(cls, given: "_Given", schema: Schema) -> Self:
        groups: list[tuple[str, ...]] = [(name,) for name in given.made]
        merged: list[str] = []
        while groups:
            samples = given.draw(groups, schema)
            if samples[0].frame.height < FEWEST_SAMPLE:
                merged += [name for group in groups for name in group]
                break
            if few := [place for place, rows in enumerate(samples[1:]) if rows.frame.height < FEWEST_SAMPLE]:
                groups = [group for place, group in enumerate(groups) if place not in few]
                continue
            trees, scores, truth = _fit_folds(given, samples)
            if (same := told_apart_least(scores, truth)) is not None:
                one, other = same
                groups[one] += groups.pop(other)
                continue
            untold = [place for place in range(len(groups)) if lower_auc(scores, truth, place + 1, 0) < LEAST_AUC]
            if untold:
                merged += [name for place in untold for name in groups[place]]
                groups = [group for place, group in enumerate(groups) if place not in untold]
                continue
            edges = tuple(cut_scores(scores))
            cells, placed = sum(len(each) + 1 for each in edges), place_rows(scores, edges)
            return cls(
                known=given.sizes,
                groups=tuple(groups),
                merged=tuple(merged),
                coding=given.coding,
                trees=trees,
                edges=edges,
                calibration=np.stack(
                    [np.bincount(placed[truth == each], minlength=cells) for each in range(len(samples))]
                ),
            )
        nothing = np.zeros((1, 0), dtype=np.int64)
        return cls(
            known=given.sizes,
            groups=(),
            merged=tuple(merged),
            coding=given.coding,
            trees=(),
            edges=(),
            calibration=nothing,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the components but the real rows."""
        return tuple(AND.join(group) for group in self.groups)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(self.calibration.shape[1])

    def place(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the (rows, folds) cell in which each classifier places a canonical row."""
        if not rows.height:
            return np.zeros((0, FOLDS), dtype=np.intp)
        features = self.coding.encode(rows)
        return np.stack([place_rows(each.predict_proba(features), self.edges) for each in self.trees], axis=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of :attr:`content`, its first half."""
        return sha256(self.content).hexdigest()[:32]

    @cached_property
    def content(self) -> bytes:
        """The content of a file; :meth:`from_bytes` reads it back."""
        about = {"known": self.known, "groups": self.groups, "merged": self.merged, "folds": len(self.trees)}
        arrays = {"about": np.array(json.dumps(about)), "calibration": self.calibration}
        arrays |= {f"coding/{name}": each for name, each in self.coding.arrays().items()}
        arrays |= {f"edges/{place}": each for place, each in enumerate(self.edges)}
        for fold, trees in enumerate(self.trees):
            arrays |= {f"trees/{fold}/{name}": each for name, each in trees.arrays().items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, schema: Schema) -> Self:
        """Read back what :attr:`content` was, for the same columns."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays["about"]))
        return cls(
            known=about["known"],
            groups=tuple(tuple(group) for group in about["groups"]),
            merged=tuple(about["merged"]),
            coding=Coding.from_arrays(_below("coding/", arrays), schema),
            trees=tuple(StoredTrees.from_arrays(_below(f"trees/{fold}/", arrays)) for fold in range(about["folds"])),
            edges=tuple(arrays[f"edges/{place}"] for place in range(len(about["groups"]))),
            calibration=arrays["calibration"],
        )


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): each for name, each in arrays.items() if name.startswith(prefix)}


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What the classifiers are fitted to.

    Attributes:
        coding: of rows as numbers.
        real: rows of the holdout.
        more: rows of the anchor, which are not counted.
        made: generator → rows that it made; of texts, also lightly edited ones.
        sizes: known generator → number of rows.
        seed: of the rows drawn.
    """

    coding: Coding
    real: Rows
    more: Rows
    made: dict[str, Rows]
    sizes: dict[str, int]
    seed: int

    @classmethod
    def read(
        cls,
        schema: Schema,
        anchor: pl.DataFrame,
        holdout: pl.DataFrame,
        known: Mapping[str, pl.DataFrame],
        *,
        seed: int,
    ) -> Self:
        of_style, of_classifier = divide_anchor(anchor, schema)
        made = {name: Rows.sort(rows, content_hashes(rows, schema), schema) for name, rows in known.items()}
        return cls(
            coding=Coding.fit(of_classifier, schema, of_style=of_style),
            real=Rows.sort(holdout, content_hashes(holdout, schema), schema),
            more=Rows.sort(of_classifier, content_hashes(of_classifier, schema), schema),
            made=made if schema.text is None else with_edited(made, schema, seed=seed),
            sizes={name: rows.height for name, rows in known.items()},
            seed=seed,
        )

    def draw(self, groups: Sequence[tuple[str, ...]], schema: Schema) -> list[Rows]:
        """Draw the calibration samples: of the real rows, then of each group."""
        pools = {AND.join(group): _join([self.made[name] for name in group], schema) for group in groups}
        synthetic = pl.concat([rows.contents for rows in pools.values()]).unique()
        return draw_calibration(self.real, pools, synthetic, seed=self.seed)


def _join(rows: Sequence[Rows], schema: Schema) -> Rows:
    frame, contents = pl.concat([each.frame for each in rows]), pl.concat([each.contents for each in rows])
    return Rows.sort(frame, contents, schema)


def _fit_folds(given: _Given, samples: Sequence[Rows]) -> tuple[tuple[StoredTrees, ...], np.ndarray, np.ndarray]:
    """Fit a classifier a fold; return them, the (rows, components) scores out of fold, and the component of each row.

    Every classifier is also fitted to rows of the anchor, where the holdout has few; these are not scored.
    """
    few = max(MOST_ROWS - samples[0].frame.height, 0)
    more = given.coding.encode(given.more.draw(few, seed=derive_seed("anchor", given.seed)).frame)
    features = given.coding.encode(pl.concat([rows.frame for rows in samples]))
    fold = np.concatenate([rows.folds for rows in samples])
    truth = np.repeat(np.arange(len(samples)), [rows.frame.height for rows in samples])
    scores, trees = np.zeros((len(features), len(samples))), []
    for number in range(FOLDS):
        fitted = np.concatenate([features[fold != number], more])
        kinds = np.concatenate([truth[fold != number], np.zeros(len(more), dtype=int)])
        trees.append(StoredTrees.read(REMEMBERED.fit(fitted, kinds, TREES)))
        scores[fold == number] = trees[-1].predict_proba(features[fold == number])
    return tuple(trees), scores, truth
