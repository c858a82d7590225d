"""A decoder-only language model: the neural generator of text."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import polars as pl
from pydantic import Field, PrivateAttr, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Progress, Tensors
from outcross.resources.generators.fitting.frames import below, rows_by_weight, weighted_rows
from outcross.resources.generators.fitting.text_column import check_text_column
from outcross.resources.generators.fitting.trained import Batch, LearningRate, MixedPrecision, Steps
from outcross.resources.schema import Modality, Schema

if TYPE_CHECKING:
    import torch

    from outcross.resources.generators.transformer.initial_weights import NewModel
    from outcross.resources.generators.transformer.model import TransformerModel
    from outcross.resources.generators.transformer.sampling import Choice
    from outcross.resources.generators.transformer.training import Plan

FIT_LOSS_ROWS = 64
"""The training loss is computed of as many rows, drawn by weight."""
FROM_CHECKPOINT = ("tokens", "vocabulary", "context", "width", "layers", "heads")
"""Settings that a checkpoint decides."""
SMALLEST_VOCABULARY = 258
"""Of pieces: the 256 bytes, one piece, and the end of text."""


class Transformer(MixedPrecision):
    """A language model of GPT-2's architecture (Radford et al. 2019), from scratch or from a checkpoint of yours.

    Training rows are packed into windows of ``context`` tokens, so that every fit sees exactly steps × batch × context
    tokens, whatever its rows: that is the budget. Texts are drawn token by token up to their end, and their
    likelihood is exact.

    Attributes:
        tokens: ``bytes``, or ``bpe`` for pieces of words, learned from the training rows of each replicate.
        vocabulary: how many tokens there are with ``bpe``, at most.
        context: tokens that the model sees at once; longer rows are drawn and scored window by window.
        width: of the vector of a token; a multiple of ``heads``.
        layers: of attention and perceptron each.
        heads: of attention.
        steps: optimiser steps, whatever the number of rows.
        batch: windows of each replicate in a step.
        learning_rate: AdamW's, at its peak.
        weight_decay: of the matrices.
        temperature: divides the logits of drawn tokens; below 1 it buys quality with diversity.
        top_k: only as many of the most probable tokens are drawn; all where unset.
        top_p: only the fewest most probable tokens with at least this probability together are drawn.
        prompt_tokens: each text begins with as many tokens of a training row, drawn by weight: these are the
            parent's, not the model's.
        start: see :class:`WarmStarted`; where training starts from an earlier generation, the tokens stay those of
            generation 0.
        checkpoint: a local folder in Hugging Face's format (config.json, model.safetensors, tokenizer.json; relative
            to the study file): training starts from it where it would have new weights, and has its architecture.
        precision: see :class:`MixedPrecision`; weights, drawing and scoring are float32.
        compile: see :class:`MixedPrecision`.
        device: see :class:`Trained`.
    """

    version: ClassVar[str] = "1"
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
    def _fits_together(self) -> Self:
        if self.checkpoint is not None:
            given = [name for name in FROM_CHECKPOINT if name in self.model_fields_set and self._differs(name)]
            if given:
                raise ValueError(f"'{given[0]}' comes from the checkpoint; leave it out")
        elif self.width % self.heads:
            raise ValueError(f"'width' ({self.width}) must be a multiple of 'heads' ({self.heads})")
        return self

    def _differs(self, name: str) -> bool:
        return getattr(self, name) != type(self).model_fields[name].default

    def model_post_init(self, context: Any) -> None:
        """Remember the study file's folder, outside the settings."""
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    @property
    def folder(self) -> Path | None:
        """Where the checkpoint is, if there is one."""
        return (
            None if self.checkpoint is None else (self._base or Path()).absolute() / Path(self.checkpoint).expanduser()
        )

    def check(self, schema: Schema) -> None:
        """Accept exactly one column, of text, without nulls; refuse a checkpoint that is not there."""
        check_text_column(schema, kind=self.kind)
        if self.folder is not None:
            from outcross.resources.generators.transformer.checkpoint import check_folder

            check_folder(self.folder)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "TransformerModel":
        """Train one language model per replicate; rows of weight 0 count as absent."""
        from outcross.resources.generators.transformer.initial_weights import begin
        from outcross.resources.generators.transformer.model import Member, TransformerModel
        from outcross.resources.generators.transformer.training import train
        from outcross.resources.generators.transformer.windows import PackedWindows

        self.check(cohort.schema)
        frames = {number: self._training_rows(cohort, number) for number in cohort.replicates}
        name, weights = cohort.schema.names[0], {each: frame["weight"].to_numpy() for each, frame in frames.items()}
        tokens, network, about = begin(
            cohort,
            {each: frame[name] for each, frame in frames.items()},
            new=self._new_model(),
            pretrained=self.folder,
            device=self.chosen_device(),
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

        members = {number: Member.load(below(tensors, f"{number}/")) for number in card["replicates"]}
        parameters = on_device(below(tensors, "network/"), self.chosen_device())
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
            raise BadInput(f"generator '{self.kind}': the training rows of replicate {number} are empty; give it text")
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

    def _plan(self, device: "torch.device") -> "Plan":
        from outcross.resources.generators.transformer.training import Plan

        return Plan(
            steps=self.steps,
            batch=self.batch,
            peak=self.learning_rate,
            weight_decay=self.weight_decay,
            precision=self.chosen_precision(device),
            compiled=self.compiled_on(device),
        )

    def _choice(self) -> "Choice":
        from outcross.resources.generators.transformer.sampling import Choice

        return Choice(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)

    def _training_losses(
        self, model: "TransformerModel", frames: dict[int, pl.DataFrame], cohort: Cohort
    ) -> list[float]:
        """Compute the mean loss of training rows, one a replicate; refuse models that have diverged."""
        from outcross.resources.generators.transformer.model import words_in

        name = cohort.schema.names[0]
        drawn = [rows[name] for rows in rows_by_weight(frames, cohort, count=FIT_LOSS_ROWS)]
        words = [max(1, int(words_in(own).sum())) for own in drawn]
        losses = model.nats(drawn).sum(axis=1) / words
        return self.finite_losses(losses, cohort)
