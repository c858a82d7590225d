"""Hold exports against the readers of those who wrote the formats: mlcroissant and OpenLineage's client.

These need an environment of their own, with ``mlcroissant``, ``openlineage-python`` and ``pyarrow``; there, run
``python -m tests.assets.export.oracles FOLDER`` on what ``oracle_files`` wrote. Exits with 1 where an oracle finds
other than is expected, a broken export that it accepts included.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.assets.export.with_mlcroissant import load_records, validate
from tests.assets.export.with_openlineage import rebuild


def faults(folder: Path) -> list[str]:
    """What an oracle finds other than expected; empty where all is well."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    checks: list[tuple[str, Callable[[str], Any], Any]] = [
        *((path, load_records, records) for path, records in expected["records"].items()),
        *((path, validate, None) for path in expected["valid"]),
        *((path, _count_events, count) for path, count in expected["events"].items()),
    ]
    refusals = [
        *((path, load_records) for path in expected["refused"]["croissant"]),
        *((path, _count_events) for path in expected["refused"]["openlineage"]),
    ]
    found = [_difference(folder / path, read, result) for path, read, result in checks]
    found += [_acceptance(folder / path, read) for path, read in refusals]
    return [each for each in found if each]


def _count_events(path: str) -> int:
    return rebuild(path)[0]


def _difference(path: Path, read: Callable[[str], Any], expected: Any) -> str:
    try:
        result = read(str(path))
    except Exception as error:  # whatever an oracle raises is its finding
        return f"{path}: {error}"
    return "" if result == expected else f"{path}: expected {expected}, found {result}"


def _acceptance(path: Path, read: Callable[[str], Any]) -> str:
    try:
        read(str(path))
    except Exception as error:  # whatever an oracle raises is its refusal
        print(f"{path.name}: refused, as it should be ({str(error).strip().splitlines()[0][:120]})")  # noqa: T201
        return ""
    return f"{path}: accepted, though it is broken"


if __name__ == "__main__":
    found = faults(Path(sys.argv[1]))
    print("\n".join(found) or "every export is as its oracle reads it")  # noqa: T201
    sys.exit(1 if found else 0)
