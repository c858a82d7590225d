"""A team's own generator: any command that reads training rows from one Parquet file and writes as many to another."""

import io
import shutil
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field, PrivateAttr, field_validator

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Tensors
from outcross.resources.generators.external.command import check_command
from outcross.resources.generators.external.model import ExternalFailed, ExternalModel
from outcross.resources.schema import Modality, Schema
from outcross.resources.tokens import tokenize

__all__ = ["External", "ExternalFailed"]


class External(Generator):
    """A command, run once for every replicate and generation; what it does is its own business.

    ``External(command=["python", "mine.py", "{train}", "{out}", "{rows}", "{seed}"])``. It runs without a shell in the
    folder of the study file, or else in the working directory, with ``OMP_NUM_THREADS`` set as Outcross has it.

    Attributes:
        command: the program and its arguments, where ``{train}`` stands for a Parquet file of the training rows (the
            schema's columns), ``{out}`` for the one to write, ``{rows}`` for how many rows to write, ``{seed}`` for a
            whole number below 2³¹ (the lowest 31 bits of the replicate's seed), and ``{schema}``, if it is there, for
            a JSON file of the columns and their roles. Braces that stand for themselves are doubled.
        time_limit: seconds after which a run is killed, with the processes it started.
        revision: anything; change it when the program changes, so that what it made before is made again.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table", "text", "image"})
    honours_weights: ClassVar[bool] = False
    scores_rows: ClassVar[bool] = False

    kind: Literal["external"] = "external"
    command: tuple[str, ...]
    time_limit: float = Field(default=600, gt=0, allow_inf_nan=False)
    revision: str = ""

    _base: Path | None = PrivateAttr(default=None)

    @field_validator("command", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError("is one string, and no shell reads it; write a list of words: [python, mine.py, …]")
        return value

    @field_validator("command")
    @classmethod
    def _placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        check_command(value)
        return value

    def model_post_init(self, context: Any) -> None:
        """Remember the study file's folder, outside the settings."""
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    @property
    def folder(self) -> Path:
        """Where the command runs."""
        return (self._base or Path()).absolute()

    @property
    def short_name(self) -> str:
        """What messages call it: by the command's first words."""
        words = [word for word in self.command[:3] if "{" not in word]
        return f"generator 'external' ({' '.join(words)[:80]} …)"

    def check(self, schema: Schema) -> None:
        """Refuse a program that does not exist."""
        program = self.command[0]
        if "{" in program or shutil.which(self.folder / program if "/" in program else program):
            return
        where = f"'{self.folder}'" if "/" in program else "any folder of PATH"
        raise BadInput(
            f"generator 'external': there is no program '{program}' in {where}; install it, or correct 'command' "
            "(paths start at the study file)"
        )

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> ExternalModel:
        """Keep each replicate's rows of positive weight: a black box is fitted when it is run.

        Raises:
            BadInput: their weights are unequal, or there are none.
        """
        trains, rows, tokens = {}, [], []
        for done, number in enumerate(cohort.replicates, start=1):
            frame = cohort.replicate(number)
            rows.append(frame.height)
            frame = frame.filter(pl.col("weight") > 0)
            self._refuse_weights(frame["weight"], number)
            text = cohort.schema.text
            tokens.append(sum(len(tokenize(each)) for each in frame[text.name]) if text else 0)
            trains[number] = _parquet(frame.select(cohort.schema.names))
            if progress:
                progress(done, len(cohort.replicates))
        budget = Budget(rows=rows, tokens=tokens, steps=1, rows_seen=rows)
        return self._model(cohort.schema, trains, budget)

    def load(self, tensors: Tensors, card: dict[str, Any]) -> ExternalModel:
        """Rebuild the models from the rows that they are given."""
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
                "gives them, and a command is handed rows alone; use policy 'fixed' or 'fresh'"
            )


def _parquet(frame: pl.DataFrame) -> bytes:
    """Rows as a file that any reader of Parquet takes; the same bytes for the same rows."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
