"""A team's own generator: any command that reads training rows from one Parquet file and writes as many to another."""

import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
from pydantic import Field, PrivateAttr, field_validator

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.external.command import Ended, Refused, check_command, fill, run_command
from outcross.resources.generators.external.rows import read_rows
from outcross.resources.generators.fitting.frames import replicate_column
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.tokens import tokenize

KEPT_BYTES = 16 * 1024 * 1024
"""A refused file is kept up to this size."""
_LAST_WORDS = 400


class ExternalFailed(BadInput):
    """A command gave no usable rows.

    Attributes:
        kept: file name → content, for whoever mends the command: ``reason.txt``, ``stderr.txt``, ``stdout.txt``, and
            the refused ``out.parquet`` where there is one of no more than ``KEPT_BYTES``.
        replicate: whose rows were asked for.
    """

    def __init__(self, message: str, *, kept: dict[str, bytes], replicate: int) -> None:
        super().__init__(message)
        self.kept, self.replicate = kept, replicate

    def say(self, more: str) -> None:
        """Add to the message."""
        self.args = (f"{self.args[0]}; {more}",)


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
    def spoken(self) -> str:
        """How messages speak of it: by the command's first words."""
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

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> "ExternalModel":
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
        return ExternalModel(schema=cohort.schema, trains=trains, budget=budget, settings=self)

    def load(self, tensors: Tensors, card: dict[str, Any]) -> "ExternalModel":
        """Rebuild the models from the rows that they are given."""
        return ExternalModel(
            schema=Schema.from_json(card["schema"]),
            trains={number: tensors[f"{number}/train"].tobytes() for number in card["replicates"]},
            budget=Budget(**card["budget"]),
            settings=self,
        )

    def _refuse_weights(self, weights: pl.Series, number: int) -> None:
        if weights.is_empty():
            raise BadInput(f"generator 'external': replicate {number} has no rows of positive weight; add rows")
        if not np.allclose(weights.to_numpy(), weights[0]):
            raise BadInput(
                f"generator 'external': the rows of replicate {number} have unequal weights, as policy 'weighted' "
                "gives them, and a command is handed rows alone; use policy 'fixed' or 'fresh'"
            )


@dataclass
class ExternalModel(CohortModel):
    """What a command is given, for each replicate: a model of a black box.

    Attributes:
        schema: the columns.
        trains: replicate → the Parquet file of its training rows, as bytes.
        budget: the rows, counted as a closed-form fit's are: what the command does with them is not known.
        settings: the command.
    """

    schema: Schema
    trains: dict[int, bytes]
    budget: Budget
    settings: External
    _log: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fit_loss = [float("nan")] * len(self.trains)

    @property
    def log(self) -> Mapping[int, str]:
        """What each replicate's last run wrote to stderr, and what of its file was left out."""
        return self._log

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Run the command once for each replicate, one after another.

        Its rows are shuffled by the replicate's seed: it may have sorted them.

        Raises:
            ExternalFailed: it could not be started, failed, took too long, or wrote rows that cannot be used.
        """
        drawn = []
        for number in sorted(self.trains):
            frame = self._run(number, rows, seeds[number])
            order = generator(derive_seed("external order", seeds[number])).permutation(rows)
            drawn.append(frame[order])
        return pl.concat(drawn).insert_column(0, replicate_column(sorted(self.trains), rows))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> None:
        """Return None: a black box does not say how likely it finds a row."""

    def tensors(self) -> Tensors:
        """Of each replicate: ``train``, its Parquet file as bytes."""
        return {f"{number}/train": np.frombuffer(train, dtype=np.uint8) for number, train in self.trains.items()}

    def card(self) -> dict[str, Any]:
        """Settings, schema, replicates and budget."""
        return {
            **self.settings.model_dump(mode="json"),
            "version": External.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.trains),
            "budget": asdict(self.budget),
        }

    def _run(self, number: int, rows: int, seed: int) -> pl.DataFrame:
        ended = Ended(code=None, stdout=b"", stderr=b"")
        with tempfile.TemporaryDirectory(prefix="outcross-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            files = {"train": folder / "train.parquet", "out": folder / "out.parquet", "schema": folder / "schema.json"}
            files["train"].write_bytes(self.trains[number])
            files["schema"].write_text(json.dumps(self.schema.to_json(), ensure_ascii=False), encoding="utf-8")
            values = {"rows": str(rows), "seed": str(seed % 2**31)} | {key: str(path) for key, path in files.items()}
            try:
                ended = run_command(
                    fill(self.settings.command, values),
                    folder=self.settings.folder,
                    time_limit=self.settings.time_limit,
                )
                _refuse_end(ended, self.settings.time_limit)
                frame, notes = read_rows(files["out"], self.schema, rows=rows)
            except Refused as refused:
                raise self._failed(refused, ended, number, files["out"]) from None
        said = ended.stderr.decode("utf-8", errors="replace")
        if log := "\n".join([*filter(None, [said]), *notes]):
            self._log[number] = log
        return frame

    def _failed(self, refused: Refused, ended: Ended, number: int, out: Path) -> ExternalFailed:
        said = (ended.stderr.strip() or ended.stdout.strip()).decode("utf-8", errors="replace")
        words = f"; it said last: {said[-_LAST_WORDS:]}" if said else ""
        message = f"{self.settings.spoken}, replicate {number}: {refused.reason}; {refused.remedy}{words}"
        kept = {"reason.txt": f"{message}\n".encode(), "stderr.txt": ended.stderr}
        if ended.stdout:
            kept["stdout.txt"] = ended.stdout
        if out.is_file() and out.stat().st_size <= KEPT_BYTES:
            kept["out.parquet"] = out.read_bytes()
        return ExternalFailed(message, kept=kept, replicate=number)


def _refuse_end(ended: Ended, time_limit: float) -> None:
    if ended.code is None:
        raise Refused(
            f"was killed after {time_limit:g} seconds, its 'time_limit'", "raise that, make it faster, or lower 'rows'"
        )
    if ended.code < 0:
        raise Refused(f"was ended by signal {-ended.code}", "see what it said, and whether memory ran out")
    if ended.code > 0:
        raise Refused(f"ended with exit code {ended.code}", "mend what it says is wrong")


def _parquet(frame: pl.DataFrame) -> bytes:
    """Rows as a file that any reader of Parquet takes; the same bytes for the same rows."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
