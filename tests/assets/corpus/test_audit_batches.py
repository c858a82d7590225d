"""Each row of a batch is admitted or quarantined once and decided on at most once; a row apart from that is named."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import _counts_problems
from outcross.assets.corpus.audit.audit_batches import (
    ADMITTED,
    IN_RELEASED,
    QUARANTINED,
    REJECTED,
    RELEASED,
    _Rows,
    find_original,
)
from outcross.assets.corpus.audit.audit_parts import PartsAudit, _add, _left_out
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import Damaged
from outcross.resources.store import Store
from tests.assets.corpus.versions import FIRST, SECOND, TRIMMED, part


@pytest.fixture
def files(tmp_path: Path) -> CorpusStore:
    return CorpusStore(Store(tmp_path), "people")


def write(files: CorpusStore, path: str, **columns: list[Any]) -> str:
    with files.create(path) as file:
        pl.DataFrame(columns).write_parquet(file)
    return path


def corpus_of(files: CorpusStore) -> Any:
    return SimpleNamespace(files=files)


ALONE = {"": 1}


@pytest.mark.parametrize(
    ("positions", "marked", "problems"),
    [
        ([0, 1, 2], 3, []),
        ([], 0, []),
        ([3, 0], 2, ["batches/a lists beyond the rows of its original: row 3; restore it from a copy"]),
        ([-1, 0], 2, ["batches/a lists beyond the rows of its original: row -1; restore it from a copy"]),
        ([None, 0], 2, ["batches/a lists beyond the rows of its original: row -1; restore it from a copy"]),
        ([1, 1, 2], 3, ["batches/a lists more than once: row 1; restore it from a copy"]),
        ([1, 1, 1, 2, 2], 5, ["batches/a lists more than once: rows 1, 2; restore it from a copy"]),
    ],
)
def test_rows_that_a_file_lists_beyond_the_original_or_twice_are_problems(
    files: CorpusStore, positions: list[int | None], marked: int, problems: list[str]
) -> None:
    rows = _Rows(corpus_of(files), 3)
    with files.create("batches/a") as file:
        pl.DataFrame({"position": positions}, schema={"position": pl.Int64}).write_parquet(file)
    assert rows.mark(["batches/a"], ALONE) == [marked]
    assert rows.problems == problems


def test_a_row_of_two_files_is_listed_twice_but_not_one_of_another_flag(files: CorpusStore) -> None:
    rows = _Rows(corpus_of(files), 4)
    write(files, "a", position=[0, 1])
    write(files, "b", position=[1, 2])
    assert rows.mark(["a"], {"": ADMITTED}) == rows.mark(["b"], {"": QUARANTINED}) == [2]
    assert rows.problems == []
    rows.mark(["b"], {"": ADMITTED})
    assert rows.problems == ["b lists more than once: row 1; restore it from a copy"]


def test_decisions_are_counted_and_marked_by_their_word_and_another_word_is_none(files: CorpusStore) -> None:
    write(files, "d", position=[0, 1, 2, 3], decision=["released", "rejected", "released", "lost"])
    rows = _Rows(corpus_of(files), 4)
    assert rows.mark(["d"], {"released": RELEASED, "rejected": REJECTED}) == [2, 1]
    assert [int(each) for each in rows._known] == [RELEASED, REJECTED, RELEASED, 0]
    assert rows.mark(["absent"], ALONE) == [0]
    assert rows.problems == [f"{files.location('absent')} is missing; restore it from a copy"]


@pytest.mark.parametrize(
    ("flags", "faults"),
    [
        (ADMITTED, []),
        (QUARANTINED, []),
        (QUARANTINED | REJECTED, []),
        (QUARANTINED | RELEASED | IN_RELEASED, []),
        (0, ["neither admitted nor quarantined"]),
        (ADMITTED | QUARANTINED, ["both admitted and quarantined"]),
        (ADMITTED | REJECTED, ["decided on and never quarantined"]),
        (ADMITTED | RELEASED | IN_RELEASED, ["decided on and never quarantined"]),
        (QUARANTINED | RELEASED | REJECTED | IN_RELEASED, ["decided on twice (released, rejected, withdrawn)"]),
        (QUARANTINED | RELEASED, ["released and in no part"]),
        (QUARANTINED | IN_RELEASED, ["in a part and never released"]),
        (QUARANTINED | REJECTED | IN_RELEASED, ["in a part and never released"]),
    ],
)
def test_a_row_is_where_exactly_one_course_puts_it(files: CorpusStore, flags: int, faults: list[str]) -> None:
    rows = _Rows(corpus_of(files), 3)
    rows._known[:] = ADMITTED
    rows._known[1] = flags
    assert list(rows.contradictions()) == [(fault, "row 1") for fault in faults]


def test_of_many_rows_the_first_are_named_and_all_counted(files: CorpusStore) -> None:
    rows = _Rows(corpus_of(files), 1200)
    assert [listed for _, listed in rows.contradictions()] == ["rows 0, 1, 2, 3, 4 and 1,195 more"]


def test_the_original_is_the_copy_with_the_bytes_of_the_batch(files: CorpusStore) -> None:
    def put(batch: str, name: str, content: bytes) -> str:
        files.put(f"batches/{batch}/{name}", content)
        return f"batches/{batch}/{name}"

    def find(batch: str, name: str) -> tuple[str | None, list[str]]:
        return find_original(corpus_of(files), batch, name=name)

    own = "2d711642b726b044"  # of b"x"
    put(own, "quarantined-1", b"x")
    assert find(own, "") == (None, [f"batches/{own}: the original of batch {own} is missing; restore it from a copy"])
    wrong = put(own, "original.csv", b"y")
    told = f"{wrong} is not the file that was sent: its sha256 does not begin with {own}; restore it from a copy"
    assert find(own, "file a.csv") == (wrong, [told])
    right = put(own, "original.tsv", b"x")
    assert find(own, "file a.csv") == (right, [])
    put(own, "original.csv", b"x")
    assert find(own, "file a.csv") == (f"batches/{own}/original.csv", [])
    assert find(own, "file a.tsv") == (right, [])


def test_counts_of_a_version_are_those_of_its_parts_less_what_it_leaves_out() -> None:
    real, made = ("real", 0, None, "CC-BY-4.0"), ("synthetic", 1, "copula", "CC-BY-4.0")
    parts = PartsAudit(
        kinds={"parts/anchor.parquet": {real: 100}, "parts/b2.parquet": {made: 25}},
        out={"left_out/v3.parquet": {"b2": {made: 5}}},
    )
    assert parts.kinds_of(SECOND) == {real: 100, made: 25}
    assert parts.kinds_of(TRIMMED) == {real: 100, made: 20}
    assert list(_counts_problems([FIRST, SECOND, TRIMMED], parts)) == []
    parts.kinds["parts/b2.parquet"][made] = 5
    assert parts.kinds_of(TRIMMED) == {real: 100}, "a kind without rows is none"
    told = list(_counts_problems([FIRST, SECOND], parts))
    assert told == [
        "versions/00000002.json counts 25 rows of origin synthetic, depth 1, generator 'copula' and licence "
        "'CC-BY-4.0', and its parts have 5; restore the version or the parts from a copy"
    ]
    parts.kinds["parts/b2.parquet"] = {made: 25, ("mixed", None, None, None): 3}
    (told_of_more,) = _counts_problems([SECOND], parts)
    assert (
        "counts 0 rows of origin mixed, depth None, generator None and licence None, and its parts have 3"
        in told_of_more
    )
    del parts.kinds["parts/b2.parquet"]
    unread: Version = SECOND
    assert parts.kinds_of(unread) is None and list(_counts_problems([unread], parts)) == []


def test_rows_left_out_twice_are_a_problem_and_a_list_that_cannot_be_read_is_another(files: CorpusStore) -> None:
    write(files, "left_out/1", batch_id=["a", "a"], position=[1, 2])
    write(files, "left_out/2", batch_id=["a", "b"], position=[2, 2])
    found = PartsAudit()
    lists = [part(f"left_out/{number}", 2, "") for number in (1, 2, 3)]
    rows = _left_out(corpus_of(files), lists, found)
    assert rows.rows() == [
        ("a", 1, "left_out/1"),
        ("a", 2, "left_out/1"),
        ("a", 2, "left_out/2"),
        ("b", 2, "left_out/2"),
    ]
    assert found.problems == [
        f"{files.location('left_out/3')} is missing; restore it from a copy",
        "left_out lists 1 rows twice; restore its files from a copy",
    ]
    assert set(found.out) == {"left_out/1", "left_out/2"}
    total = {"x": 2}
    _add(total, {"x": 3, "y": 1}, -1)  # type: ignore[arg-type, dict-item]
    assert total == {"x": -1, "y": -1}


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda content: content, None),
        (lambda content: content[:-8], "cannot be read as Parquet"),
        (lambda content: b"", "cannot be read as Parquet"),
        (lambda content: content[:4] + bytes(40) + content[44:], "cannot be read as Parquet"),
    ],
)
def test_a_file_is_read_chunk_by_chunk_or_refused_with_the_remedy(
    files: CorpusStore, damage: Damage, says: str | None
) -> None:
    write(files, "a", position=list(range(10)), other=["x"] * 10)
    files.put("a", damage(files.get("a")))
    wanted = {"position": pl.Int64()}
    if says is None:
        chunks = list(read_rows(files, "a", wanted, rows=4))
        assert [chunk.height for chunk in chunks] == [4, 4, 2]
        assert pl.concat(chunks).equals(pl.DataFrame({"position": range(10)}, schema=wanted))
        return
    with pytest.raises(Damaged, match=rf"/a {says} \(.+\); restore it from a copy$"):
        list(read_rows(files, "a", wanted))


def test_a_column_that_lacks_or_has_another_type_is_refused_by_name(files: CorpusStore) -> None:
    write(files, "a", position=[1], decision=["x"])
    with pytest.raises(Damaged, match=r"/a lacks the column 'raw'; restore it from a copy$"):
        list(read_rows(files, "a", {"position": pl.Int64(), "raw": pl.String()}))
    with pytest.raises(Damaged, match="cannot be read as Parquet"):
        list(read_rows(files, "a", {"decision": pl.Int64()}))
    assert next(read_rows(files, "a", {"decision": pl.String()})).columns == ["decision"]
