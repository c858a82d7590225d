"""The ledger: what it says adds up, nobody's version is lost or doubled, and none is ever half there."""

import dataclasses
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.corpus.ledger.ledger import (
    Conflict,
    Count,
    GuardResult,
    Version,
    append,
    check,
    extend,
    newest,
    numbers,
    read_version,
    totals,
    version_path,
)
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact, Store
from tests.assets.corpus import racers
from tests.assets.corpus.versions import ANCHOR_COUNT, FIRST, HOSTILE, SECOND, TRIMMED, after, part


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


def test_numbers_that_json_has_not_become_null() -> None:
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


def test_totals_say_share_and_depth() -> None:
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
def test_what_is_no_version_is_refused_by_name(content: Any, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        Version.from_json(content)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\xff\xfe", SECOND.encode()[:-10], b"[" * 10_000])
def test_damaged_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="restore it from a copy"):
        Version.decode(content)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"number": 5}, "one more than its parent"),
        ({"parent": None, "number": 1}, "the first version, and no other"),
        ({"action": "anchor"}, "the first version, and no other"),
        ({"at": "yesterday"}, "not a time"),
        ({"at": "2026-03-01T12:00:00"}, "not a time"),
        ({"at": "2026-03-01"}, "not a time"),
        ({"rows_in": 26}, "rows in are not"),
        ({"rows_in": -1, "rows_quarantined": -26}, "fewer than no rows"),
        ({"parts": SECOND.parts[:1]}, "its parts less what was left out have 100"),
        ({"left_out": (part("left_out/x", 1, ""),)}, "less what was left out have 124"),
        ({"parts": (*SECOND.parts, part(SECOND.parts[0].path, 0, "b"))}, "named twice"),
        ({"parts": (dataclasses.replace(SECOND.parts[0], sha256="0"), SECOND.parts[1])}, "not 64 hexadecimal"),
        ({"counts": (*SECOND.counts, dataclasses.replace(ANCHOR_COUNT, rows=0))}, "counted twice"),
        ({"counts": (dataclasses.replace(ANCHOR_COUNT, depth=1), SECOND.counts[1])}, "real rows have depth 0"),
        ({"counts": (ANCHOR_COUNT, dataclasses.replace(SECOND.counts[1], depth=0))}, "synthetic rows at least 1"),
        ({"declared_share": 0.3}, "its counts give 0.2"),
        ({"declared_share": 0.1}, "its counts give 0.2"),
        ({"bound": 1.5}, "no share"),
        ({"estimated": dataclasses.replace(SECOND.estimated, lower=0.5)}, "not within"),  # type: ignore[type-var]
    ],
)
def test_what_does_not_add_up_is_refused_and_not_written(
    corpus: CorpusStore, changes: dict[str, Any], said: str
) -> None:
    append(corpus, FIRST)
    version = dataclasses.replace(SECOND, **changes)
    with pytest.raises(BadInput, match=said):
        append(corpus, version)
    assert numbers(corpus) == [1]


def test_rows_of_unknown_origin_widen_what_may_be_declared() -> None:
    unknown = Count(origin="unknown", depth=None, generator=None, licence=None, rows=25)
    version = dataclasses.replace(SECOND, counts=(ANCHOR_COUNT, unknown))
    for share in (0.0, 0.1, 0.2):
        check(dataclasses.replace(version, declared_share=share))
    with pytest.raises(BadInput, match=r"0 to 0\.2"):
        check(dataclasses.replace(version, declared_share=0.21))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows_admitted": 20, "rows_in": 22}, "its parts have 25 more"),
        ({"action": "ingest"}, "left out than in its parent"),
    ],
)
def test_a_version_has_to_follow_from_its_parent(corpus: CorpusStore, changes: dict[str, Any], said: str) -> None:
    append(corpus, FIRST)
    version = SECOND
    if "action" in changes:
        append(corpus, SECOND)
        version = TRIMMED
    with pytest.raises(BadInput, match=said):
        append(corpus, dataclasses.replace(version, **changes))


