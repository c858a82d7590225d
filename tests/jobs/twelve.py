"""Twelve files of real census rows, as a data team receives them, and the expected outcome of each."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.rows import find_intake
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.schema import Schema
from outcross.resources.sources.files import Files
from tests.resources.cohorts import cohort_of
from tests.shared_data import shared_data

ROLES = {"income": "label", "sex": "group", "race": "group"}
ANCHOR, CORPUS = 16_000, "census"
REAL = {"origin": "real", "licence": "CC-BY-4.0", "consent": "census law"}
SYNTHETIC = {"origin": "synthetic", "generator": "copula", "depth": 1, "licence": "CC-BY-4.0"}


@dataclass(frozen=True)
class Arriving:
    """A file and its expected outcome.

    Attributes:
        name: name of the file.
        write: writes the file to a path.
        claims: its provenance.
        status: expected status; of a clean file, one row in a thousand may be quarantined by chance.
        guards: guards that reject its rows or the whole file; a held file may fail others as well.
        reason: text in the reason of a refusal.
    """

    name: str
    write: Callable[[Path], Any]
    claims: dict[str, Any]
    status: str
    guards: frozenset[str] = field(default_factory=frozenset)
    reason: str = ""

    def put(self, inbox: Path) -> Path:
        """Write it into the inbox correctly: first its sidecar, then the file under another name, then rename it."""
        inbox.joinpath(f"{self.name}.provenance.json").write_text(json.dumps(self.claims))
        partial = inbox / f".{self.name}.partial"
        self.write(partial)
        return partial.replace(inbox / self.name)

    def check(self, status: str, *, rows: int, held: int, reasons: Sequence[str]) -> None:
        """Fail if the outcome is not the expected one.

        Args:
            status: its actual status.
            rows: its rows.
            held: its quarantined rows.
            reasons: the reasons against its rows, or for its refusal.
        """
        found = f"{self.name}: {status}, {held} of {rows} rows quarantined, {sorted(set(reasons))}"
        against = {reason.split(":")[0] for reason in reasons}
        if self.status == "admitted":
            assert held <= rows / 1_000, found
        elif self.status == "refused":
            assert status == "refused" and self.reason in " ".join(reasons), found
        else:
            assert status == self.status and self.guards <= against, found
            assert status == "held" or against <= self.guards | {"near_duplicates"}, found


def reasons_against(anchored: OpenCorpus, batch: str) -> list[str]:
    """Return every reason against any row of a batch."""
    part = find_intake(anchored, batch).held
    assert part is not None
    held = pl.read_parquet(anchored.files.location(part.path))
    return held["reasons"].explode(empty_as_null=False).to_list()


class Census:
    """Census rows: those of the anchor, those that arrive, and those that a generator made from the anchor."""

    def __init__(self) -> None:
        data = Files(path=str(shared_data("adult.parquet")), columns=ROLES).load()
        self.schema: Schema = data.schema
        shuffled = data.rows.select(data.schema.names).sample(fraction=1, shuffle=True, seed=1)
        self.anchor = shuffled[:ANCHOR]
        new = shuffled[ANCHOR:].unique(maintain_order=True)
        self._new = new.join(self.anchor, on=new.columns, how="anti", nulls_equal=True, maintain_order="left")

    def new(self, start: int, stop: int) -> pl.DataFrame:
        """Rows that arrive: the same for the same numbers."""
        return self._new[start:stop]

    @cached_property
    def made(self) -> pl.DataFrame:
        """Synthetic rows."""
        model = Copula(draws=2).fit(cohort_of(self.schema, {0: self.anchor}))
        return model.sample(rows=6_000, seeds={0: 5}).select(self.schema.names).unique(maintain_order=True)

    def near_copies(self, rows: int) -> pl.DataFrame:
        """Rows of the anchor, each with one number changed by 1."""
        return self.anchor[:rows].with_columns(pl.col("fnlwgt") + 1)

    def first_two(self) -> list[Arriving]:
        """The files that provide the first real and the known synthetic rows."""
        return [
            Arriving("01-real.parquet", self.new(0, 3_000).write_parquet, REAL, "admitted"),
            Arriving("02-synthetic.parquet", self.made[:3_000].write_parquet, SYNTHETIC, "admitted"),
        ]

    def next_ten(self) -> list[Arriving]:
        """The other files."""
        older = self.new(3_000, 5_000).with_columns(pl.col("age") + 15)
        men = self.new(5_000, 8_000).filter(pl.col("sex") == "Male")
        twice = pl.concat([self.new(8_000, 9_000), self.new(8_000, 8_300)])
        return [
            Arriving(
                "03-undeclared.parquet",
                self.made[3_000:5_000].write_parquet,
                REAL,
                "held",
                frozenset({"undeclared_share"}),
            ),
            Arriving(
                "04-near-copies.parquet",
                self.near_copies(600).write_parquet,
                REAL,
                "held",
                frozenset({"near_duplicates"}),
            ),
            Arriving("05-no-women.parquet", men.write_parquet, REAL, "held", frozenset({"representation"})),
            Arriving("06-shifted.parquet", older.write_parquet, REAL, "held", frozenset({"drift"})),
            Arriving("07-twice.csv", twice.write_csv, REAL, "partly admitted", frozenset({"duplicates"})),
            Arriving("08-broken.parquet", _broken(self.new(9_000, 10_000)), REAL, "refused", reason="cannot be read"),
            Arriving(
                "09-licence.jsonl",
                self.new(10_000, 10_500).write_ndjson,
                REAL | {"licence": "all rights reserved"},
                "held",
                frozenset({"licence"}),
            ),
            Arriving("10-half-copied.parquet", self.new(10_500, 12_500).write_parquet, REAL, "admitted"),
            Arriving("11-huge.csv", _huge(self.new(0, 1)), REAL, "refused", reason="'limits: bytes'"),
            Arriving("12-empty.csv", lambda path: path.write_bytes(b""), REAL, "refused", reason="is empty"),
        ]

    def corpus(self, folder: Path, **changes: Any) -> Path:
        """Write the corpus file and its anchor."""
        self.anchor.write_parquet(folder / "anchor.parquet")
        settings = {
            "corpus": CORPUS,
            "anchor": {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": ROLES},
            "licence": "CC-BY-4.0",
            "licences": ["CC-BY-4.0"],
            "bound": {"share": 0.3},
            "limits": {"bytes": 8 * 2**20},
        }
        path = folder / f"{CORPUS}.yaml"
        path.write_text(yaml.safe_dump(settings | changes))
        return path


def _broken(rows: pl.DataFrame) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        rows.write_parquet(path)
        path.write_bytes(path.read_bytes()[:-2_000])

    return write


def _huge(row: pl.DataFrame) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        line = row.write_csv(include_header=False)
        path.write_text(row.write_csv() + line * (9 * 2**20 // len(line)))

    return write
