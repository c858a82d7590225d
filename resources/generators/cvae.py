"""A class-conditional variational autoencoder: the small image generator, fitted a cohort at a time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from resources.errors import BadInput
from resources.generators.categorical_marginal import CategoricalMarginal
from resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from resources.generators.frames import loss_frame, replicate_column
from resources.schema import Column, Modality, Role, Schema
from resources.seeds import derive_seed, generator

if TYPE_CHECKING:
    import torch

    from resources.generators.cvae_network import Network

MOST_CLASSES = 1_000
"""Classes a label is taken to have, whichever of them a replicate saw: its losses then compare with all others'."""
FIT_LOSS_ROWS = 1_024
"""The training loss is estimated on as many rows, drawn by weight."""
SAMPLED_AT_ONCE = 1_024
"""Rows of each replicate decoded at a time."""
SCORED_AT_ONCE = 4_096
"""Importance samples of each replicate decoded at a time."""

DeviceName = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Labels:
    """The classes of K replicates, each of which may have seen others.

    Attributes:
        marginals: K distributions of the label; empty where there is no label column.
    """

    marginals: list[CategoricalMarginal]
    replicates: int

    @classmethod
    def fit(cls, cohort: Cohort) -> Self:
        """Take the weighted frequencies of each replicate's label."""
        column = cohort.schema.label
        if column is None:
            return cls([], len(cohort.replicates))
        marginals = []
        for number in cohort.replicates:
            rows = cohort.replicate(number)
            found = rows[column.name].n_unique()
            if found >= MOST_CLASSES:
                raise BadInput(
                    f"generator 'cvae': column '{column.name}' has {found:,} classes, not fewer than {MOST_CLASSES:,}; "
                    "give it role 'ignore', or merge classes"
                )
            marginals.append(CategoricalMarginal.fit(rows[column.name], rows["weight"].to_numpy(), alphabet=MOST_CLASSES))
        return cls(marginals, len(marginals))

    @property
    def width(self) -> int:
        """C: the most classes of any replicate, 1 where there is no label."""
        return max((len(marginal.levels) for marginal in self.marginals), default=1)

    def classes(self, index: int, rows: pl.DataFrame, name: str | None) -> np.ndarray:
        """Return each row's position among the classes of one replicate, −1 for a class it never saw."""
        return self.marginals[index].cells(rows[name]) if name else np.zeros(rows.height, dtype=np.int64)

    def conditions(self, index: int, classes: np.ndarray) -> np.ndarray:
        """Return what the network is conditioned on, float32 (rows, C): one-hot, or all classes' shares for −1."""
        table = np.eye(self.width + 1, self.width, dtype=np.float32)
        if self.marginals:
            mass = self.marginals[index].mass
            table[-1, : len(mass)] = mass
        return table[classes]

    def nats(self, index: int, classes: np.ndarray) -> np.ndarray:
        """Return the negative log-probability of each class in one replicate."""
        if not self.marginals:
            return np.zeros(len(classes))
        marginal = self.marginals[index]
        column = pl.Series(np.zeros(len(classes)))
        seen = np.log(marginal.mass[np.maximum(classes, 0)])
        return -np.where(classes >= 0, seen, 0.0) - marginal.log_density(column, classes)

    def draw(self, index: int, rows: int, random: np.random.Generator) -> np.ndarray:
        """Draw classes independently by their shares."""
        uniforms = random.random(rows)
        if not self.marginals:
            return np.zeros(rows, dtype=np.int64)
        shares = np.cumsum(self.marginals[index].mass)
        return np.minimum(np.searchsorted(shares, uniforms, side="right"), len(shares) - 1)


