"""Batches of a corpus of conversations are rendered by the template of its anchor."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.reading import Chunk, read_batch
from outcross.resources.sources import Files
from outcross.resources.sources.locate import SourceFile

CHATS = [
    {"messages": [{"role": "user", "content": f"question {row}"}, {"role": "assistant", "content": "an answer"}]}
    for row in range(6)
]
PAIRS = [{"prompt": f"question {row}", "chosen": "yes", "rejected": "no"} for row in range(6)]
PAIRED = {"template": "prompt-response", "columns": {"rejected": "ignore"}}


def anchor_of(folder: Path, rows: list[dict[str, Any]], **settings: Any) -> Files:
    (folder / "anchor.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return Files.model_validate({"path": "anchor.jsonl", **settings}, context={"base": folder})


def read(anchor: Files, path: Path) -> Chunk:
    (chunk,) = read_batch(SourceFile(path.name, path), anchor.load().schema, Limits(), anchor.read_options())
    return chunk


@pytest.mark.parametrize(("rows", "settings"), [(CHATS, {"template": "chatml"}), (PAIRS, PAIRED)])
def test_an_anchors_own_file_fits_it_whole_in_either_format(
    tmp_path: Path, rows: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    anchor = anchor_of(tmp_path, rows, **settings)
    pl.DataFrame(rows).write_parquet(tmp_path / "batch.parquet")
    for name in ("anchor.jsonl", "batch.parquet"):
        assert read(anchor, tmp_path / name).rows["text"].equals(anchor.load().rows["text"]), name


def test_rows_that_are_rendered_already_fit(tmp_path: Path) -> None:
    anchor = anchor_of(tmp_path, CHATS, template="chatml")
    anchor.load().rows.write_parquet(tmp_path / "batch.parquet")
    assert read(anchor, tmp_path / "batch.parquet").rows["text"].equals(anchor.load().rows["text"])


def test_what_of_a_batch_is_not_rendered_is_counted(tmp_path: Path) -> None:
    anchor = anchor_of(tmp_path, CHATS, template="chatml")
    called = [*CHATS[0]["messages"], {"role": "assistant", "content": "so", "tool_calls": [{"id": "1"}]}]
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, [*CHATS, {"messages": called}])))
    assert read(anchor, tmp_path / "batch.jsonl").notes == (
        "1 turns have 'tool_calls', which the template does not render",
    )
    assert read(anchor, tmp_path / "anchor.jsonl").notes == ()


def test_a_conversation_that_cannot_be_read_is_a_misfit_kept_as_it_came(tmp_path: Path) -> None:
    anchor = anchor_of(tmp_path, CHATS, template="chatml")
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, [*CHATS, {"messages": "oops"}])))
    chunk = read(anchor, tmp_path / "batch.jsonl")
    assert (chunk.rows.height, chunk.misfits.height) == (6, 1)
    assert json.loads(chunk.misfits["raw"][0])["messages"] == "oops"
    assert "column 'text' has no value" in chunk.misfits["reasons"][0][0]
