"""What a batch's rows give under the suites of its corpus: one JSON file a batch, beside its rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import Any

import polars as pl

from outcross.assets.corpus.expectations.derived import load_derived
from outcross.assets.corpus.expectations.evaluated import evaluate
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.gx_suite import Suite, Validation, run_suite
from outcross.resources.store import MissingArtefact
from outcross.resources.typed_rows import for_users

MOST_ROWS = 200_000
"""Largest number of rows that suites run on; of more rows, each so-manieth one."""
_FILE = "expectations.json"


@dataclass(frozen=True, kw_only=True)
class BatchResults:
    """The validation results of a batch.

    Attributes:
        batch: its id.
        file: its name.
        at: when it was ingested.
        rows: of the batch that could be read as the corpus's columns, whatever became of them.
        examined: number of these that the suites ran on.
        derived: result of the derived suite, which holds nothing.
        own: result of the team's own suite, where there is one.
    """

    batch: str
    file: str
    at: str
    rows: int
    examined: int
    derived: Validation
    own: Validation | None

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The results of the expectations that fail, the team's own first."""
        results = [*(self.own["results"] if self.own else []), *self.derived["results"]]
        return [each for each in results if not each["success"]]


def validate_batch(
    corpus: OpenCorpus, rows: pl.LazyFrame, own: Suite | None, *, batch: str, file: str, at: str
) -> BatchResults:
    """Run the suites on the rows of a batch.

    Args:
        corpus: the open corpus.
        rows: ``position`` and the canonical columns of every row that could be read, held or not.
        own: the team's suite.
        batch: its id.
        file: its name.
        at: when it is ingested.
    """
    count = int(rows.select(pl.len()).collect(engine="streaming").item())
    every = -(-count // MOST_ROWS) or 1
    chosen = rows.filter(pl.col("position") % every == 0) if every > 1 else rows
    found = chosen.sort("position").select(corpus.schema.names).collect(engine="streaming")
    shown = for_users(found, corpus.schema)
    derived = evaluate(load_derived(corpus), shown, version=version_of("great-expectations"))
    return BatchResults(
        batch=batch,
        file=file,
        at=at,
        rows=count,
        examined=shown.height,
        derived=derived,
        own=None if own is None else run_suite(own, shown),
    )


def keep(corpus: OpenCorpus, found: BatchResults) -> str:
    """Store the results of a batch beside its rows, and return the path of their file."""
    content, path = json.dumps(vars(found), indent=1, sort_keys=True, default=str), f"batches/{found.batch}/{_FILE}"
    corpus.files.put(path, (content + "\n").encode())
    return path


def read_results(corpus: OpenCorpus, batches: Sequence[str]) -> list[BatchResults]:
    """Read the results of batches; those ingested by an earlier version of Outcross have none.

    Raises:
        BadInput: a file is damaged.
    """
    found = []
    for batch in batches:
        path = f"batches/{batch}/{_FILE}"
        try:
            found.append(BatchResults(**json.loads(corpus.files.get(path))))
        except MissingArtefact:
            continue
        except (ValueError, TypeError):
            raise BadInput(f"{corpus.files.location(path)} is damaged; restore it from a copy, or remove it") from None
    return found
