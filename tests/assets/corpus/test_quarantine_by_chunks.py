"""A quarantine is read chunk by chunk: what is listed, shown and chosen does not depend on where a chunk ends."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.quarantine import decisions, quarantine
from outcross.assets.corpus.quarantine.decisions import _Selection
from outcross.assets.corpus.quarantine.quarantine import (
    QuarantinedBatch,
    RefusedFile,
    find_rows_of_guards,
    list_quarantine,
    list_refused_files,
    read_quarantine,
)
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.store import Store
from tests.assets.corpus.versions import AT, SECOND, TRIMMED

ROWS = {
    3: ["duplicates: twice"],
    5: ["duplicates: twice", "licence: none", "licence: ours"],
    6: ["licence: none"],
    9: ["no guard is named here"],
    12: ["duplicates: twice"],
}


@pytest.fixture(params=[1, 2, 5])
def corpus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A corpus of one batch, whose quarantine is read in chunks of some rows."""
    raw = [json.dumps({"row": position}) for position in ROWS]
    frame = pl.DataFrame({"position": list(ROWS), "raw": raw, "reasons": list(ROWS.values())}, schema=QUARANTINE)

    def read(corpus: object, version: object, intake: object, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        assert (version, intake) == (TRIMMED, SECOND)
        made.chunks = 0
        for chunk in frame.iter_slices(request.param):
            made.chunks += 1
            yield chunk.select(columns)

    for module in (quarantine, decisions):
        monkeypatch.setattr(module, "read_undecided_rows", read)
        monkeypatch.setattr(module, "find_intake", lambda corpus, batch: SECOND)
    monkeypatch.setattr(quarantine, "read_version", lambda files: TRIMMED)
    monkeypatch.setattr(quarantine, "read_intakes", lambda corpus: [SECOND])
    made: Any = SimpleNamespace(name="adult", files=CorpusStore(Store(tmp_path), "adult"), chunks=0, size=request.param)
    return made


def test_a_batch_is_listed_with_the_rows_of_each_guard_the_most_first(corpus: Any) -> None:
    (found,) = list_quarantine(corpus)
    assert found == QuarantinedBatch(
        batch="b2",
        file="batch b2",
        rows=5,
        reasons={"duplicates": 3, "licence": 2, "other": 1},
        version=2,
        at=AT,
    )
    assert list(found.reasons) == ["duplicates", "licence", "other"]


@pytest.mark.parametrize(("limit", "rows"), [(None, 5), (1, 1), (2, 2), (4, 4), (5, 5), (9, 5)])
def test_the_first_rows_are_read_up_to_a_limit_and_no_chunk_beyond_it(
    corpus: Any, limit: int | None, rows: int
) -> None:
    found = read_quarantine(corpus, "b2", limit=limit)
    assert found["position"].to_list() == list(ROWS)[:rows]
    assert found.columns == ["position", "raw", "reasons"]
    assert corpus.chunks == -(-rows // corpus.size)


@pytest.mark.parametrize(
    ("guards", "chosen"),
    [(["duplicates"], [3, 12]), (["licence"], [6]), (["licence", "duplicates"], [3, 5, 6, 12]), (["other"], [9])],
)
def test_rows_are_those_that_these_guards_reject_and_no_other(
    corpus: Any, guards: list[str], chosen: list[int]
) -> None:
    assert find_rows_of_guards(corpus, "b2", guards) == chosen


def test_guards_that_reject_nothing_alone_are_refused_with_those_that_do(corpus: Any) -> None:
    with pytest.raises(BadInput) as raised:
        find_rows_of_guards(corpus, "b2", ["range", "tails"])
    assert str(raised.value) == (
        "batch b2 has no row in quarantine that only 'range' and 'tails' rejects; choose from the guards that reject "
        "rows of it: duplicates, licence, other"
    )


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [(None, list(ROWS)), ([12, 3, 12], [3, 12]), ([5], [5])],
)
def test_a_decision_is_about_the_rows_that_are_named_or_about_all(
    corpus: Any, wanted: list[int] | None, chosen: list[int]
) -> None:
    found = _Selection(corpus, TRIMMED, SECOND, wanted)
    read = list(found.rows(["position", "raw"]))
    assert pl.concat(read)["position"].to_list() == found.positions["position"].to_list() == chosen
    assert all(frame.height for frame in read) and found.count == len(chosen)


def test_rows_that_are_not_in_quarantine_are_named_after_all_were_read(corpus: Any) -> None:
    found = _Selection(corpus, TRIMMED, SECOND, [4, 3, 7])
    with pytest.raises(BadInput, match=r"^batch b2: not in quarantine .*: rows 4, 7; run '.* show adult b2'"):
        list(found.rows(["position"]))
    nothing = _Selection(corpus, TRIMMED, SECOND, [])
    with pytest.raises(BadInput, match=r"^batch b2 has no rows in quarantine; run 'outcross quarantine list adult'"):
        list(nothing.rows(["position"]))


def test_a_list_of_decisions_is_stored_with_the_version_in_its_name(corpus: Any, tmp_path: Path) -> None:
    found = _Selection(corpus, TRIMMED, SECOND, [3, 12])
    list(found.rows(["position"]))
    part = found.store("released", 4, tmp_path)
    assert part.path.startswith("batches/b2/decided-4-") and (part.rows, part.batch) == (2, "b2")
    with corpus.files.open(part.path) as file:
        assert pl.read_parquet(file).rows() == [(3, "released"), (12, "released")]


def test_refused_files_are_listed_by_time_without_those_that_were_ingested_since(corpus: Any) -> None:
    def record(path: str, at: str, **changes: Any) -> None:
        about = {"file": "a.csv", "reason": "no table", "at": at, "bytes": 3, **changes}
        corpus.files.put(path, json.dumps(about).encode())

    record("refused/1.json", "2026-01-03", bytes=None)
    record("batches/b1/refused.json", "2026-01-01", sha256="beside the others")
    record("batches/b2/refused.json", "2026-01-02")
    corpus.files.put("batches/b3/original.csv", b"x")
    first = RefusedFile(batch="b1", file="a.csv", reason="no table", at="2026-01-01", bytes=3)
    last = RefusedFile(batch="", file="a.csv", reason="no table", at="2026-01-03", bytes=None)
    assert list_refused_files(corpus) == [first, last]
    for damaged in (b"{", b"[]", b'{"file": "a"}', b"3"):
        corpus.files.put("refused/1.json", damaged)
        with pytest.raises(Damaged, match=r"refused/1.json is no record of a refusal; restore it from a copy"):
            list_refused_files(corpus)
