"""The rooms of the product in which mutants are made, each with its files."""

from collections.abc import Iterator
from pathlib import Path

ROOMS = {
    "verdict": ["assets/verdict", "assets/stored_verdicts.py"],
    "study settings": ["assets/study", "jobs/files"],
    "dataset": ["assets/anchor", "assets/dataset"],
    "model": [
        "assets/model",
        "resources/generators/closed_form",
        "resources/generators/copula",
        "resources/generators/ngram",
    ],
    "synthetic": ["assets/synthetic"],
    "evaluation": ["assets/evaluation", "assets/metrics", "assets/instruments"],
    "checks": ["assets/checks.py", "assets/steps.py", "assets/graph", "resources/guard_engine.py"],
    "corpus": ["assets/corpus"],
    "stores": [
        "assets/artefacts.py",
        "resources/atomic_file.py",
        "resources/corpus_store.py",
        "resources/corpus_views.py",
        "resources/dagster_checks.py",
        "resources/store.py",
        "resources/warehouse.py",
    ],
    "engine": ["jobs/running", "jobs/automation"],
    "command line": ["jobs/cli"],
}
"""Name of a room → its folders and files, from the top of the checkout."""


def files_of(room: str, top: Path) -> Iterator[Path]:
    """Yield the files of a room, in order, from the top of the checkout.

    Raises:
        FileNotFoundError: a folder or file of the room is not there.
    """
    for name in ROOMS[room]:
        path = top / name
        if not path.exists():
            raise FileNotFoundError(f"room '{room}' names {name}, which is not there; correct it in {__file__}")
        yield from (each.relative_to(top) for each in (sorted(path.rglob("*.py")) if path.is_dir() else [path]))
