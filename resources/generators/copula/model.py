"""The fitted Gaussian copulas of a cohort: sampling and loss."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from outcross.resources.generators.cells.codebook import Codebook
from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.copula.latent_normal import (
    cut_points,
    hermite_coefficients,
    log_box_probability,
    make_positive_definite,
    match_correlation,
    normal_scores,
)
from outcross.resources.generators.fitting.frames import loss_frame, replicate_column
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

BATCH_ROWS = 2_048
"""Rows per batch of the loss."""


@dataclass(frozen=True)
class Replicate:
    """The model of one replicate: the cells of each column, and the latent correlation (d, d)."""

    codebook: Codebook
    correlation: np.ndarray

    @classmethod
    def fit(cls, rows: pl.DataFrame, codebook: Codebook) -> Self:
        """Estimate the correlation that reproduces the weighted mean products of the columns' normal scores."""
        weights = rows["weight"].to_numpy()
        cuts = [cut_points(marginal.mass) for marginal in codebook.marginals]
        scores = [normal_scores(cut, marginal.mass) for cut, marginal in zip(cuts, codebook.marginals, strict=True)]
        cells = codebook.encode(rows)
        table = np.column_stack([score[cells[:, place]] for place, score in enumerate(scores)])
        moments = (table * weights[:, np.newaxis]).T @ table / weights.sum()
        coefficients = np.stack([hermite_coefficients(cut, score) for cut, score in zip(cuts, scores, strict=True)])
        return cls(codebook, make_positive_definite(match_correlation(moments, coefficients)))

    @cached_property
    def cuts(self) -> list[np.ndarray]:
        """Ends of the cells of each column on the latent normal."""
        return [cut_points(marginal.mass) for marginal in self.codebook.marginals]

    def sample(self, rows: int, random: np.random.Generator) -> pl.DataFrame:
        """Draw rows: latent normals, their cells, and a value from each cell."""
        factor = np.linalg.cholesky(self.correlation)
        latent = random.standard_normal((rows, len(self.cuts))) @ factor.T
        places = [np.searchsorted(cut[1:-1], latent[:, index], side="right") for index, cut in enumerate(self.cuts)]
        return self.codebook.decode(np.column_stack(places), random)

    def nats(self, rows: pl.DataFrame, *, draws: int, random: np.random.Generator) -> np.ndarray:
        """Return the estimated negative log-likelihood of each row, shape (N,)."""
        cells = self.codebook.encode(rows)
        log_likelihood = self.codebook.log_density(rows, cells)
        # A value outside its column's cells is uninformative about the other columns.
        known = cells >= 0
        pairs = list(enumerate(self.cuts))
        lower = np.column_stack([np.where(known[:, place], cut[cells[:, place]], -np.inf) for place, cut in pairs])
        upper = np.column_stack([np.where(known[:, place], cut[cells[:, place] + 1], np.inf) for place, cut in pairs])
        for first in range(0, rows.height, BATCH_ROWS):
            part = slice(first, first + BATCH_ROWS)
            log_likelihood[part] += log_box_probability(
                lower[part], upper[part], self.correlation, draws=draws, random=random
            )
        return -log_likelihood


@dataclass(frozen=True)
class CopulaModel(CohortModel):
    """One Gaussian copula per replicate.

    Attributes:
        schema: the columns.
        members: replicate → its copula, ascending.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        version: of the generator.
        settings: of the generator, for the card; ``draws`` is the number of simulated paths for the loss of a row.
    """

    schema: Schema
    members: dict[int, Replicate]
    budget: Budget
    fit_loss: list[float]
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` rows from each model; numbers stay in the training range, strings among the training levels."""
        drawn = [member.sample(rows, generator(seeds[number])) for number, member in self.members.items()]
        frame = pl.concat(drawn).select(pl.col(name).cast(dtype) for name, dtype in self.schema.polars.items())
        return frame.insert_column(0, replicate_column(list(self.members), rows))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Estimate an upper bound of the negative log-likelihood of each row, by simulation.

        The likelihood is that of the sampled model: the probability of the row's box of cells times the density of its
        values within them. It is a probability for categories, nulls, integers and point masses, and a
        density (per unit of the column) for other floats; numbers outside all cells are scored by the marginals.
        """
        draws = int(self.settings["draws"])
        chosen = rows.select(self.schema.names)
        nats = [
            member.nats(chosen, draws=draws, random=generator(seeds[number])) for number, member in self.members.items()
        ]
        return loss_frame(list(self.members), np.stack(nats), np.ones(rows.height, dtype=np.int64))

    def tensors(self) -> Tensors:
        """Return, for each replicate, the correlation and each column's marginal by position; and ``fit_loss``."""
        tensors = {"fit_loss": np.asarray(self.fit_loss)}
        for number, member in self.members.items():
            tensors[f"{number}/correlation"] = np.ascontiguousarray(member.correlation)
            tensors |= {f"{number}/{name}": array for name, array in member.codebook.tensors().items()}
        return tensors

    def card(self) -> dict[str, Any]:
        """Return settings, schema, replicates and budget."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.members),
            "budget": asdict(self.budget),
        }
