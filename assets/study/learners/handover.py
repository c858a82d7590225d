"""The files that an external learner is handed: rows in the format that it reads, and the scores that it writes."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from outcross.resources.carried.rows import Rows
from outcross.resources.commands.command import UnusableRun, is_regular
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources.list_names import list_names
from outcross.resources.typed_rows import shown_schema

RowFormat = Literal["parquet", "json_lines"]
SUFFIX: dict[RowFormat, str] = {"parquet": ".parquet", "json_lines": ".jsonl"}


def write_rows(rows: Rows, path: Path, form: RowFormat) -> None:
    """Write rows as they came, as far as the format has that; else under the names and types of their source.

    Raises:
        BadInput: a column that is carried has another type in the pool than in the real rows.
    """
    if form == "json_lines":
        path.write_bytes("".join(f"{line}\n" for line in rows.lines()).encode())
        return
    if rows.carried is None:
        rows.modelled().write_parquet(path)
        return
    import pyarrow.parquet as pq

    pq.write_table(rows.table(), path)


def write_schema(schema: Schema, path: Path) -> None:
    """Write the columns and their roles as JSON."""
    path.write_text(json.dumps(shown_schema(schema).to_json(), ensure_ascii=False), encoding="utf-8")


def split_validation(rows: int, share: float, *, seed: int) -> tuple[list[int], list[int]]:
    """Return the places of the training rows and, drawn by seed, of those cut from them for early stopping.

    Each side has a row, and keeps its order.
    """
    order = generator(derive_seed("validation", seed)).permutation(rows)
    count = min(max(round(share * rows), 1), rows - 1)
    return sorted(order[count:].tolist()), sorted(order[:count].tolist())


def read_scores(path: Path, wanted: Collection[str]) -> tuple[dict[str, float], list[str]]:
    """Read the scores that a command wrote.

    Args:
        path: a JSON file, ``{"metric": number}``.
        wanted: the declared names; others are dropped, and a note names them.

    Raises:
        UnusableRun: the file is missing or no such object, lacks a score, or has one that is no finite number.
    """
    shape = "{" + ", ".join(f'"{name}": number' for name in wanted) + "}"
    found = read_object(path, shape)
    if missing := [name for name in wanted if name not in found]:
        names = list_names(list(found)) if found else "nothing"
        raise UnusableRun(
            f"wrote no {list_names(missing)} to {{out}} (but {names})",
            f"make it write {shape}, or correct 'metrics'",
        )
    scores = {}
    for name in wanted:
        scores[name] = _finite(name, found[name])
    extra = [name for name in found if name not in wanted]
    return scores, [f"dropped scores that 'metrics' does not declare: {list_names(extra)}"] if extra else []


def find_scores(path: Path) -> dict[str, float]:
    """Read every number that a command wrote, where no names are declared yet.

    Args:
        path: a JSON file, ``{"metric": number}``.

    Raises:
        UnusableRun: the file is missing or no such object, has no number, or has one that is not finite.
    """
    shape = '{"metric": number}'
    numbers = {
        name: _finite(name, value)
        for name, value in read_object(path, shape).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    if not numbers:
        raise UnusableRun("wrote no metric to {out}", f"make it write {shape}")
    return numbers


def read_object(path: Path, shape: str) -> dict[str, Any]:
    """Read the JSON object that a command wrote; raises ``UnusableRun``, which says what shape it should have."""
    if not is_regular(path):
        raise UnusableRun("wrote no file to {out}", f"make it write {shape} to that path, and no link")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise UnusableRun(f"wrote no JSON to {{out}} ({error})", f"make it write {shape}") from None
    if not isinstance(found, dict):
        raise UnusableRun("wrote no JSON object to {out}", f"make it write {shape}")
    return found


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UnusableRun(
            f"wrote {json.dumps(value)[:80]} as '{name}', which is no finite number",
            "find out why it has no score, and make it write a number",
        )
    return float(value)
