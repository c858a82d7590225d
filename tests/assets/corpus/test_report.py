"""The page of a corpus, its share over versions as a picture, and what guards found, grouped by cause."""

import dataclasses
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.records import Estimate
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.next_step import guard_of, next_step
from outcross.assets.corpus.report.chart import MOST_POINTS, describe, share_chart
from outcross.assets.corpus.report.page import render
from outcross.assets.corpus.report.summary import find_causes, since, summarise
from tests.assets.corpus.people import people, start, take
from tests.assets.corpus.versions import FIRST

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """A corpus with batches that were admitted, admitted in part twice, and held."""
    folder = tmp_path_factory.mktemp("report")
    corpus = start(folder / "people", bound={"share": 0.1})
    take(corpus, folder / "clean.parquet", people(30, 1))
    for name, seed in (("one", 2), ("two", 3)):
        take(corpus, folder / f"{name}.parquet", pl.concat([people(10, seed), people(10, seed).head(seed)]))
    take(corpus, folder / f"{HOSTILE[:7]}.parquet", people(90, 4), "synthetic", generator=HOSTILE)
    return corpus


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.words = list[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += [value for name, value in attrs if name == "aria-label" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_says_where_a_corpus_stands_what_waits_and_what_to_do(corpus: OpenCorpus) -> None:
    found = summarise(corpus)
    page = render(found)
    assert page == render(summarise(corpus)), "the same ledger gives the same bytes"
    read = _Text()
    read.feed(page)
    text = " ".join(" ".join(read.words).split())
    assert "script" not in read.tags and not re.findall(r"""(?:src|href)=["'](?!#)""", page)
    assert {"svg", "title", "table", "caption", "details"} <= set(read.tags) and len(page) < 2_000_000
    assert "the bound is 10.0%" in text and "95 rows in 3 batches" in text
    assert f"outcross trim {corpus.name} --dry-run" in text
    (held,) = (each for each in found.batches if each.status == "held")
    assert held.reason.startswith("synthetic_share: ") and held.file in text
    duplicates = next(each for each in found.causes if each.guard == "duplicates")
    assert (duplicates.batches, duplicates.held, duplicates.rows, duplicates.file) == (2, 0, 5, "two.parquet")
    assert "--guard duplicates --reason …" in duplicates.command and duplicates.batch in duplicates.command
    assert [each.status for each in summarise(corpus, last=2).batches] == ["held", "partly admitted"]


def test_only_the_batches_of_a_time_are_grouped(corpus: OpenCorpus) -> None:
    versions = [read_version(corpus.files, number) for number in (2, 3, 4)]
    late = [dataclasses.replace(each, at=f"2026-03-0{each.number}T12:00:00+00:00") for each in versions]
    chosen = since(late, datetime(2026, 3, 4, tzinfo=UTC))
    assert [each.number for each in chosen] == [4]
    assert [(each.guard, each.batches) for each in find_causes(chosen)] == [("duplicates", 1)]


def version(number: int, estimated: Estimate | None) -> Version:
    return dataclasses.replace(FIRST, number=number, estimated=estimated)


def estimate(share: float, *, decided: bool = True) -> Estimate:
    return Estimate(share=share, lower=share / 2, upper=share * 2, auc=0.9, decided=decided, how="")


def test_the_picture_has_the_interval_where_it_is_decided_and_words_for_who_does_not_see_it() -> None:
    shares = [estimate(0.01), estimate(0.02), estimate(0.03, decided=False), estimate(0.04)]
    versions = [version(1, None), *(version(number, each) for number, each in enumerate(shares, start=2))]
    picture = share_chart(versions, 0.05)
    assert picture.count('fill="var(--band)"') == picture.count('class="dots"') == 2
    assert picture.count("<use") == 3 and picture.count('stroke="var(--limit)"') == 1
    assert "estimated 4.0% (95 % interval 2.0% to 8.0%); the bound is 5.0%" in picture
    assert "which is not decided" in describe(versions[:4], None)
    many = share_chart([version(number, estimate(0.02)) for number in range(1, 1_002)], None)
    assert many.count("<use") <= MOST_POINTS + 1 and "1,001 versions" in many


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        ("undeclared_share: 40 %", "quarantine show c b --likeliest"),
        ("estimated_share: past", "trim c --dry-run"),
        ("holdout_overlap: 3 rows", "quarantine reject c b --guard holdout_overlap --reason …"),
        ("range: 2 rows", "quarantine release c b --guard range --reason …"),
        ("expectations: work", "corpus c --docs"),
        ("column_drift: age", "quarantine show c b"),
        ("column 'age' is missing", "quarantine show c b"),
    ],
)
def test_each_reason_has_the_command_that_deals_with_it(reason: str, command: str) -> None:
    assert next_step(guard_of(reason), "c", "b") == f"outcross {command}"
    assert next_step(guard_of(reason), "c", "") == "outcross quarantine list c"


def test_a_page_can_be_made_of_a_corpus_without_a_batch(tmp_path: Path) -> None:
    page = render(summarise(start(tmp_path / "people")))
    assert "No guard found anything." in page and "No row is in quarantine." in page
