"""A pool of chats: copies of the holdout and of named test sets are found by the text that a template makes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from outcross.assets.anchor.make import read_study_rows
from outcross.assets.pool.read import PoolRows, read_pool
from outcross.assets.study.study import Study
from tests.assets.dataset.test_carried import chat


def said_again(line: str, *, more: str = "") -> str:
    """The same chat, spelled and scored by somebody else; or with another word in it."""
    row: dict[str, Any] = json.loads(line)
    row["messages"][0]["content"] += more
    return json.dumps({**row, "id": f"again {row['id']}", "score": -1.25, "tags": {}}, indent=None)


@pytest.fixture
def pool(tmp_path: Path) -> PoolRows:
    """The rows of a pool in which 30 chats are the vendor's own, and others are copies."""
    real = [chat(number, "r") for number in range(40)]
    bench = [chat(number, "b") for number in range(6)]
    made = [chat(number, "s") for number in range(30)]
    copies = [said_again(line) for line in [*real, *bench[:2]]] + [said_again(line, more=" oak") for line in bench[2:]]
    for name, lines in (("real", real), ("bench", bench), ("made", made + copies)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    settings = {
        "study": "chats",
        "source": {"kind": "files", "path": "real.jsonl", "template": "chatml"},
        "generator": {"kind": "pool", "path": "made.jsonl", "template": "chatml"},
        "tests": {"bench": {"path": "bench.jsonl", "template": "chatml"}},
        "rows": 12,
        "generations": 2,
        "replicates": 1,
        "metrics": ["empty_rows"],
        "arms": {"half": {"policy": "fixed", "share": 0.5}},
    }
    study = Study.model_validate(settings, context={"base": tmp_path})
    read = read_study_rows(study)
    found = read_pool(study, read.data.schema, read.parts, read.tests)
    assert found is not None and read.parts.anchor.height + read.parts.holdout.height == 40
    assert found.of_holdout == read.parts.holdout.height and found.of_anchor == read.parts.anchor.height
    return found


def test_a_chat_of_the_real_rows_or_of_a_test_set_is_left_out_whatever_stands_beside_its_text(pool: PoolRows) -> None:
    bench = pool.of_tests["bench"]
    assert (bench.exact, bench.near) == (0, 6)
    assert pool.rows["pool_row"].to_list() == list(range(30)), "the vendor's own"
