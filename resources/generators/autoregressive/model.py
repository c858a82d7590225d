# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The fitted autoregressive models of a cohort: sampling and loss."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
import torch

from outcross.resources.generators.autoregressive.network import Network
from outcross.resources.generators.cells.codebook import Codebook
from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.balance import Balance
from outcross.resources.generators.fitting.frames import loss_frame, replicate_column
from outcross.resources.generators.fitting.parameters import count_parameters
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator

ROWS_AT_ONCE = 4_096
"""Rows per batch of sampling and loss, all replicates together."""


@dataclass(frozen=True)
class AutoregressiveModel(CohortModel):
    """One autoregressive network per replicate.

    Attributes:
        schema: the columns.
        codebooks: replicate → its codebook, ascending.
        network: the K networks, in the order of the replicates.
        budget: what the fit spent.
        fit_loss: K mean losses of training rows drawn by weight.
        balance: target shares of levels in sampled rows, whatever their shares in the training rows.
        temperature: divides the logits in sampling.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    codebooks: dict[int, Codebook]
    network: Network
    budget: Budget
    fit_loss: list[float]
    balance: Balance
    temperature: float
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw cells column by column, then values within the cells; numbers stay in the training range."""
        streams = [generator(seeds[number]) for number in self.codebooks]
        given = self._given(rows, streams)
        columns = len(self.network.sizes)
        uniforms = np.stack([stream.random((rows, columns)) for stream in streams])
        parts = [np.empty((len(streams), 0, columns), dtype=np.int64)]
        for part in self._parts(rows):
            with torch.inference_mode():
                drawn = self.network.draw(
                    self._move(uniforms[:, part]),
                    temperature=self.temperature,
                    given={place: self._move(cells[:, part]) for place, cells in given.items()},
                )
            parts.append(drawn.cpu().numpy())
        cells = np.concatenate(parts, axis=1)
        frames = [
            codebook.decode(own, stream).select(pl.col(name).cast(dtype) for name, dtype in self.schema.polars.items())
            for codebook, own, stream in zip(self.codebooks.values(), cells, streams, strict=True)
        ]
        return pl.concat(frames).insert_column(0, replicate_column(list(self.codebooks), rows))

    def _given(self, rows: int, streams: Sequence[np.random.Generator]) -> dict[int, np.ndarray]:
        """Column → cells (K, rows) of the balanced columns; shares of lost levels are redistributed over the others."""
        given = {}
        for name, shares in self.balance.items():
            drawn = []
            for codebook, stream in zip(self.codebooks.values(), streams, strict=True):
                known = {codebook.level(name, level): share for level, share in shares.items()}
                known.pop(-1, None)
                total = sum(known.values())
                if not total:
                    break
                cells = stream.choice(list(known), size=rows, p=np.array(list(known.values())) / total)
                drawn.append(cells.astype(np.int64))
            else:
                given[next(iter(self.codebooks.values())).names.index(name)] = np.stack(drawn)
        return given

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Compute the negative log-likelihood of each row under the model that is sampled at temperature 1.

        It is a probability for categories, nulls, integers and point masses, and a density (per unit of the column) for
        other floats. Values outside all cells are scored by the marginals, and later columns do not depend on them.
        """
        return loss_frame(
            list(self.codebooks), self.nats([rows] * len(self.codebooks)), np.ones(rows.height, dtype=np.int64)
        )

    def nats(self, rows: Sequence[pl.DataFrame]) -> np.ndarray:
        """Return the losses (K, N) of N rows for each replicate."""
        pairs = list(zip(self.codebooks.values(), rows, strict=True))
        cells = np.stack([codebook.encode(frame) for codebook, frame in pairs])
        nats = -np.stack(
            [codebook.log_density(frame, own) for (codebook, frame), own in zip(pairs, cells, strict=True)]
        )
        for part in self._parts(cells.shape[1]):
            with torch.inference_mode():
                nats[:, part] += self.network.nats(self._move(cells[:, part])).cpu().numpy()
        return nats

    def _parts(self, rows: int) -> Iterator[slice]:
        """Batches of each replicate's rows, of a size that keeps memory independent of the cohort."""
        count = max(1, ROWS_AT_ONCE // len(self.codebooks))
        return (slice(first, first + count) for first in range(0, rows, count))

    def _move(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.network.device)

    def tensors(self) -> Tensors:
        """Return the networks' parameters with a leading axis K, each replicate's codebook, and ``fit_loss`` (K,)."""
        parameters = {f"network/{name}": tensor.cpu().numpy() for name, tensor in self.network.parameters.items()}
        cells = {
            f"{number}/{name}": array
            for number, codebook in self.codebooks.items()
            for name, array in codebook.tensors().items()
        }
        sizes = {"sizes": np.array(self.network.sizes, dtype=np.int64)}
        return {**parameters, **cells, **sizes, "fit_loss": np.asarray(self.fit_loss)}

    def card(self) -> dict[str, Any]:
        """Return settings, schema, column order, replicates, budget, and the number of parameters of one replicate."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "order": list(next(iter(self.codebooks.values())).names),
            "replicates": list(self.codebooks),
            "budget": asdict(self.budget),
            "parameters_each": count_parameters(self.network.parameters),
        }
