"""Files of numbers that a release is held against: how they are written, and what has moved since."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

Row = Sequence[float | None]
Tables = Mapping[str, Mapping[str, Row]]
"""What was measured → name → its numbers."""


def digits(value: float | None) -> float | None:
    """Round to six digits; None for what is not finite, or not there."""
    return None if value is None or not np.isfinite(value) else float(f"{value:.6g}")


def write(path: Path, tables: Tables) -> None:
    """Write tables, a row a line."""
    blocks = [
        f"{json.dumps(of)}: {{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
        for of, rows in tables.items()
    ]
    path.write_text("{\n" + "\n},\n".join(blocks) + "\n}\n}\n", encoding="utf-8")


def read(path: Path) -> dict[str, dict[str, list[float | None]]]:
    """Read what :func:`write` wrote."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def moved(found: Mapping[str, Row], recorded: Mapping[str, Row]) -> dict[str, tuple[Row | None, Row | None]]:
    """Return name → recorded and found numbers, where they differ by more than processors do, or one is missing."""
    names = [*recorded, *(name for name in found if name not in recorded)]
    pairs = {name: (recorded.get(name), found.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if not _agree(*pair)}


def _agree(recorded: Row | None, found: Row | None) -> bool:
    if recorded is None or found is None or len(recorded) != len(found):
        return False
    return all(
        one is other if one is None or other is None else one == pytest.approx(other, rel=1e-4, abs=1e-7)
        for one, other in zip(found, recorded, strict=True)
    )
