"""A decoder-only transformer: the neural generator of text."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, PrivateAttr, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Progress, Tensors
from outcross.resources.generators.fitting.frames import rows_by_weight, strip_prefix, weighted_rows
from outcross.resources.generators.fitting.text_column import check_text_column
from outcross.resources.generators.fitting.trained_generator import Batch, LearningRate, MixedPrecisionGenerator, Steps
from outcross.resources.schema import Modality, Schema

if TYPE_CHECKING:
    import torch

    from outcross.resources.generators.transformer.initial_weights import NewModel
    from outcross.resources.generators.transformer.model import TransformerModel
    from outcross.resources.generators.transformer.sampling import Choice
    from outcross.resources.generators.transformer.training import TransformerPlan

FIT_LOSS_ROWS = 64
"""Number of rows for the training loss, drawn by weight."""
FROM_CHECKPOINT = ("tokens", "vocabulary", "context", "width", "layers", "heads")
"""Settings that a checkpoint determines."""
SMALLEST_VOCABULARY = 258
"""Smallest BPE vocabulary: 256 bytes, one merge, and the end-of-text token."""


class Transformer(MixedPrecisionGenerator):
    """A language model of GPT-2's architecture (Radford et al. 2019), from scratch or from your checkpoint.

    Training rows are packed into windows of ``context`` tokens, so that the budget of every fit is exactly steps ×
    batch × context tokens, whatever its rows. Texts are sampled token by token up to an end-of-text token, and their
    likelihood is exact.

    Attributes:
        tokens: ``bytes``, or ``bpe`` for byte-pair encoding, learned from the training rows of each replicate.
        vocabulary: largest number of tokens with ``bpe``.
        context: tokens per window; longer rows are sampled and scored window by window.
        width: dimensions of the embeddings; a multiple of ``heads``.
        layers: transformer layers, each with attention and an MLP.
        heads: attention heads.
        steps: optimiser steps, whatever the number of rows.
        batch: windows of each replicate in a step.
        learning_rate: peak learning rate of AdamW.
        weight_decay: of the matrices.
        temperature: divides the logits in sampling; below 1 it trades diversity for quality.
        top_k: only the k most probable tokens can be drawn; all where unset.
        top_p: only the smallest set of most probable tokens with at least this total probability can be drawn.
        prompt_tokens: each text begins with this many tokens of a training row, drawn by weight; these come from the
            data, not from the model.
        start: see :class:`WarmStartGenerator`; where training starts from an earlier generation, the tokens stay those
            of generation 0.
        checkpoint: a local folder in Hugging Face's format (config.json, model.safetensors, tokenizer.json; relative
            to the study file): it replaces the new initial weights, and determines the architecture.
        precision: see :class:`MixedPrecisionGenerator`; weights, sampling and scoring are float32.
        compile: see :class:`MixedPrecisionGenerator`.
        device: see :class:`TrainedGenerator`.
    """

    version: ClassVar[str] = "2"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"text"})
    repeats_draws: ClassVar[bool] = True

    kind: Literal["transformer"] = "transformer"
    tokens: Literal["bytes", "bpe"] = "bytes"
    vocabulary: int = Field(default=2_048, ge=SMALLEST_VOCABULARY, le=1_000_000)
    context: int = Field(default=256, ge=2, le=65_536)
    width: int = Field(default=128, ge=1, le=16_384)
    layers: int = Field(default=4, ge=1, le=256)
    heads: int = Field(default=4, ge=1)
    steps: Steps = 600
    batch: Batch = 16
    learning_rate: LearningRate = 0.002
    weight_decay: float = Field(default=0.1, ge=0)
    temperature: float = Field(default=1.0, gt=0)
    top_k: int | None = Field(default=None, ge=1)
    top_p: float = Field(default=1.0, gt=0, le=1)
    prompt_tokens: int = Field(default=0, ge=0)
    checkpoint: str | None = None

    _base: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_architecture(self) -> Self:
        if self.checkpoint is not None:
            given = [name for name in FROM_CHECKPOINT if name in self.model_fields_set and self._differs(name)]
            if given:
                raise ValueError(f"'{given[0]}' comes from the checkpoint; remove it")
        elif self.width % self.heads:
            raise ValueError(f"'width' ({self.width}) must be a multiple of 'heads' ({self.heads})")
        return self

    def _differs(self, name: str) -> bool:
        result: bool = getattr(self, name) != type(self).model_fields[name].default
        return result

    def model_post_init(self, context: Any) -> None:
        """Remember the study file's folder, outside the settings."""
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    @property
    def folder(self) -> Path | None:
        """Folder of the checkpoint, if there is one."""
        return (
            None if self.checkpoint is None else (self._base or Path()).absolute() / Path(self.checkpoint).expanduser()
        )

    def named_files(self) -> Mapping[str, Callable[[], str]]:
        """The files of the checkpoint, if there is one."""
        return {} if self.checkpoint is None else {"checkpoint": self._identify_checkpoint}

    def _identify_checkpoint(self) -> str:
        from outcross.resources.generators.transformer.checkpoint import identify_folder

        assert self.folder is not None
        return identify_folder(self.folder)

    def check(self, schema: Schema) -> None:
        """Accept exactly one column, of text, without nulls; reject a missing checkpoint."""
        check_text_column(schema, kind=self.kind)
        if self.folder is not None:
            from outcross.resources.generators.transformer.checkpoint import check_folder

            check_folder(self.folder)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "TransformerModel":
        """Train one language model per replicate; rows of weight 0 are absent."""
        from outcross.resources.generators.transformer.initial_weights import initialise
        from outcross.resources.generators.transformer.model import Member, TransformerModel
        from outcross.resources.generators.transformer.training import train
        from outcross.resources.generators.transformer.windows import PackedWindows

        self.check(cohort.schema)
        frames = {number: self._training_rows(cohort, number) for number in cohort.replicates}
        name, weights = cohort.schema.names[0], {each: frame["weight"].to_numpy() for each, frame in frames.items()}
        tokens, network, about = initialise(
            cohort,
            {each: frame[name] for each, frame in frames.items()},
            new=self._new_model(),
            pretrained=self.folder,
            device=self.choose_device(),
        )
        encoded = {number: tokens[number].encode(frame[name].to_list()) for number, frame in frames.items()}
        context = network.architecture.context
        windows = [
            PackedWindows(rows, weights[number], end=tokens[number].end, context=context, seed=cohort.seeds[number])
            for number, rows in encoded.items()
        ]
        train(
            network,
            windows,
            self._plan(network.device),
            progress=progress,
            checkpoint=cohort.checkpoint,
            seconds_apart=cohort.checkpoint_seconds,
        )
        model = TransformerModel(
            schema=cohort.schema,
            members={
                number: Member.of(tokens[number], rows, weights[number], prompt_tokens=self.prompt_tokens)
                for number, rows in encoded.items()
            },
            network=network,
            choice=self._choice(),
            budget=self.budget(cohort, tokens_each=context),
            fit_loss=[],
            about={**self.model_dump(), "version": self.version, **about},
        )
        model.fit_loss.extend(self._training_losses(model, frames, cohort))
        return model

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "TransformerModel":
        """Rebuild the models from their parameters, tokenizers and prompts."""
        from outcross.resources.generators.fitting.parameters import on_device
        from outcross.resources.generators.transformer.model import Member, TransformerModel
        from outcross.resources.generators.transformer.network import Architecture, Network

        members = {number: Member.load(strip_prefix(tensors, f"{number}/")) for number in card["replicates"]}
        parameters = on_device(strip_prefix(tensors, "network/"), self.choose_device())
        known = {"checkpoint_sha256": card["checkpoint_sha256"]} if "checkpoint_sha256" in card else {}
        return TransformerModel(
            schema=Schema.from_json(card["schema"]),
            members=members,
            network=Network(Architecture(**card["architecture"]), parameters, card["tokens_known"]),
            choice=self._choice(),
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            about={**self.model_dump(), "version": self.version, **known},
        )

    def _training_rows(self, cohort: Cohort, number: int) -> pl.DataFrame:
        rows = weighted_rows(cohort, number, kind=self.kind)
        if not rows[cohort.schema.names[0]].str.len_bytes().sum():
            raise BadInput(
                f"generator '{self.kind}': the training rows of replicate {number} are empty; add rows with text"
            )
        return rows

    def _new_model(self) -> "NewModel":
        from outcross.resources.generators.transformer.initial_weights import NewModel

        return NewModel(
            tokens=self.tokens,
            vocabulary=self.vocabulary,
            context=self.context,
            width=self.width,
            layers=self.layers,
            heads=self.heads,
        )

    def _plan(self, device: "torch.device") -> "TransformerPlan":
        from outcross.resources.generators.transformer.training import TransformerPlan

        return TransformerPlan(
            steps=self.steps,
            batch=self.batch,
            peak=self.learning_rate,
            weight_decay=self.weight_decay,
            precision=self.choose_precision(device),
            compiled=self.compiles_on(device),
        )

    def _choice(self) -> "Choice":
        from outcross.resources.generators.transformer.sampling import Choice

        return Choice(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)

    def _training_losses(
        self, model: "TransformerModel", frames: dict[int, pl.DataFrame], cohort: Cohort
    ) -> list[float]:
        """Compute the mean training loss of each replicate; raise if training diverged."""
        from outcross.resources.generators.transformer.model import count_words

        name = cohort.schema.names[0]
        drawn = [rows[name] for rows in rows_by_weight(frames, cohort, count=FIT_LOSS_ROWS)]
        words = [max(1, int(count_words(own).sum())) for own in drawn]
        losses = model.nats(drawn).sum(axis=1) / words
        return self.finite_losses(losses, cohort)
