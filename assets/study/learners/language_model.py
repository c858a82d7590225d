"""A language model of the text: one of the generators of text, trained on the dataset and judged by its likelihood."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field, field_validator

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.metrics.loss import loss_of
from outcross.assets.study.learners.contract import Learner, Lesson, TrainedLearner, learner_endpoint
from outcross.resources.errors import BadInput
from outcross.resources.generators import AnyGenerator
from outcross.resources.generators.contract import Cohort, CohortModel
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    learner_endpoint(
        "nats_per_word",
        "lower",
        "negative log-likelihood of real text under the language model that is trained on the dataset",
        has_zero=False,
        unit="nats per word",
    ),
    learner_endpoint(
        "bits_per_byte",
        "lower",
        "the same likelihood, in bits per byte of the text",
        has_zero=False,
        unit="bits per byte",
    ),
)


class LanguageModelLearner(Learner):
    """Predict real text.

    Attributes:
        model: settings of a generator of text with a likelihood: ``ngram`` (the default) or ``transformer``.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"text"})

    kind: Literal["language_model"] = "language_model"
    model: AnyGenerator = Field(default_factory=NGram)

    @field_validator("model")
    @classmethod
    def _scores_text(cls, value: AnyGenerator) -> AnyGenerator:
        if "text" not in value.modalities or not value.scores_rows:
            raise ValueError(f"'{value.kind}' gives texts no likelihood; choose ngram or transformer")
        if isinstance(value, NGram) and value.smoothing == "none":
            raise ValueError("'smoothing: none' gives new words an infinite loss; set 'smoothing: witten_bell'")
        return value

    @property
    def release(self) -> str:
        """Its version, and the kind and version of the model."""
        return f"{super().release} {self.model.kind} {self.model.release}"

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Nats per word and bits per byte."""
        return ENDPOINTS

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data are no text, or text that the model cannot learn from."""
        super().check(schema)
        try:
            self.model.check(_text_alone(schema))
        except BadInput as error:
            raise BadInput(f"learner 'language_model': {error}") from None

    def train(self, lesson: Lesson) -> TrainedLearner:
        """Train on the column of text alone."""
        schema = _text_alone(lesson.schema)
        rows = lesson.rows.select(
            pl.lit(lesson.replicate, dtype=pl.Int32).alias("replicate"),
            pl.Series("weight", lesson.weights, dtype=pl.Float64),
            *schema.names,
        )
        cohort = Cohort(rows=rows, schema=schema, seeds={lesson.replicate: lesson.seed})
        return TrainedLanguageModel(model=self.model.fit(cohort), lesson=lesson, text=schema.names[0])


@dataclass(frozen=True, kw_only=True)
class TrainedLanguageModel(TrainedLearner):
    """A language model.

    Attributes:
        model: of one replicate.
        lesson: what it was trained on.
        text: name of the column of text.
    """

    model: CohortModel
    lesson: Lesson
    text: str

    def judge(self, rows: pl.DataFrame) -> list[Measurement]:
        """Measure Σ nats ÷ Σ words and Σ bits ÷ Σ bytes over the rows; words are tokens of the project's tokenizer.

        Standard errors are those of a ratio of sums over rows, with the model fixed.
        """
        seeds = {self.lesson.replicate: derive_seed("judge", self.lesson.seed)}
        scored = self.model.loss(rows.select(self.text), seeds=seeds)
        assert scored is not None  # only models with a likelihood are accepted
        in_bits = scored.with_columns(
            nats=pl.col("nats") / math.log(2), units=rows[self.text].str.len_bytes().cast(pl.Int64)
        )
        names = [endpoint.metric for endpoint in ENDPOINTS]
        found = [loss_of(each).row(0, named=True) for each in (scored, in_bits)]
        return [
            Measurement(name, each["value"], each["standard_error"]) for name, each in zip(names, found, strict=True)
        ]


def _text_alone(schema: Schema) -> Schema:
    assert schema.text is not None
    return Schema((schema.text,))
