"""The ledger: what it says adds up, nobody's version is lost or doubled, and none is ever half there."""

import dataclasses
import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.corpus.files import ERASING
from outcross.assets.corpus.ledger.erasing import finish
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.ledger import append, extend, newest, numbers, read_version, version_path
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import check
from outcross.resources.corpus_store import Conflict, CorpusStore
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.store import MissingArtefact, Store
from tests.assets.corpus import racers
from tests.assets.corpus.versions import ANCHOR_COUNT, FIRST, HOSTILE, SECOND, TRIMMED, after, part
from tests.jobs.command_server import ForkedCommand, run_forked

RACERS = f"{racers.__name__}:write"


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusStore:
    return CorpusStore(Store(tmp_path), "adult")


@pytest.mark.parametrize("version", [FIRST, SECOND, TRIMMED])
def test_a_version_reads_back_exactly(version: Version) -> None:
    assert Version.from_json(version.to_json()) == version
    assert Version.decode(version.encode()) == version
    assert Version.decode(version.encode()).encode() == version.encode()


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.isprintable() or "\udc80" not in text])
def test_any_text_reads_back_exactly(text: str) -> None:
    version = dataclasses.replace(SECOND, by=text, reason=text, bound_from=text)
    assert Version.decode(version.encode()) == version


@given(
    st.lists(
        st.builds(
            Count,
            origin=st.sampled_from(["real", "synthetic", "mixed", "unknown"]),
            depth=st.none() | st.integers(0, 9),
            generator=st.none() | st.text(st.characters(codec="utf-8"), max_size=9),
            licence=st.none() | st.sampled_from(["MIT", ""]),
            rows=st.integers(0, 10**12),
        ),
        max_size=6,
    )
)
def test_counts_read_back_exactly_and_add_up(counts: list[Count]) -> None:
    version = dataclasses.replace(FIRST, counts=tuple(counts))
    assert Version.decode(version.encode()) == version
    added = totals(counts)
    assert added.rows == version.rows == sum(added.by_origin.values()) == sum(added.by_depth.values())
    assert added.rows == sum(added.by_licence.values())
    assert 0 <= added.share <= 1


def test_numbers_that_json_lacks_become_null() -> None:
    guard = GuardResult(
        guard="g",
        metric="m",
        group="",
        value=float("nan"),
        lower=float("-inf"),
        upper=float("inf"),
        passed=False,
        blocking=True,
        why="",
    )
    read = Version.decode(dataclasses.replace(FIRST, guards=(guard,)).encode())
    assert (read.guards[0].value, read.guards[0].lower, read.guards[0].upper) == (None, None, None)


def test_totals_have_share_and_depth() -> None:
    added = totals(SECOND.counts)
    assert (added.rows, added.synthetic, added.share) == (125, 25, 0.2)
    assert added.by_origin == {"real": 100, "synthetic": 25}
    assert added.by_depth == {0: 100, 1: 25}
    assert added.by_generator == {"copula": 25}
    assert (added.deepest, added.mean_depth) == (1, 0.2)


