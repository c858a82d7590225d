"""An autoregressive network over the cells of a table's columns: the neural generator of tables."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.cells.codebook import Codebook
from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Start, Tensors
from outcross.resources.generators.fitting.balance import Balance, check_balance
from outcross.resources.generators.fitting.frames import below, weighted_rows
from outcross.resources.generators.fitting.training import budget_of_steps, chosen_device, finite_losses, rows_by_weight
from outcross.resources.schema import Column, Modality, Role, Schema

if TYPE_CHECKING:
    from outcross.resources.generators.autoregressive.model import AutoregressiveModel
    from outcross.resources.generators.autoregressive.network import Network

FIT_LOSS_ROWS = 2_048
"""The training loss is computed of as many rows, drawn by weight."""


class Autoregressive(Generator):
    """A network that draws a row column by column, each given those before it, in the manner of TabularARGN.

    Tiwald et al. 2025, arXiv 2501.12012; the sum over earlier columns is NADE's (Larochelle and Murray 2011). Numbers
    are written as cells between quantiles, so that several modes, heavy tails, bounds, whole numbers, frequent single
    values and nulls all are what they are in the data, and the likelihood is exact. The label comes first, then the
    groups: rows can be drawn given either.

    Attributes:
        hidden: width of the layers.
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: AdamW's, at its peak.
        weight_decay: of the weights between columns, at 10,000 rows; it is divided by rows ÷ 10,000.
        bins: how many stretches of even mass a number's range is divided into, where there are rows enough.
        alphabet: how many levels a categorical column is taken to have; see ``CategoricalMarginal``.
        temperature: divides the logits of sampled cells; below 1 it buys quality with diversity.
        balance: column with role label or group → level → share of the sampled rows; the training shares where unset.
        start: ``scratch`` draws new weights for every generation; ``base`` goes on from the weights of generation 0,
            ``previous`` from those of the generation before. The cells then stay those of generation 0.
        device: ``auto`` takes a GPU where there is one. Files do not depend on it; floats differ in their last digits.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["autoregressive"] = "autoregressive"
    hidden: int = Field(default=64, ge=1, le=4_096)
    steps: int = Field(default=600, ge=1)
    batch: int = Field(default=128, ge=1)
    learning_rate: float = Field(default=0.006, gt=0, lt=1)
    weight_decay: float = Field(default=0.5, ge=0)
    bins: int = Field(default=100, ge=2, le=10_000)
    alphabet: int = Field(default=10_000, ge=2)
    temperature: float = Field(default=1.0, gt=0)
    balance: Balance = Field(default_factory=dict)
    start: Start = "scratch"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @property
    def optimiser_steps(self) -> int:
        """As set."""
        return self.steps

    @property
    def starts_from(self) -> Start:
        """As set."""
        return self.start

    def check(self, schema: Schema) -> None:
        """Refuse text and images, and a balance of what is no label or group."""
        for column in schema.with_role(Role.TEXT, Role.IMAGE):
            raise BadInput(
                f"generator 'autoregressive': column '{column.name}' has role '{column.role}', it models numbers and "
                "categories; give it role 'ignore', or use kind 'ngram' for text and 'cvae' for images"
            )
        check_balance(self.balance, schema, kind=self.kind)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "AutoregressiveModel":
        """Fit all replicates as one batched network; rows of weight 0 count as absent."""
        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.training import TrainingRows, train

        self.check(cohort.schema)
        members = {number: weighted_rows(cohort, number, kind=self.kind) for number in cohort.replicates}
        seeds = [cohort.seeds[number] for number in members]
        codebooks, network = self._beginning(cohort, members, seeds)
        cells = [codebooks[number].encode(rows) for number, rows in members.items()]
        train(
            network,
            TrainingRows(
                cells=np.concatenate(cells),
                weights=np.concatenate([rows["weight"].to_numpy() for rows in members.values()]).astype(np.float32),
                sizes=[rows.height for rows in members.values()],
            ),
            steps=self.steps,
            batch=self.batch,
            peak=self.learning_rate,
            weight_decay=self.weight_decay,
            seeds=seeds,
            progress=progress,
            checkpoint=cohort.checkpoint,
        )
        model = AutoregressiveModel(
            schema=cohort.schema,
            codebooks=codebooks,
            network=network,
            budget=budget_of_steps(cohort, steps=self.steps, batch=self.batch),
            fit_loss=[],
            balance=self.balance,
            temperature=self.temperature,
            version=self.version,
            settings=self.model_dump(),
        )
        model.fit_loss.extend(self._training_losses(model, members, cohort))
        return model

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "AutoregressiveModel":
        """Rebuild the models from their parameters and cells."""
        import torch

        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.network import Network

        schema, device = Schema.from_json(card["schema"]), chosen_device(self.device, kind=self.kind)
        columns = {column.name: column for column in schema.columns}
        ordered = [columns[name] for name in card["order"]]
        codebooks = {
            number: Codebook.load(below(tensors, f"{number}/"), ordered, alphabet=self.alphabet)
            for number in card["replicates"]
        }
        parameters = {name: torch.tensor(array, device=device) for name, array in below(tensors, "network/").items()}
        return AutoregressiveModel(
            schema=schema,
            codebooks=codebooks,
            network=Network(parameters, tensors["sizes"].tolist()),
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            balance=self.balance,
            temperature=self.temperature,
            version=self.version,
            settings=self.model_dump(),
        )

    def _beginning(
        self, cohort: Cohort, members: dict[int, pl.DataFrame], seeds: list[int]
    ) -> tuple[dict[int, Codebook], "Network"]:
        """Return the cells and the network that training starts with: new ones, or those of an earlier fit."""
        import torch

        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.network import (
            Network,
            common_sizes,
            initial_parameters,
        )

        device = chosen_device(self.device, kind=self.kind)
        if isinstance(cohort.start, AutoregressiveModel):
            earlier = cohort.start
            places = [list(earlier.codebooks).index(number) for number in members]
            parameters = {name: tensor[places].clone() for name, tensor in earlier.network.parameters.items()}
            return {number: earlier.codebooks[number] for number in members}, Network(parameters, earlier.network.sizes)
        columns = self._order(cohort.schema)
        codebooks = {
            number: Codebook.fit(rows, columns, bins=self.bins, alphabet=self.alphabet)
            for number, rows in members.items()
        }
        masses = [[marginal.mass for marginal in codebook.marginals] for codebook in codebooks.values()]
        drawn = initial_parameters(masses, hidden=self.hidden, seeds=seeds)
        parameters = {name: torch.from_numpy(array).to(device) for name, array in drawn.items()}
        return codebooks, Network(parameters, common_sizes(masses))

    def _order(self, schema: Schema) -> list[Column]:
        """Columns in the order in which they are drawn: what is balanced, the label, the groups, the others."""
        ranks = {Role.LABEL: 1, Role.GROUP: 2}
        return sorted(schema.columns, key=lambda each: 0 if each.name in self.balance else ranks.get(each.role, 3))

    def _training_losses(
        self, model: "AutoregressiveModel", members: dict[int, pl.DataFrame], cohort: Cohort
    ) -> list[float]:
        """Compute the mean loss of training rows, one a replicate; refuse models that training has thrown off."""
        losses = model.nats(rows_by_weight(members, cohort, count=FIT_LOSS_ROWS)).mean(axis=1)
        return finite_losses(losses, cohort, kind=self.kind, learning_rate=self.learning_rate)
