"""A team's own learner: one command that trains, and another that judges what it trained."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, StringConstraints, field_validator, model_validator

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.learners.contract import PREFIX, Learner, Lesson, TrainedLearner
from outcross.assets.study.learners.declared import Declared
from outcross.assets.study.learners.handover import (
    SUFFIX,
    RowFormat,
    find_scores,
    read_scores,
    split_validation,
    write_rows,
    write_schema,
)
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.rows import Rows
from outcross.resources.commands.command import (
    CommandResult,
    UnusableRun,
    as_words,
    check_command,
    check_result,
    fill_placeholders,
    refuse_missing_program,
    run_command,
)
from outcross.resources.commands.failure import command_error, run_again
from outcross.resources.commands.own_folder import OwnFolder
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Schema
from outcross.resources.staging import make_staging_folder

TRAIN = (("train", "model", "seed"), ("schema", "validation"))
JUDGE = (("model", "test", "out"), ("schema", "seed"))
"""Placeholders that each command must have, and those that it may have."""
VALIDATION = 0.1
"""Share of the training rows in ``{validation}``, where none is stated."""
_NONE = CommandResult(code=None, stdout=b"", stderr=b"")


class ExternalLearner(OwnFolder, Learner):
    """Two commands as a learner, run once each for every replicate and generation.

    The first trains and sees no real row beyond its training rows. Once it has ended, with all its child processes, the
    rows of the holdout are written for the second. Both run without a shell in the folder of the study file.

    Attributes:
        train: the program that trains and its arguments: ``{train}`` is a file of the training rows, ``{model}`` a
            folder for what it learned, ``{seed}`` an integer below 2³¹, the optional ``{validation}`` a file of rows
            that are cut from the training rows for early stopping, and the optional ``{schema}`` a JSON file of the
            columns and their roles. Literal braces are written twice.
        judge: the program that judges: ``{model}`` is that folder, ``{test}`` a file of the holdout, ``{out}`` the JSON
            file to write, ``{"metric": number}``; ``{schema}`` and ``{seed}`` are optional.
        metrics: name → which way is better, ``higher`` or ``lower``; or a mapping that also has ``zero`` and ``unit``.
        rows: the format of files of rows, ``parquet`` or ``json_lines``.
        validation: share of the training rows in ``{validation}``; 0.1 where the placeholder is there.
        time_limit: seconds until a run is killed, with its child processes.
        retries: how often a run that gave nothing usable is repeated, after a pause of 1, 2, 4, … seconds, at most 60.
        revision: any string; change it when a program changes, so that earlier scores become stale.
        environment: names of variables that the commands get besides.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"table", "text", "image"})
    honours_weights: ClassVar[bool] = False
    reads_carried: ClassVar[bool] = True
    without_effect: ClassVar[frozenset[str]] = frozenset({"retries", "time_limit", "environment"})
    asks_outside: ClassVar[bool] = True

    kind: Literal["external"] = "external"
    train_command: tuple[str, ...] = Field(alias="train")
    judge_command: tuple[str, ...] = Field(alias="judge")
    metrics: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)], Declared] = Field(
        min_length=1
    )
    rows: RowFormat = "parquet"
    validation: float | None = Field(default=None, gt=0, lt=0.9)
    time_limit: float = Field(default=3600, gt=0, allow_inf_nan=False)
    retries: int = Field(default=0, ge=0, le=100)
    revision: str = ""

    @field_validator("train_command", "judge_command", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return as_words(value)

    @field_validator("train_command")
    @classmethod
    def _train_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("{test}" in word.replace("{{", "").replace("}}", "") for word in value):
            raise ValueError(
                "has the placeholder {test}, but a learner sees the holdout only when it is judged; write to {model} "
                "what was learned, and read {test} in 'judge'"
            )
        check_command(value, required=TRAIN[0], optional=TRAIN[1])
        return value

    @field_validator("judge_command")
    @classmethod
    def _judge_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        check_command(value, required=JUDGE[0], optional=JUDGE[1])
        return value

    @model_validator(mode="after")
    def _validation_is_read(self) -> Self:
        if self.validation is not None and not self._reads_validation:
            raise ValueError(
                "'validation' is set, but 'train' has no placeholder {validation}; add it, or remove the key"
            )
        return self

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The declared scores."""
        return tuple(declared.endpoint(name) for name, declared in self.metrics.items())

    @property
    def _reads_validation(self) -> bool:
        return "validation" in check_command(self.train_command, required=(), optional=(*TRAIN[0], *TRAIN[1]))

    def check(self, schema: Schema) -> None:
        """Reject a program that does not exist."""
        super().check(schema)
        for setting, command in (("train", self.train_command), ("judge", self.judge_command)):
            refuse_missing_program(command[0], self.folder, name="learner 'external'", setting=setting)

    def train(self, lesson: Lesson) -> "TrainedExternal":
        """Run the command that trains, in a folder that has its training rows alone.

        Raises:
            BadInput: the rows have unequal weights, or none is positive.
            ExternalError: the command could not start, failed, took too long, or wrote nothing to ``{model}``.
        """
        rows = _weightless(lesson)
        place = make_staging_folder()
        trained = TrainedExternal(settings=self, lesson=lesson, place=place)
        try:
            files = trained.files
            if self._reads_validation:
                share = VALIDATION if self.validation is None else self.validation
                left, aside = split_validation(rows.height, share, seed=lesson.seed)
                write_rows(rows.take(aside), files["validation"], self.rows)
                rows = rows.take(left)
            write_rows(rows, files["train"], self.rows)
            write_schema(lesson.schema, files["schema"])
            run_again(trained.learn, self.retries)
        except BaseException:
            trained.close()
            raise
        return trained


@dataclass(kw_only=True)
class TrainedExternal(TrainedLearner):
    """What a command has learned: a folder.

    Attributes:
        settings: of the learner.
        lesson: what it was trained on.
        place: temporary folder of the run.
        notes: what both commands printed to stderr, and the scores that were dropped.
    """

    settings: ExternalLearner
    lesson: Lesson
    place: Path
    notes: list[str] = field(default_factory=list)

    @property
    def files(self) -> Mapping[str, Path]:
        """Placeholder → its file."""
        suffix = SUFFIX[self.settings.rows]
        named = {name: self.place / f"{name}{suffix}" for name in ("train", "validation", "test")}
        return {
            **named,
            "model": self.place / "model",
            "schema": self.place / "schema.json",
            "out": self.place / "out.json",
        }

    @property
    def log(self) -> str:
        """What the commands printed to stderr, and notes."""
        return "\n".join(filter(None, self.notes))

    def judge(self, rows: pl.DataFrame) -> list[Measurement]:
        """Write the rows, and run the command that judges.

        Raises:
            ExternalError: the command could not start, failed, exceeded its time limit, or wrote no usable scores.
        """
        return self.judge_carried(rows, None)

    def judge_carried(self, rows: pl.DataFrame, carried: Carried | None) -> list[Measurement]:
        """Write the rows, as they came where they are carried, and run the command that judges.

        Raises as :meth:`judge`.
        """
        given = Rows(rows=rows, schema=self.lesson.schema, carried=carried)
        write_rows(given, self.files["test"], self.settings.rows)
        scores = run_again(self._judge, self.settings.retries)
        return [Measurement(PREFIX + name, value, float("nan")) for name, value in scores.items()]

    def discover(self, rows: pl.DataFrame, carried: Carried | None) -> dict[str, float]:
        """Run the command that judges, and return every number that it writes, declared or not.

        Args and errors are those of :meth:`judge_carried`.
        """
        given = Rows(rows=rows, schema=self.lesson.schema, carried=carried)
        write_rows(given, self.files["test"], self.settings.rows)
        self.files["out"].unlink(missing_ok=True)
        scores: dict[str, float] = {}
        self._run("judge", self.settings.judge_command, lambda: scores.update(find_scores(self.files["out"])))
        return scores

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.place, ignore_errors=True)

    def learn(self) -> None:
        """Run the command that trains, from an empty folder ``{model}``."""
        shutil.rmtree(self.files["model"], ignore_errors=True)
        self.files["model"].mkdir()
        self._run("train", self.settings.train_command, self._find_model)

    def _find_model(self) -> None:
        if not any(self.files["model"].iterdir()):
            raise UnusableRun("wrote nothing to {model}", "make it write what it learned into that folder")

    def _judge(self) -> dict[str, float]:
        self.files["out"].unlink(missing_ok=True)
        scores: dict[str, float] = {}
        self._run("judge", self.settings.judge_command, partial(self._read, scores))
        return scores

    def _read(self, scores: dict[str, float]) -> None:
        found, notes = read_scores(self.files["out"], list(self.settings.metrics))
        scores |= found
        self.notes += notes

    def _run(self, setting: str, command: tuple[str, ...], check: Any) -> None:
        """Run one command and check what it wrote."""
        values = {name: str(path) for name, path in self.files.items()} | {"seed": str(self.lesson.seed % 2**31)}
        result, settings = _NONE, self.settings
        try:
            result = run_command(
                fill_placeholders(command, values),
                folder=settings.folder,
                time_limit=settings.time_limit,
                environment=settings.environment,
            )
            check_result(result, settings.time_limit)
            check()
        except UnusableRun as unusable:
            words = " ".join(word for word in command[:3] if "{" not in word)[:80]
            raise command_error(
                unusable,
                result,
                name=f"learner 'external' ({setting}: {words} …)",
                replicate=self.lesson.replicate,
                rejected={"out.json": self.files["out"]},
                environment=settings.environment,
            ) from None
        self.notes.append(result.stderr.decode("utf-8", errors="replace"))


def _weightless(lesson: Lesson) -> Rows:
    """Return the rows of positive weight; raises ``BadInput`` where the weights differ."""
    given = np.flatnonzero(lesson.weights > 0).tolist()
    if len(given) < 2:
        raise BadInput(f"learner 'external': replicate {lesson.replicate} has {len(given)} training rows; add rows")
    weights = lesson.weights[lesson.weights > 0]
    if not np.allclose(weights, weights[0]):
        raise BadInput(
            f"learner 'external': the rows of replicate {lesson.replicate} have unequal weights, as policy 'weighted' "
            "sets them, but a command receives rows only; use policy 'fixed' or 'fresh'"
        )
    return Rows(rows=lesson.rows, schema=lesson.schema, carried=lesson.carried).take(given)