def _without(key: str) -> dict[str, Any]:
    content = SECOND.to_json()
    del content[key]
    return content


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (_without("parts"), "parts"),
        (SECOND.to_json() | {"extra": 1}, "extra"),
        (SECOND.to_json() | {"number": "2"}, "number"),
        (SECOND.to_json() | {"number": True}, "number"),
        (SECOND.to_json() | {"rows_in": 1.5}, "rows_in"),
        (SECOND.to_json() | {"action": "delete"}, "action"),
        (SECOND.to_json() | {"declared_share": None}, "declared_share"),
        (SECOND.to_json() | {"counts": [{"origin": "real"}]}, r"counts\.0\.depth"),
        (SECOND.to_json() | {"parts": "parts"}, "parts"),
        ([], "'it'"),
        ({}, "more"),
        (SECOND.to_json() | {"bound": float("nan")}, "not JSON"),
        (SECOND.to_json() | {"bound": object()}, "not JSON"),
    ],
)
def test_json_that_is_not_a_version_is_refused_with_the_field(content: Any, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        Version.from_json(content)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\xff\xfe", SECOND.encode()[:-10], b"[" * 10_000])
def test_damaged_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="restore it from a copy"):
        Version.decode(content)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"number": 5}, "one more than its parent"),
        ({"parent": None, "number": 1}, "only the first version is made by 'anchor'"),
        ({"action": "anchor"}, "only the first version is made by 'anchor'"),
        ({"at": "yesterday"}, "not a time"),
        ({"at": "2026-03-01T12:00:00"}, "not a time"),
        ({"at": "2026-03-01"}, "not a time"),
        ({"rows_in": 26}, "rows in are not"),
        ({"rows_in": -1, "rows_quarantined": -26}, "rows in, admitted or quarantined is negative"),
        ({"parts": SECOND.parts[:1]}, "its parts without the rows left out have 100"),
        ({"left_out": (part("left_out/x", 1, ""),)}, "without the rows left out have 124"),
        ({"parts": (*SECOND.parts, part(SECOND.parts[0].path, 0, "b"))}, "named twice"),
        ({"parts": (dataclasses.replace(SECOND.parts[0], sha256="0"), SECOND.parts[1])}, "not 64 hexadecimal"),
        ({"counts": (*SECOND.counts, dataclasses.replace(ANCHOR_COUNT, rows=0))}, "counted twice"),
        ({"counts": (dataclasses.replace(ANCHOR_COUNT, depth=1), SECOND.counts[1])}, "real rows have depth 0"),
        ({"counts": (ANCHOR_COUNT, dataclasses.replace(SECOND.counts[1], depth=0))}, "synthetic rows at least 1"),
        ({"declared_share": 0.3}, "and its counts give 0.2"),
        ({"declared_share": 0.1}, "and its counts give 0.2"),
        ({"bound": 1.5}, "the bound 1.5 is not between 0 and 1"),
        ({"estimated": dataclasses.replace(SECOND.estimated, lower=0.5)}, "is outside 0.5 to"),  # type: ignore[type-var]
    ],
)
def test_an_inconsistent_version_is_refused_and_not_written(
    corpus: CorpusStore, changes: dict[str, Any], fault: str
) -> None:
    append(corpus, FIRST)
    version = dataclasses.replace(SECOND, **changes)
    with pytest.raises(BadInput, match=fault):
        append(corpus, version)
    assert numbers(corpus) == [1]


def test_rows_of_unknown_origin_widen_the_range_of_the_declared_share() -> None:
    unknown = Count(origin="unknown", depth=None, generator=None, licence=None, rows=25)
    version = dataclasses.replace(SECOND, counts=(ANCHOR_COUNT, unknown))
    for share in (0.0, 0.1, 0.2):
        check(dataclasses.replace(version, declared_share=share))
    with pytest.raises(BadInput, match=r"0 to 0\.2"):
        check(dataclasses.replace(version, declared_share=0.21))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"rows_admitted": 20, "rows_in": 22}, "its parts have 25 more"),
        ({"action": "ingest"}, "'ingest' left out 5 more rows than its parent"),
    ],
)
def test_a_version_must_follow_from_its_parent(corpus: CorpusStore, changes: dict[str, Any], fault: str) -> None:
    append(corpus, FIRST)
    version = SECOND
    if "action" in changes:
        append(corpus, SECOND)
        version = TRIMMED
    with pytest.raises(BadInput, match=fault):
        append(corpus, dataclasses.replace(version, **changes))


def test_a_version_without_its_parent_is_refused(corpus: CorpusStore) -> None:
    with pytest.raises(MissingArtefact, match="no version 1"):
        append(corpus, SECOND)


def test_a_version_of_another_corpus_is_refused(corpus: CorpusStore) -> None:
    with pytest.raises(BadInput, match="does not belong"):
        append(corpus, dataclasses.replace(FIRST, corpus="other"))


@pytest.mark.parametrize("reason", ["half \udc80 a pair", np.int64(3)])
def test_a_version_that_could_not_be_read_back_is_not_written(corpus: CorpusStore, reason: Any) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        append(corpus, dataclasses.replace(FIRST, reason=reason))
    assert numbers(corpus) == []


def test_any_earlier_version_is_read_back_exactly(corpus: CorpusStore) -> None:
    written = [append(corpus, version) for version in (FIRST, SECOND, TRIMMED)]
    assert numbers(corpus) == [1, 2, 3]
    assert [read_version(corpus, number) for number in (1, 2, 3)] == written
    assert [dataclasses.replace(each, parent_sha256=None) for each in written] == [FIRST, SECOND, TRIMMED]
    assert [each.parent_sha256 for each in written[1:]] == [corpus.digest(version_path(n)) for n in (1, 2)]
    assert read_version(corpus) == newest(corpus) == written[-1]


def test_an_empty_ledger_has_no_version_to_read(corpus: CorpusStore) -> None:
    assert newest(corpus) is None
    with pytest.raises(MissingArtefact, match="no version yet"):
        read_version(corpus)


