"""What a command is given for each replicate, and the rows that it gives back."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.external.command import Ended, Refused, fill, run_command
from outcross.resources.generators.external.rows import read_rows
from outcross.resources.generators.fitting.frames import replicate_column
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

FILES = {"train": "train.parquet", "out": "out.parquet", "schema": "schema.json"}
"""Placeholder → the file that it stands for, in a folder of the run's own."""
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


@dataclass
class ExternalModel(CohortModel):
    """What a command is given, for each replicate: a model of a black box.

    Attributes:
        schema: the columns.
        trains: replicate → the Parquet file of its training rows, as bytes.
        budget: the rows, counted as a closed-form fit's are: what the command does with them is not known.
        command: the program and its arguments, with placeholders.
        folder: where it runs.
        time_limit: seconds after which a run is killed.
        name: what messages call the generator.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    trains: dict[int, bytes]
    budget: Budget
    command: tuple[str, ...]
    folder: Path
    time_limit: float
    name: str
    version: str
    settings: dict[str, Any]
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
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.trains),
            "budget": asdict(self.budget),
        }

    def _run(self, number: int, rows: int, seed: int) -> pl.DataFrame:
        ended = Ended(code=None, stdout=b"", stderr=b"")
        with tempfile.TemporaryDirectory(prefix="outcross-", ignore_cleanup_errors=True) as name:
            files = {each: Path(name) / file for each, file in FILES.items()}
            files["train"].write_bytes(self.trains[number])
            files["schema"].write_text(json.dumps(self.schema.to_json(), ensure_ascii=False), encoding="utf-8")
            values = {"rows": str(rows), "seed": str(seed % 2**31)} | {key: str(path) for key, path in files.items()}
            try:
                ended = run_command(fill(self.command, values), folder=self.folder, time_limit=self.time_limit)
                _refuse_end(ended, self.time_limit)
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
        message = f"{self.name}, replicate {number}: {refused.reason}; {refused.remedy}{words}"
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