def test_a_version_without_its_parent_is_refused(corpus: CorpusStore) -> None:
    with pytest.raises(MissingArtefact, match="no version 1"):
        append(corpus, SECOND)


def test_a_version_of_another_corpus_is_refused(corpus: CorpusStore) -> None:
    with pytest.raises(BadInput, match="does not belong"):
        append(corpus, dataclasses.replace(FIRST, corpus="other"))


@pytest.mark.parametrize("reason", ["half \udc80 a pair", np.int64(3)])
def test_what_could_not_be_read_back_is_not_written(corpus: CorpusStore, reason: Any) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        append(corpus, dataclasses.replace(FIRST, reason=reason))
    assert numbers(corpus) == []


def test_any_earlier_version_is_read_back_exactly(corpus: CorpusStore) -> None:
    for version in (FIRST, SECOND, TRIMMED):
        append(corpus, version)
    assert numbers(corpus) == [1, 2, 3]
    assert [read_version(corpus, number) for number in (1, 2, 3)] == [FIRST, SECOND, TRIMMED]
    assert read_version(corpus) == newest(corpus) == TRIMMED


def test_an_empty_ledger_says_so(corpus: CorpusStore) -> None:
    assert newest(corpus) is None
    with pytest.raises(MissingArtefact, match="no version yet"):
        read_version(corpus)


def test_a_second_version_of_a_number_is_a_conflict(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    append(corpus, SECOND)
    with pytest.raises(Conflict, match="has a version 2 already"):
        append(corpus, dataclasses.replace(SECOND, by="another"))
    assert read_version(corpus, 2) == SECOND


def test_a_lost_race_is_run_again_on_what_won(corpus: CorpusStore) -> None:
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
    with pytest.raises(Conflict, match="3 times"):
        extend(corpus, lambda last: FIRST, tries=3)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "cannot be read"),
        (FIRST.encode(), "holds version 1"),
        (dataclasses.replace(SECOND, declared_share=0.9).encode(), "does not add up"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(corpus: CorpusStore, content: bytes, said: str) -> None:
    corpus.put(version_path(2), content)
    with pytest.raises(BadInput, match=said):
        read_version(corpus, 2)


def test_files_that_are_no_versions_are_passed_over(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    for path in ("versions/00000009.json.bak", "versions/9.json", "versions/deep/00000009.json"):
        corpus.put(path, b"")
    assert numbers(corpus) == [1]


def test_a_file_of_the_ledger_is_json_for_others(corpus: CorpusStore) -> None:
    append(corpus, FIRST)
    assert json.loads(corpus.get("versions/00000001.json"))["declared_share"] == 0.0


def test_eight_processes_that_race_lose_and_double_no_version(tmp_path: Path) -> None:
    corpus = CorpusStore(Store(tmp_path), "adult")
    append(corpus, FIRST)
    command = [sys.executable, "-m", "tests.assets.corpus.racers", "race", str(tmp_path)]
    running = [subprocess.Popen([*command, f"p{each}", "8"], stderr=subprocess.PIPE) for each in range(8)]
    for each in running:
        _, errors = each.communicate()
        assert each.returncode == 0, errors.decode()
    wanted = {f"p{each}-{turn}" for each in range(8) for turn in range(racers.EACH)}
    assert numbers(corpus) == list(range(1, len(wanted) + 2))
    last = read_version(corpus)
    assert len(last.parts) == len(wanted) + 1
    assert {each.batch for each in last.parts} == {"anchor", *wanted}
    assert last.rows == 100 + len(wanted)
    assert not list(tmp_path.rglob("*.partial"))


def test_a_writer_killed_at_fifty_moments_leaves_whole_versions_only(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.assets.corpus.racers", "kill", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    corpus = CorpusStore(Store(tmp_path), "adult")
    known = numbers(corpus)
    assert len(known) == int(done.stdout)
    assert len(known) > 1, "some versions were written between the kills"
    read = [read_version(corpus, number) for number in known]
    assert all(later.parts[:-1] == earlier.parts for earlier, later in itertools.pairwise(read))
