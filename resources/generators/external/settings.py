"""A team's own generator: any command that reads training rows from one Parquet file and writes rows to another."""

import io
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field, field_validator

from outcross.resources.commands.command import as_words, check_command, refuse_missing_program
from outcross.resources.commands.failure import ExternalError
from outcross.resources.commands.own_folder import OwnFolder
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Tensors
from outcross.resources.generators.external.model import ExternalModel
from outcross.resources.schema import Modality, Schema
from outcross.resources.tokens import tokenize
from outcross.resources.typed_rows import for_users

__all__ = ["External", "ExternalError"]

REQUIRED = ("train", "out", "rows", "seed")
OPTIONAL = ("schema",)


class External(OwnFolder, Generator):
    """A command as a black-box generator, run once for every replicate and generation.

    ``External(command=["python", "mine.py", "{train}", "{out}", "{rows}", "{seed}"])``. It runs without a shell in the
    folder of the study file, or else in the working directory, with Outcross's own ``OMP_NUM_THREADS``.

    Attributes:
        command: the program and its arguments, where ``{train}`` stands for a Parquet file of the training rows (the
            schema's columns), ``{out}`` for the Parquet file to write, ``{rows}`` for its number of rows, ``{seed}``
            for an integer below 2³¹ (the lowest 31 bits of the replicate's seed), and the optional ``{schema}`` for a
            JSON file of the columns and their roles. Literal braces are written twice.
        time_limit: seconds until a run is killed, with its child processes.
        retries: how often a run that gave no usable rows is repeated, after a pause of 1, 2, 4, … seconds, at most 60.
        revision: any string; change it when the program changes, so that earlier results become stale.
        environment: names of variables that the commands get besides.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table", "text", "image"})
    honours_weights: ClassVar[bool] = False
    scores_rows: ClassVar[bool] = False
    without_effect: ClassVar[frozenset[str]] = frozenset({"retries", "environment"})
    asks_outside: ClassVar[bool] = True

    kind: Literal["external"] = "external"
    command: tuple[str, ...]
    time_limit: float = Field(default=600, gt=0, allow_inf_nan=False)
    revision: str = ""
    retries: int = Field(default=0, ge=0, le=100)

    @field_validator("command", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return as_words(value)

    @field_validator("command")
    @classmethod
    def _placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        check_command(value, required=REQUIRED, optional=OPTIONAL)
        return value

    @property
    def short_name(self) -> str:
        """Name in messages: the kind and the first words of the command."""
        words = [word for word in self.command[:3] if "{" not in word]
        return f"generator 'external' ({' '.join(words)[:80]} …)"

    def check(self, schema: Schema) -> None:
        """Reject a program that does not exist."""
        refuse_missing_program(self.command[0], self.folder, name="generator 'external'", setting="command")

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> ExternalModel:
        """Store the rows of positive weight of each replicate: the command fits and samples in one run.

        Raises:
            BadInput: the weights of a replicate are unequal, or none is positive.
        """
        trains, rows, tokens = {}, [], []
        for done, number in enumerate(cohort.replicates, start=1):
            frame = cohort.replicate(number)
            rows.append(frame.height)
            frame = frame.filter(pl.col("weight") > 0)
            self._refuse_weights(frame["weight"], number)
            text = cohort.schema.text
            tokens.append(sum(len(tokenize(each)) for each in frame[text.name]) if text else 0)
            trains[number] = _parquet(for_users(frame.select(cohort.schema.names), cohort.schema))
            if progress:
                progress(done, len(cohort.replicates))
        budget = Budget(rows=rows, tokens=tokens, steps=1, rows_seen=rows)
        return self._model(cohort.schema, trains, budget)

    def load(self, tensors: Tensors, card: dict[str, Any]) -> ExternalModel:
        """Rebuild the models from their training rows."""
        trains = {number: tensors[f"{number}/train"].tobytes() for number in card["replicates"]}
        return self._model(Schema.from_json(card["schema"]), trains, Budget(**card["budget"]))

    def _model(self, schema: Schema, trains: dict[int, bytes], budget: Budget) -> ExternalModel:
        return ExternalModel(
            schema=schema,
            trains=trains,
            budget=budget,
            command=self.command,
            folder=self.folder,
            time_limit=self.time_limit,
            retries=self.retries,
            environment=self.environment,
            name=self.short_name,
            version=self.version,
            settings=self.model_dump(mode="json"),
        )

    def _refuse_weights(self, weights: pl.Series, number: int) -> None:
        if weights.is_empty():
            raise BadInput(f"generator 'external': replicate {number} has no rows of positive weight; add rows")
        if not np.allclose(weights.to_numpy(), weights[0]):
            raise BadInput(
                f"generator 'external': the rows of replicate {number} have unequal weights, as policy 'weighted' "
                "sets them, but a command receives rows only; use policy 'fixed' or 'fresh'"
            )


def _parquet(frame: pl.DataFrame) -> bytes:
    """Serialise rows as Parquet; the same rows give the same bytes."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