@dataclass(frozen=True)
class CvaeModel(CohortModel):
    schema: Schema
    replicates: list[int]
    labels: Labels
    parameters: Tensors
    budget: Budget
    fit_loss: list[float]
    settings: "CVAE"

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        import torch

        column = _image(self.schema)
        device = self.settings.torch_device()
        network = self.settings.network(self.parameters, column, device)
        streams = [generator(seeds[number]) for number in self.replicates]
        classes = [self.labels.draw(index, rows, stream) for index, stream in enumerate(streams)]
        pixels = np.empty((len(streams), rows, column.dtype.size), dtype=np.uint8)
        for first in range(0, rows, SAMPLED_AT_ONCE):
            part = slice(first, min(first + SAMPLED_AT_ONCE, rows))
            latent = np.stack([s.standard_normal((part.stop - first, network.latent), dtype=np.float32) for s in streams])
            condition = np.stack([self.labels.conditions(i, c[part]) for i, c in enumerate(classes)])
            with torch.inference_mode():
                outputs = network.decode(
                    torch.from_numpy(latent).to(device), torch.from_numpy(condition).to(device)
                ).cpu().numpy()
            for index, stream in enumerate(streams):
                pixels[index, part] = network.likelihood.draw(outputs[index], stream)
        columns = {column.name: pl.Series(pixels.reshape(len(streams) * rows, -1), dtype=column.dtype)}
        if self.schema.label is not None:
            columns[self.schema.label.name] = pl.concat(
                [m.draw(c, np.empty(0)) for m, c in zip(self.labels.marginals, classes, strict=True)]
            )
        frame = pl.DataFrame({"replicate": replicate_column(self.replicates, rows), **columns})
        return frame.select("replicate", *self.schema.names)

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        shared = [rows] * len(self.replicates)
        nats = self._nats(shared, [generator(seeds[number]) for number in self.replicates])
        return loss_frame(self.replicates, nats, np.ones(rows.height, dtype=np.int64))

    def _nats(self, rows: list[pl.DataFrame], streams: list[np.random.Generator]) -> np.ndarray:
        import torch

        column, label = _image(self.schema), self.schema.label
        device = self.settings.torch_device()
        network = self.settings.network(self.parameters, column, device)
        pixels = np.stack([frame[column.name].to_numpy() for frame in rows])
        classes = np.stack([self.labels.classes(i, f, label.name if label else None) for i, f in enumerate(rows)])
        condition = np.stack([self.labels.conditions(i, c) for i, c in enumerate(classes)])
        samples = self.settings.loss_samples
        size = max(1, SCORED_AT_ONCE // samples)
        nats = np.stack([self.labels.nats(i, c) for i, c in enumerate(classes)])
        for first in range(0, pixels.shape[1], size):
            part = slice(first, min(first + size, pixels.shape[1]))
            noise = np.stack(
                [s.standard_normal((part.stop - first, samples, network.latent), dtype=np.float32) for s in streams]
            )
            with torch.inference_mode():
                bound = network.importance_bound(
                    torch.from_numpy(pixels[:, part]).to(device).float(),
                    torch.from_numpy(condition[:, part]).to(device),
                    torch.from_numpy(noise).to(device),
                )
            nats[:, part] -= bound.cpu().numpy()
        return nats

    def tensors(self) -> Tensors:
        return {**self.parameters}

    def card(self) -> dict[str, Any]:
        return {}


class CVAE(Generator):
    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"image"})

    kind: Literal["cvae"] = "cvae"
    hidden: int = 192
    latent: int = 16
    steps: int = 500
    batch: int = 128
    learning_rate: float = 3e-3
    likelihood: Literal["auto", "binomial", "logistic"] = "auto"
    loss_samples: int = 32
    device: DeviceName = "auto"

    @property
    def optimiser_steps(self) -> int:
        return self.steps

    def check(self, schema: Schema) -> None:
        pass

    def torch_device(self) -> "torch.device":
        import torch
        return torch.device("cpu")

    def network(self, parameters: Tensors, column: Column, device: "torch.device") -> "Network":
        import torch
        from resources.generators.cvae_network import Network
        from resources.generators.pixel_likelihood import pixel_likelihood
        assert column.levels
        name = self.likelihood
        if name == "auto":
            name = "binomial" if column.levels <= 32 else "logistic"
        return Network({k: torch.from_numpy(v).to(device) for k, v in parameters.items()}, pixel_likelihood(name, column.levels))

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> CvaeModel:
        import torch
        from resources.generators.cvae_network import initial_parameters
        from resources.generators.cvae_training import TrainingRows, train
        column = _image(cohort.schema)
        rows = [cohort.replicate(n).filter(pl.col("weight") > 0) for n in cohort.replicates]
        labels = Labels.fit(cohort)
        label = cohort.schema.label
        weights = [f["weight"].to_numpy() / f["weight"].mean() for f in rows]
        lik = self.network({}, column, torch.device("cpu")).likelihood
        starts = []
        for f, w in zip(rows, weights):
            x = f[column.name].to_numpy() / column.levels
            m = (w @ x + .5) / (len(x) + 1)
            starts.append(lik.start(m, np.sqrt(np.maximum(w @ x**2 / len(x) - m**2, 1e-6))))
        seeds = [cohort.seeds[n] for n in cohort.replicates]
        P = column.shape[0] * column.shape[1]
        params = initial_parameters(start=np.stack(starts), pixels=P, classes=labels.width, hidden=self.hidden, latent=self.latent, seeds=seeds)
        device = self.torch_device()
        net = self.network(params, column, device)
        tr = TrainingRows(np.concatenate([f[column.name].to_numpy() for f in rows]), np.concatenate([labels.classes(i, f, label.name if label else None) for i, f in enumerate(rows)]),
           np.concatenate(weights).astype(np.float32), [len(f) for f in rows])
        train(net, tr, steps=self.steps, batch=self.batch, learning_rate=self.learning_rate, seeds=seeds, device=device, progress=progress)
        params = {k: v.detach().cpu().numpy() for k, v in net.parameters.items()}
        n = [len(f) for f in rows]
        return CvaeModel(cohort.schema, cohort.replicates, labels, params, Budget(rows=n, tokens=[0]*len(n), steps=self.steps, rows_seen=[self.steps*self.batch]*len(n)), [float('nan')]*len(n), self)

    def load(self, tensors: Tensors, card: dict[str, Any]) -> CvaeModel:
        raise NotImplementedError


def _image(schema: Schema) -> Column:
    assert schema.image
    return schema.image
