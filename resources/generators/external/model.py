"""The model of an external command: its training rows for each replicate, and the rows of its runs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.commands.command import (
    CommandResult,
    UnusableRun,
    check_result,
    fill_placeholders,
    run_command,
)
from outcross.resources.commands.failure import command_error, run_again
from outcross.resources.generators.contract import Budget, CohortModel, KeptRows, Tensors
from outcross.resources.generators.external.finished_run import read_run, write_run
from outcross.resources.generators.external.rows import read_rows
from outcross.resources.generators.fitting.frames import replicate_column
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.staging import staging_folder
from outcross.resources.typed_rows import shown_schema

FILES = {"train": "train.parquet", "out": "out.parquet", "schema": "schema.json"}
"""Placeholder → its file, in a temporary folder of the run."""


@dataclass
class ExternalModel(CohortModel):
    """The training rows of a command for each replicate: a model of a black box.

    Attributes:
        schema: the columns.
        trains: replicate → the Parquet file of its training rows, as bytes.
        budget: the rows, counted as those of a closed-form fit, since the command's own cost is unknown.
        command: the program and its arguments, with placeholders.
        folder: working directory of a run.
        time_limit: seconds until a run is killed.
        retries: how often a run without usable rows is repeated.
        environment: names of variables that a run gets besides.
        name: name of the generator in messages.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    trains: dict[int, bytes]
    budget: Budget
    command: tuple[str, ...]
    folder: Path
    time_limit: float
    retries: int
    environment: tuple[str, ...]
    name: str
    version: str
    settings: dict[str, Any]
    _log: dict[int, str] = field(default_factory=dict)
    _kept: KeptRows | None = None

    def __post_init__(self) -> None:
        self.fit_loss = [float("nan")] * len(self.trains)

    @property
    def log(self) -> Mapping[int, str]:
        """Replicate → stderr of its last run, and the columns of its file that were dropped."""
        return self._log

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Run the command once for each replicate, one after another.

        Its rows are shuffled by the replicate's seed, since the command may sort them. A run whose rows were kept, see
        :meth:`keep_rows`, is not repeated.

        Raises:
            ExternalError: the command could not start, failed, exceeded its time limit, or wrote unusable rows.
        """
        drawn = []
        for number in sorted(self.trains):
            frame = self._kept_or_run(number, rows, seeds[number])
            order = generator(derive_seed("external order", seeds[number])).permutation(rows)
            drawn.append(frame[order])
        return pl.concat(drawn).insert_column(0, replicate_column(sorted(self.trains), rows))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> None:
        """Return None: a black box has no likelihood."""

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

    def keep_rows(self, kept: KeptRows) -> bool:
        """Have :meth:`sample` keep the rows of each run, under a digest of all that the command is given."""
        self._kept = kept
        return True

    def _kept_or_run(self, number: int, rows: int, seed: int) -> pl.DataFrame:
        name = self._run_name(number, rows, seed)
        content = None if self._kept is None else self._kept.load(name)
        read = None if content is None else read_run(content, self.schema, rows=rows)
        if read is None:
            frame, log = run_again(partial(self._run, number, rows, seed), self.retries)
            if self._kept is not None:
                self._kept.save(name, write_run(frame, log))
        else:
            frame, log = read
        if log:
            self._log[number] = log
        return frame

    def _run_name(self, number: int, rows: int, seed: int) -> str:
        """Return the digest of the command, its training rows, and the number and seed of the rows asked for."""
        given = [self.command, self.settings.get("revision"), self.version, self.schema.to_json(), rows, seed]
        digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
        digest.update(self.trains[number])
        return digest.hexdigest()

    def _run(self, number: int, rows: int, seed: int) -> tuple[pl.DataFrame, str]:
        result = CommandResult(code=None, stdout=b"", stderr=b"")
        with staging_folder() as folder:
            files = {each: folder / file for each, file in FILES.items()}
            files["train"].write_bytes(self.trains[number])
            shown = json.dumps(shown_schema(self.schema).to_json(), ensure_ascii=False)
            files["schema"].write_text(shown, encoding="utf-8")
            values = {"rows": str(rows), "seed": str(seed % 2**31)} | {key: str(path) for key, path in files.items()}
            try:
                result = run_command(
                    fill_placeholders(self.command, values),
                    folder=self.folder,
                    time_limit=self.time_limit,
                    environment=self.environment,
                )
                check_result(result, self.time_limit, fewer=", or lower 'rows'")
                frame, notes = read_rows(files["out"], self.schema, rows=rows)
            except UnusableRun as unusable:
                raise command_error(
                    unusable,
                    result,
                    name=self.name,
                    replicate=number,
                    rejected={"out.parquet": files["out"]},
                    environment=self.environment,
                ) from None
        stderr = result.stderr.decode("utf-8", errors="replace")
        return frame, "\n".join([*filter(None, [stderr]), *notes])