@pytest.mark.parametrize(("versions", "last"), [(0, "none"), (2, "1, 2"), (5, "1, 2, 3, 4, 5"), (6, "2, 3, 4, 5, 6")])
def test_of_a_version_that_is_not_there_the_last_five_are_named(corpus: CorpusStore, versions: int, last: str) -> None:
    written = list(itertools.accumulate(range(versions - 1), lambda version, _: after(version), initial=FIRST))
    for version in written[:versions]:
        append(corpus, version)
    with pytest.raises(MissingArtefact, match=rf"corpus 'adult' has no version 9; the last are {last}$"):
        read_version(corpus, 9)


def test_a_second_version_of_a_number_is_a_conflict(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    second = append(corpus, SECOND)
    with pytest.raises(Conflict, match="has a version 2 already"):
        append(corpus, dataclasses.replace(SECOND, by="another"))
    assert read_version(corpus, 2) == second


def test_a_version_that_lost_a_race_is_rebuilt_on_the_winner(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    seen: list[int] = []

    def build(last: Version | None) -> Version:
        assert last is not None
        seen.append(last.number)
        if len(seen) == 1:
            append(corpus, after(last, batch="theirs"))
        return after(last, batch="ours")

    written = extend(corpus, build)
    assert seen == [1, 2]
    assert written is not None
    assert [part.batch for part in written.parts] == ["anchor", "theirs", "ours"]


def test_nothing_to_do_writes_nothing(corpus: CorpusStore) -> None:
    assert extend(corpus, lambda last: None) is None
    assert numbers(corpus) == []


def test_a_race_that_is_never_won_ends(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    with pytest.raises(Conflict, match="lost 3 commits in a row to other writers; retry later"):
        extend(corpus, lambda last: FIRST, tries=3)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{}", "cannot be read"),
        (FIRST.encode(), "holds version 1"),
        (dataclasses.replace(SECOND, declared_share=0.9).encode(), "does not add up"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(corpus: CorpusStore, content: bytes, fault: str) -> None:
    corpus.put(version_path(2), content)
    with pytest.raises(Damaged, match=rf"versions/00000002\.json .*{fault}.*; restore it from a copy$"):
        read_version(corpus, 2)


def test_other_files_among_the_versions_are_ignored(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    for path in ("versions/00000009.json.bak", "versions/9.json", "versions/deep/00000009.json"):
        corpus.put(path, b"")
    assert numbers(corpus) == [1]


def test_a_file_of_the_ledger_is_json_for_others(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    assert json.loads(corpus.get("versions/00000001.json"))["declared_share"] == 0.0


def test_eight_racing_processes_lose_no_version_and_repeat_none(tmp_path: Path) -> None:
    corpus = CorpusStore(Store(tmp_path), "adult")
    append(corpus, FIRST)
    words = [["race", str(tmp_path), f"p{each}", "8"] for each in range(8)]
    running = [ForkedCommand(RACERS, each, folder=tmp_path, environment=os.environ) for each in words]
    for each in running:
        _, errors = each.communicate()
        assert each.returncode == 0, errors
    wanted = {f"p{each}-{turn}" for each in range(8) for turn in range(racers.EACH)}
    assert numbers(corpus) == list(range(1, len(wanted) + 2))
    last = read_version(corpus)
    assert len(last.parts) == len(wanted) + 1
    assert {each.batch for each in last.parts} == {"anchor", *wanted}
    assert last.rows == 100 + len(wanted)
    assert not list(tmp_path.rglob("*.partial"))


def test_a_writer_killed_at_fifty_moments_leaves_whole_versions_only(tmp_path: Path) -> None:
    done = run_forked(["kill", str(tmp_path)], folder=tmp_path, environment=os.environ, program=RACERS)
    assert done.returncode == 0, done.stderr
    corpus = CorpusStore(Store(tmp_path), "adult")
    known = numbers(corpus)
    assert len(known) == int(done.stdout)
    assert len(known) > 1, "some versions were written between the kills"
    read = [read_version(corpus, number) for number in known]
    assert all(later.parts[:-1] == earlier.parts for earlier, later in itertools.pairwise(read))


def test_what_an_erasure_left_behind_stays_where_no_version_records_it_and_none_is_there(corpus: CorpusStore) -> None:
    left = f"{ERASING}/00000001-abc/rows/part.parquet"
    corpus.put(left, b"rows")
    assert finish(corpus, None) == 0 and corpus.list(ERASING) == [left]
