"""The probe of a study: everything that its metrics share, fitted once, to the anchor alone."""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.assets.instruments.band_powers import band_powers, most_images
from outcross.assets.instruments.classifier import Classifier
from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.embedding import DIMENSIONS, Embedding
from outcross.assets.instruments.gower import closest_distances, nearest_records, sample_rows
from outcross.assets.instruments.manifold import Manifold, sample_points
from outcross.assets.instruments.nearest_points import nearest_points
from outcross.assets.instruments.picture_pixels import luminance_of
from outcross.assets.instruments.rare import Rare, find_rare, numeric_tails, rare_levels
from outcross.assets.instruments.regressor import Regressor
from outcross.assets.instruments.relations import Relation, find_relations
from outcross.assets.instruments.standard_error import ratio_of_sums
from outcross.assets.instruments.table_features import NumericFeature
from outcross.assets.instruments.tenths import numeric_tenths
from outcross.assets.instruments.vocabulary import rare_types
from outcross.assets.instruments.words import Words
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.seeds import derive_seed

if TYPE_CHECKING:
    from outcross.resources.generators.ngram.model import NGramModel

FEWEST_ROWS = 2


@dataclass(frozen=True, kw_only=True)
class View:
    """Rows and everything that metrics compute from them; each property is computed on first use.

    Attributes:
        rows: canonical rows.
        probe: the study's probe.
        seed: seed of the samples of large sets.
    """

    rows: pl.DataFrame
    probe: "Probe"
    seed: int

    @cached_property
    def points(self) -> np.ndarray:
        """(rows, dimensions) points in the embedding."""
        return self.probe.embedding.transform(self.rows)

    @cached_property
    def label_points(self) -> np.ndarray:
        """(rows, dimensions) features for a model of the label or the target."""
        features = self.probe.label_features
        return self.points if features is self.probe.embedding else features.transform(self.rows)

    @cached_property
    def classifier(self) -> Classifier:
        """A classifier of the label, trained on the rows."""
        labels = self.rows[self.probe.label.name]
        return Classifier.fit(self.label_points, labels, seed=derive_seed("classifier", self.seed))

    @cached_property
    def regressor(self) -> Regressor:
        """A regressor of the target, trained on the rows."""
        targets = self.rows[self.probe.outcome.name]
        return Regressor.fit(self.label_points, targets, seed=derive_seed("regressor", self.seed))

    @cached_property
    def manifold(self) -> Manifold:
        """The k-NN manifold of the points."""
        return Manifold.build(sample_points(self.points, derive_seed("neighbours", self.seed)))

    @cached_property
    def band_powers(self) -> np.ndarray:
        """(images, bands) power spectrum of each image, or of a sample drawn by seed."""
        image = self.probe.schema.image
        assert image is not None
        assert image.shape is not None
        rows = draw_rows(self.rows, most_images(image.shape), derive_seed("spectrum", self.seed))
        return band_powers(luminance_of(rows[image.name], image))

    @cached_property
    def words(self) -> Words:
        """The tokens of the text column."""
        text = self.probe.schema.text
        assert text is not None
        return Words.read(self.rows[text.name])

    @cached_property
    def documents(self) -> Documents:
        """The text column as sets of shingles."""
        return Documents.of(self.words)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The measuring instrument of a study. Build it with :func:`build_probe`.

    Attributes:
        anchor: canonical rows to which everything here is fitted.
        holdout: canonical rows that no model sees; nothing is fitted to them.
        schema: the columns.
        embedding: fitted to the anchor, identified by its ``digest``.
        seed: seed of the probe.
    """

    anchor: pl.DataFrame
    holdout: pl.DataFrame
    schema: Schema
    embedding: Embedding
    seed: int
    _recent: deque[View] = field(default_factory=lambda: deque(maxlen=2), repr=False, compare=False)
    _spacings: dict[int, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    def view(self, rows: pl.DataFrame, *, seed: int) -> View:
        """Return the view of rows; views of the holdout and of the last two frames are reused."""
        for known in tuple(self._recent):
            if known.rows is rows and known.seed == seed:
                return known
        if rows.height == self.holdout.height and rows.equals(self.holdout):
            return self.holdout_view
        made = self._view(rows, seed)
        self._recent.append(made)
        return made

    def with_holdout(self, holdout: pl.DataFrame) -> "Probe":
        """The same instrument with other held-out rows; nothing is fitted again."""
        fitted = {"anchor": self.anchor, "schema": self.schema, "embedding": self.embedding, "seed": self.seed}
        return Probe(holdout=holdout, **fitted)  # type: ignore[arg-type]

    @cached_property
    def holdout_view(self) -> View:
        """The view of the holdout, whose points and neighbours are computed once."""
        return self._view(self.holdout, derive_seed("holdout", self.seed))

    @cached_property
    def anchor_view(self) -> View:
        """The view of the anchor."""
        return self._view(self.anchor, derive_seed("anchor", self.seed))

    def _view(self, rows: pl.DataFrame, seed: int) -> View:
        return View(rows=rows, probe=self, seed=seed)

    def predict_label(self, rows: pl.DataFrame) -> list[str | None]:
        """Predict the label of each canonical row by a classifier trained on the anchor alone.

        Raises:
            BadInput: the schema has no label.
        """
        result: list[str | None] = self.anchor_view.classifier.predict(self.label_features.transform(rows)).tolist()
        return result

    @cached_property
    def label_features(self) -> Embedding:
        """The features for a model of the label or the target: the main directions of an embedding that excludes it.

        Of texts they are the hashed words themselves: a word that few rows have is in no main direction.
        """
        if self.schema.modality == "text":
            return self.embedding.whole
        if self.schema.modality == "image":
            return self.embedding.main
        return Embedding.fit(self.anchor, self.schema, label=False)

    @cached_property
    def real_accuracy(self) -> tuple[float, float]:
        """Accuracy on the holdout of a classifier trained on the anchor, with its standard error."""
        return self.anchor_view.classifier.accuracy(self.holdout_view.label_points, self.holdout[self.label.name])

    @cached_property
    def real_utility(self) -> tuple[float, float]:
        """Utility on the holdout of a model trained on the anchor, with its error: accuracy, or R² of a target."""
        if self.schema.label is not None:
            return self.real_accuracy
        targets = self.holdout[self.outcome.name]
        return self.anchor_view.regressor.explained(self.holdout_view.label_points, targets)

    @cached_property
    def rare(self) -> Rare:
        """The rare categories of the anchor."""
        return find_rare(self.anchor, self.schema, self.embedding)

    @cached_property
    def tails(self) -> dict[str, tuple[float, float]]:
        """Numeric column → the anchor's 1 % and 99 % quantiles; ±inf on a side where it has no tail."""
        return numeric_tails(self.anchor, self.schema)

    @cached_property
    def rare_levels(self) -> list[tuple[str, str]]:
        """(column, level) of the discrete columns' levels that under 5 % of the anchor's rows have."""
        return rare_levels(self.anchor, self.schema)

    @cached_property
    def numeric_scales(self) -> dict[str, NumericFeature]:
        """Numeric column → its mean and standard deviation in the anchor."""
        return {column.name: NumericFeature.fit(self.anchor[column.name], column) for column in self.schema.numeric}

    @cached_property
    def total_variance(self) -> float:
        """Variance of the anchor in the embedding, summed over dimensions."""
        return float(self.anchor_view.points.var(axis=0).sum())

    @cached_property
    def record_distances(self) -> np.ndarray:
        """DCR of the holdout: distance of each row, or of a sample drawn by seed, to the closest row of the anchor.

        The distance is Gower's for tables, and Euclidean in the embedding for images.
        """
        seed = derive_seed("holdout records", self.seed)
        if self.schema.modality == "image":
            return nearest_points(sample_rows(self.holdout_view.points, seed), self.anchor_view.points).first
        return closest_distances(sample_rows(self.holdout, seed), self.anchor, self.schema)

    def anchor_spacings(self, places: np.ndarray) -> np.ndarray:
        """Return Gower's distance of the anchor's rows at some places to their nearest other row, each computed once.

        Args:
            places: (rows,) numbers of rows, none of them twice.
        """
        known: np.ndarray = self._anchor_spacings
        new = places[np.isnan(known[places])]
        if len(new):
            known[new] = nearest_records(self.anchor[new], self.anchor, self.schema).second
        spacings: np.ndarray = known[places]
        return spacings

    @cached_property
    def _anchor_spacings(self) -> np.ndarray:
        """(rows of the anchor,) the spacings that are known; NaN where they are not."""
        return np.full(self.anchor.height, np.nan)

    def spacing(self, rows: int) -> np.ndarray:
        """Return (rows,) the distance in the embedding from each row of a sample of the anchor to its nearest one."""
        if rows not in self._spacings:
            points = draw_rows(self.anchor_view.points, rows, derive_seed("spacing", rows, self.seed))
            self._spacings[rows] = np.sqrt(Manifold.build(points, neighbours=1).squared_radii)
        return self._spacings[rows]

    @cached_property
    def numeric_tenths(self) -> dict[str, np.ndarray]:
        """Numeric column → the inner deciles of the anchor."""
        return numeric_tenths(self.anchor, self.schema)

    @cached_property
    def main_columns(self) -> np.ndarray:
        """Main directions whose variance in the anchor is at least a hundredth of their mean: signal, not noise."""
        variances = self.anchor_view.points.var(axis=0)[: DIMENSIONS[self.schema.modality]]
        return np.flatnonzero(variances >= 0.01 * variances.mean())

    @cached_property
    def relations(self) -> list[Relation]:
        """The relations that the anchor's rows keep."""
        return find_relations(self.anchor, self.schema, seed=derive_seed("relations", self.seed))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The word types of the anchor."""
        return frozenset(self.anchor_view.words.types)

    @cached_property
    def rare_types(self) -> frozenset[str]:
        """The rarest word types of the anchor, which make up a twentieth of its tokens."""
        return rare_types(self.anchor_view.words)

    @cached_property
    def language_model(self) -> "NGramModel":
        """A word trigram model of the anchor's text; its one replicate is number 0."""
        from outcross.resources.generators.ngram.settings import NGram

        assert self.schema.text is not None
        text = Schema((Column(name=self.schema.text.name, role=Role.TEXT),))
        rows = self.anchor.select(
            pl.lit(0, dtype=pl.Int32).alias("replicate"),
            pl.lit(1.0).alias("weight"),
            pl.col(self.schema.text.name).fill_null(""),
        )
        return NGram(kind="ngram").fit(Cohort(rows=rows, schema=text, seeds={0: derive_seed("ngram", self.seed)}))

    def nats_per_token(self, rows: pl.DataFrame) -> tuple[float, float]:
        """Return the nats per token of a text under the language model, with the standard error; NaN without tokens."""
        assert self.schema.text is not None
        text = rows.select(pl.col(self.schema.text.name).fill_null(""))
        scored = self.language_model.loss(text, seeds={0: self.seed})
        return ratio_of_sums(scored["nats"].to_numpy(), scored["units"].to_numpy())

    @cached_property
    def holdout_nats_per_token(self) -> tuple[float, float]:
        """:meth:`nats_per_token` of the holdout."""
        return self.nats_per_token(self.holdout)

    @property
    def label(self) -> Column:
        """The label column.

        Raises:
            BadInput: there is none.
        """
        if self.schema.label is None:
            raise BadInput("the source has no label; give one column the role 'label'")
        return self.schema.label

    @property
    def outcome(self) -> Column:
        """The column that models of utility predict: the label, or else the target.

        Raises:
            BadInput: there is neither.
        """
        if self.schema.outcome is None:
            raise BadInput("the source has no label; give one column the role 'label', or 'target' to a number")
        return self.schema.outcome


def build_probe(anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Probe:
    """Fit the embedding to the anchor; the rest of the probe is fitted on first use.

    Args:
        anchor: canonical rows on which models may be trained.
        holdout: canonical rows that no model sees.
        schema: their columns.
        seed: seed of samples and classifiers.

    Raises:
        BadInput: either has fewer than two rows.
    """
    for name, rows in (("anchor", anchor), ("holdout", holdout)):
        if rows.height < FEWEST_ROWS:
            raise BadInput(f"the {name} has {rows.height} rows, but metrics need at least {FEWEST_ROWS}; add rows")
    anchor, holdout = anchor.select(schema.names), holdout.select(schema.names)
    embedding = Embedding.fit(anchor, schema)
    return Probe(anchor=anchor, holdout=holdout, schema=schema, embedding=embedding, seed=seed)
