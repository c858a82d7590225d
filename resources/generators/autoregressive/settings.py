"""An autoregressive network over the cells of a table's columns: the neural generator of tables."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.cells.codebook import Codebook
from outcross.resources.generators.contract import Budget, Cohort, Progress, Tensors
from outcross.resources.generators.fitting.balance import Balance, check_balance
from outcross.resources.generators.fitting.frames import rows_by_weight, strip_prefix, weighted_rows
from outcross.resources.generators.fitting.trained_generator import Batch, LearningRate, Steps, WarmStartGenerator
from outcross.resources.schema import Column, Modality, Role, Schema

if TYPE_CHECKING:
    from outcross.resources.generators.autoregressive.model import AutoregressiveModel
    from outcross.resources.generators.autoregressive.network import Network

FIT_LOSS_ROWS = 2_048
"""Number of rows for the training loss, drawn by weight."""


class Autoregressive(WarmStartGenerator):
    """An autoregressive network, as TabularARGN: it draws a row column by column, each given the columns before it.

    Tiwald et al. 2025, arXiv 2501.12012; the sum over earlier columns is NADE's (Larochelle and Murray 2011). Numbers
    are discretised into cells between quantiles, so that multiple modes, heavy tails, bounds, integers, point masses
    and nulls are preserved, and the likelihood is exact. The label comes first, then the groups, so that rows can be
    drawn conditional on either.

    Attributes:
        hidden: width of the layers.
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: peak learning rate of AdamW.
        weight_decay: of the weights between columns, for 10,000 rows; it is divided by rows ÷ 10,000.
        bins: number of intervals of equal mass for a number, where there are enough rows.
        alphabet: assumed number of levels of a categorical column; see ``CategoricalMarginal``.
        temperature: divides the logits in sampling; below 1 it trades diversity for quality.
        balance: column with role label or group → level → share of the sampled rows; the training shares where unset.
        start: see :class:`WarmStartGenerator`; where training starts from an earlier generation, the cells stay those
            of generation 0.
        device: see :class:`TrainedGenerator`.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table"})

    kind: Literal["autoregressive"] = "autoregressive"
    hidden: int = Field(default=64, ge=1, le=4_096)
    steps: Steps = 600
    batch: Batch = 128
    learning_rate: LearningRate = 0.006
    weight_decay: float = Field(default=0.5, ge=0)
    bins: int = Field(default=100, ge=2, le=10_000)
    alphabet: int = Field(default=10_000, ge=2)
    temperature: float = Field(default=1.0, gt=0)
    balance: Balance = Field(default_factory=dict)

    def check(self, schema: Schema) -> None:
        """Reject text and images, and a balance on a column that is neither label nor group."""
        for column in schema.with_role(Role.TEXT, Role.IMAGE):
            raise BadInput(
                f"generator 'autoregressive': column '{column.name}' has role '{column.role}', but the generator "
                "models numbers and categories; give it role 'ignore', or use kind 'ngram' for text and 'cvae' for "
                "images"
            )
        check_balance(self.balance, schema, kind=self.kind)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "AutoregressiveModel":
        """Fit all replicates as one batched network; rows of weight 0 are absent."""
        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.training import AutoregressivePlan, TrainingRows, train

        self.check(cohort.schema)
        members = {number: weighted_rows(cohort, number, kind=self.kind) for number in cohort.replicates}
        seeds = [cohort.seeds[number] for number in members]
        codebooks, network = self._initial_state(cohort, members, seeds)
        cells = [codebooks[number].encode(rows) for number, rows in members.items()]
        train(
            network,
            TrainingRows(
                cells=np.concatenate(cells),
                weights=np.concatenate([rows["weight"].to_numpy() for rows in members.values()]).astype(np.float32),
                sizes=[rows.height for rows in members.values()],
            ),
            plan=AutoregressivePlan(
                steps=self.steps, batch=self.batch, peak=self.learning_rate, weight_decay=self.weight_decay
            ),
            seeds=seeds,
            progress=progress,
            checkpoint=cohort.checkpoint,
            seconds_apart=cohort.checkpoint_seconds,
        )
        model = AutoregressiveModel(
            schema=cohort.schema,
            codebooks=codebooks,
            network=network,
            budget=self.budget(cohort),
            fit_loss=[],
            balance=self.balance,
            temperature=self.temperature,
            version=self.version,
            settings=self.model_dump(),
        )
        model.fit_loss.extend(self._training_losses(model, members, cohort))
        return model

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "AutoregressiveModel":
        """Rebuild the models from their parameters and codebooks."""
        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.network import Network
        from outcross.resources.generators.fitting.parameters import on_device

        schema = Schema.from_json(card["schema"])
        columns = {column.name: column for column in schema.columns}
        ordered = [columns[name] for name in card["order"]]
        codebooks = {
            number: Codebook.load(strip_prefix(tensors, f"{number}/"), ordered, alphabet=self.alphabet)
            for number in card["replicates"]
        }
        parameters = on_device(strip_prefix(tensors, "network/"), self.choose_device())
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

    def _initial_state(
        self, cohort: Cohort, members: dict[int, pl.DataFrame], seeds: list[int]
    ) -> tuple[dict[int, Codebook], "Network"]:
        """Return the initial codebooks and network of training: new ones, or those of an earlier fit."""
        from outcross.resources.generators.autoregressive.model import AutoregressiveModel
        from outcross.resources.generators.autoregressive.network import (
            Network,
            common_sizes,
            initial_parameters,
        )
        from outcross.resources.generators.fitting.parameters import on_device, select_replicates

        if isinstance(cohort.start, AutoregressiveModel):
            earlier = cohort.start
            parameters = select_replicates(earlier.network.parameters, list(earlier.codebooks), members)
            return {number: earlier.codebooks[number] for number in members}, Network(parameters, earlier.network.sizes)
        columns = self._order(cohort.schema)
        codebooks = {
            number: Codebook.fit(rows, columns, bins=self.bins, alphabet=self.alphabet)
            for number, rows in members.items()
        }
        masses = [[marginal.mass for marginal in codebook.marginals] for codebook in codebooks.values()]
        drawn = initial_parameters(masses, hidden=self.hidden, seeds=seeds)
        return codebooks, Network(on_device(drawn, self.choose_device()), common_sizes(masses))

    def _order(self, schema: Schema) -> list[Column]:
        """Columns in sampling order: balanced columns, the label, the groups, the others."""
        ranks = {Role.LABEL: 1, Role.GROUP: 2}
        return sorted(schema.columns, key=lambda each: 0 if each.name in self.balance else ranks.get(each.role, 3))

    def _training_losses(
        self, model: "AutoregressiveModel", members: dict[int, pl.DataFrame], cohort: Cohort
    ) -> list[float]:
        """Compute the mean training loss of each replicate; raise if training diverged."""
        losses = model.nats(rows_by_weight(members, cohort, count=FIT_LOSS_ROWS)).mean(axis=1)
        return self.finite_losses(losses, cohort)
