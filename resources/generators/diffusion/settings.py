"""A class-conditional diffusion model: the generator of images by a U-Net, fitted a cohort at a time."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Progress, Tensors
from outcross.resources.generators.fitting.balance import Balance, check_balance
from outcross.resources.generators.fitting.frames import strip_prefix, weighted_rows
from outcross.resources.generators.fitting.trained_generator import Batch, LearningRate, MixedPrecisionGenerator, Steps
from outcross.resources.generators.images.class_labels import ClassLabels, read_classes
from outcross.resources.generators.images.image_rows import (
    ImageRows,
    check_images,
    highest_grey_value,
    image_column,
    training_losses,
)
from outcross.resources.schema import Modality, Schema

if TYPE_CHECKING:
    import torch

    from outcross.resources.generators.diffusion.model import DiffusionModel
    from outcross.resources.generators.diffusion.network import Network, Shape


class Diffusion(MixedPrecisionGenerator):
    """Denoising diffusion (Ho et al. 2020, arXiv 2006.11239) in its continuous-time, variational form.

    Its loss is a variational upper bound of the negative log-likelihood of the grey values (Kingma et al. 2021, arXiv
    2107.00630), so that it is comparable with the loss of other generators. It models one image column, conditional on
    the label where there is one. Samples are grey values 0..levels.

    Attributes:
        width: channels of the U-Net's first level.
        depth: levels of the U-Net, each but the first with half the height and width of the one before.
        blocks: residual blocks per level, in the encoder and in the decoder each.
        patch: side of the square of pixels at one position of the first level; 2 makes a step four times cheaper.
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: peak learning rate of Adam.
        label_dropout: share of the training rows without their label, which classifier-free guidance needs.
        guidance: weight of classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598); 0 for none. More trades
            diversity for fidelity: the sampling bias of Alemohammad et al. 2023, arXiv 2307.01850.
        sampler: ``ddim`` is deterministic given the initial noise; ``ancestral`` draws new noise at every step.
        sample_steps: denoising steps per sample.
        balance: the label → level → share of the sampled rows; the training shares where unset.
        loss_samples: noise levels for the loss of a row; more reduce the variance of its estimate.
        start: see :class:`WarmStartGenerator`.
        precision: of the network, in sampling too; ``auto`` is bfloat16 on a GPU that supports it, float32 elsewhere.
            Losses are in float32.
        compile: see :class:`MixedPrecisionGenerator`.
        device: see :class:`TrainedGenerator`.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"image"})
    repeats_draws: ClassVar[bool] = True

    kind: Literal["diffusion"] = "diffusion"
    width: int = Field(default=32, ge=8, le=1_024, multiple_of=8)
    depth: int = Field(default=2, ge=1, le=6)
    blocks: int = Field(default=1, ge=1, le=8)
    patch: int = Field(default=1, ge=1, le=8)
    steps: Steps = 2_000
    batch: Batch = 64
    learning_rate: LearningRate = 0.005
    label_dropout: float = Field(default=0.1, ge=0, lt=1)
    guidance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    sampler: Literal["ddim", "ancestral"] = "ddim"
    sample_steps: int = Field(default=25, ge=1)
    balance: Balance = Field(default_factory=dict)
    loss_samples: int = Field(default=8, ge=1)

    @model_validator(mode="after")
    def _check_guidance(self) -> Self:
        if self.guidance and not self.label_dropout:
            raise ValueError(
                "'guidance' needs a network that is also trained without labels; set 'label_dropout' above 0"
            )
        return self

    def check(self, schema: Schema) -> None:
        """Reject any schema but one image column without nulls and at most one label, and guidance without a label."""
        check_images(schema, kind=self.kind)
        check_balance(self.balance, schema, kind=self.kind)
        if self.guidance and schema.label is None:
            raise BadInput(
                "generator 'diffusion': 'guidance' needs a label, but no column has role 'label'; give one that "
                "role, or remove 'guidance'"
            )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "DiffusionModel":
        """Fit all replicates; rows of weight 0 are absent."""
        from outcross.resources.generators.diffusion.process import Process
        from outcross.resources.generators.diffusion.training import DiffusionPlan, train

        self.check(cohort.schema)
        column = image_column(cohort.schema)
        members = {number: weighted_rows(cohort, number, kind=self.kind) for number in cohort.replicates}
        seeds = [cohort.seeds[number] for number in members]
        labels, network = self._initial_state(cohort, members, seeds)
        train(
            network,
            ImageRows.of(members, labels, column, kind=self.kind),
            Process(highest_grey_value(column)),
            plan=DiffusionPlan(
                steps=self.steps,
                batch=self.batch,
                peak=self.learning_rate,
                label_dropout=self.label_dropout,
                compiled=self.compiles_on(network.device),
            ),
            seeds=seeds,
            progress=progress,
            checkpoint=cohort.checkpoint,
            seconds_apart=cohort.checkpoint_seconds,
        )
        model = self._model(cohort.schema, labels, network, self.budget(cohort), [])
        model.fit_loss.extend(self.finite_losses(training_losses(model, members, cohort), cohort))
        return model

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "DiffusionModel":
        """Rebuild the models from their parameters and class frequencies."""
        from outcross.resources.generators.diffusion.network import Shape
        from outcross.resources.generators.fitting.parameters import on_device

        schema = Schema.from_json(card["schema"])
        labels = read_classes(tensors, card["replicates"], schema.label)
        parameters = on_device(strip_prefix(tensors, "network/"), self.choose_device())
        shape = Shape(**{**card["shape"], "image": tuple(card["shape"]["image"])})
        network = self._network(parameters, shape, schema)
        return self._model(schema, labels, network, Budget(**card["budget"]), tensors["fit_loss"].tolist())

    def _initial_state(
        self, cohort: Cohort, members: dict[int, pl.DataFrame], seeds: list[int]
    ) -> tuple[dict[int, ClassLabels], "Network"]:
        """Return the initial classes and network of training: new ones, or those of an earlier fit."""
        from outcross.resources.generators.diffusion.model import DiffusionModel
        from outcross.resources.generators.diffusion.network import Shape, initial_parameters
        from outcross.resources.generators.fitting.parameters import on_device

        labels = {
            number: ClassLabels.fit(rows, cohort.schema.label, kind=self.kind) for number, rows in members.items()
        }
        if isinstance(cohort.start, DiffusionModel):
            return labels, cohort.start.warm_start(labels)
        column = image_column(cohort.schema)
        assert column.shape is not None
        shape = Shape(
            image=column.shape,
            colours=column.channels,
            patch=self.patch,
            width=self.width,
            depth=self.depth,
            blocks=self.blocks,
            classes=max(each.count for each in labels.values()),
        )
        parameters = on_device(initial_parameters(shape, seeds), self.choose_device())
        return labels, self._network(parameters, shape, cohort.schema)

    def _network(self, parameters: "dict[str, torch.Tensor]", shape: "Shape", schema: Schema) -> "Network":
        import torch

        from outcross.resources.generators.diffusion.network import Network

        precision = getattr(torch, self.choose_precision(next(iter(parameters.values())).device))
        return Network(parameters, shape, highest_grey_value(image_column(schema)), precision)

    def _model(
        self,
        schema: Schema,
        labels: dict[int, ClassLabels],
        network: "Network",
        budget: Budget,
        fit_loss: list[float],
    ) -> "DiffusionModel":
        from outcross.resources.generators.diffusion.model import DiffusionModel
        from outcross.resources.generators.diffusion.process import Process
        from outcross.resources.generators.diffusion.sampling import SamplingPlan

        return DiffusionModel(
            schema=schema,
            labels=labels,
            network=network,
            process=Process(highest_grey_value(image_column(schema))),
            sampling=SamplingPlan(sampler=self.sampler, steps=self.sample_steps, guidance=self.guidance),
            balance=self.balance,
            loss_samples=self.loss_samples,
            budget=budget,
            fit_loss=fit_loss,
            version=self.version,
            settings=self.model_dump(),
        )
