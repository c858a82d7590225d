"""One year through the whole intake: what is quarantined of clean rows, and events of known generators."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.jobs.year.events import KNOWN
from outcross.jobs.year.years import START, Year
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.contract import Cohort, Generator
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.store import Store

GENERATORS: dict[str, Generator] = {"copula": Copula(draws=2), "network": Autoregressive(steps=60)}
DECLARED, MADE = 600, 3_000
"""Rows of a known generator that are declared, and that are made."""
BEFORE, AFTER = 4, 11
"""Clean batches before an event, and batches from there on."""


@dataclass(frozen=True)
class Found:
    """What the whole intake said of the batches of an event.

    Attributes:
        delay: batches until one was held or a guard warned; None where neither happened.
        guards: that did so first.
        early: guards that did so before the event.
    """

    delay: int | None
    guards: tuple[str, ...]
    early: tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """What the whole intake said of a clean year, and of events.

    Attributes:
        batches: of the clean year.
        rows: of these.
        quarantined: number of these rows in quarantine.
        warned: guards that held a batch or warned.
        bytes: size of the last version's file, and of the one in the middle of the year.
        events: name → what was said.
    """

    batches: int
    rows: int
    quarantined: int
    warned: tuple[str, ...]
    bytes: tuple[int, int]
    events: dict[str, Found]


def take_year(year: Year, *, weeks: int | None = None, events: Iterable[str] = tuple(KNOWN)) -> Whole:
    """Take a clean year, and the events of known generators, through the intake in a folder that is removed again."""
    batches = year.batches()
    with tempfile.TemporaryDirectory(prefix="outcross-year-") as folder:
        corpus, rows, quarantined, warned = _open(year, Path(folder) / "clean"), 0, 0, list[str]()
        sizes = []
        for week, batch in enumerate(batches[:weeks]):
            outcome = _take(corpus, Path(folder), batch, week)
            rows, quarantined = rows + outcome.rows_in, quarantined + outcome.rows_quarantined
            warned += _named(outcome)
            sizes.append(len(read_version(corpus.files).encode()))
        found = {name: _find(year, Path(folder) / str(place), name, batches) for place, name in enumerate(events)}
    return Whole(
        len(sizes), rows, quarantined, tuple(dict.fromkeys(warned)), (sizes[-1], sizes[len(sizes) // 2]), found
    )


def _find(year: Year, folder: Path, name: str, batches: list[pl.DataFrame]) -> Found:
    event, random = KNOWN[name], generator(derive_seed("known", name, year.seed))
    assert event.made is not None
    corpus, made = _open(year, folder), _make(year, event.made)
    _take(corpus, folder, made[:DECLARED], 0, origin="synthetic", generator=event.made)
    early = list[str]()
    for week in range(BEFORE):
        early += _named(_take(corpus, folder, batches[START - BEFORE + week], week + 1))
    for delay in range(AFTER):
        changed = event.change(batches[START + delay], year.table, made[DECLARED:], random)
        if said := _named(_take(corpus, folder, changed, BEFORE + 1 + delay)):
            return Found(delay, tuple(said), tuple(dict.fromkeys(early)))
    return Found(None, (), tuple(dict.fromkeys(early)))


def _make(year: Year, kind: str) -> pl.DataFrame:
    seeds = {0: derive_seed("known generator", year.seed)}
    columns = [pl.lit(0, dtype=pl.Int32).alias("replicate"), pl.lit(1.0).alias("weight")]
    rows = year.anchor.select(*columns, *year.table.schema.names)
    model = GENERATORS[kind].fit(Cohort(rows=rows, schema=year.table.schema, seeds=seeds))
    return model.sample(rows=MADE, seeds=seeds).select(year.table.schema.names)


def _open(year: Year, folder: Path) -> OpenCorpus:
    folder.mkdir(parents=True)
    pl.concat([year.anchor, year.holdout]).write_parquet(folder / "anchor.parquet")
    settings = {
        "corpus": "year",
        "anchor": {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": year.table.roles},
        "licence": "CC0-1.0",
        "bound": {"share": 0.3},
    }
    return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="year", at=_at(0))


def _take(corpus: OpenCorpus, folder: Path, batch: pl.DataFrame, week: int, **claims: str) -> Outcome:
    path = folder / f"{week}.parquet"
    batch.write_parquet(path)
    stated = {"origin": "real", "licence": "CC0-1.0", "consent": "terms"} | claims
    return ingest(corpus, path, Request(claims=stated, by="year", at=_at(week)))


def _named(outcome: Outcome) -> list[str]:
    """Name the guards that held the batch, or that warned."""
    return sorted({reason.split(":")[0] for reason in (*outcome.reasons, *outcome.warnings)})


def _at(week: int) -> str:
    return f"{date(2026, 1, 4) + timedelta(weeks=week)}T12:00:00+00:00"
