"""One intake stays within a stated memory: what unpacks to more than allowed is counted and refused first."""

import os
from pathlib import Path

import polars as pl

from tests.assets.corpus.bombs import read_limited, write_bombs

SCALE = 6 if os.environ.get("OUTCROSS_FAULTS") == "all" else 1
"""`make faults` unpacks gigabytes."""


def test_no_small_file_takes_more_memory_than_is_stated(tmp_path: Path) -> None:
    warm, packed = tmp_path / "warm", tmp_path / "packed"
    warm.mkdir(), packed.mkdir()
    good = [warm / name for name in ("a.parquet", "a.csv", "a.jsonl")]
    for path, write in zip(good, ("write_parquet", "write_csv", "write_ndjson"), strict=True):
        getattr(pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}), write)(path)
    bombs = list(write_bombs(packed, SCALE))
    assert sum(path.stat().st_size for path in bombs) < 2**25 * SCALE
    found = read_limited([*good, *bombs], SCALE)
    assert found.keys() == {path.name for path in bombs}
    read = {name: found.pop(name) for name, said in list(found.items()) if said.split()[0].isdecimal()}
    assert read.keys() <= {"lines.jsonl", "lists.jsonl", "h.npz"} and read["lines.jsonl"] == "1 rows"
    assert not {name: said for name, said in found.items() if "memory" in said.lower()}, "it is refused by counting"
    assert all(name in said for name, said in found.items()), "each is told with its name"
