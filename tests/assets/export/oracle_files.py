"""Write what the oracles read: exports with their files, how many records and events each has, and broken ones.

Run ``python -m tests.assets.export.oracle_files FOLDER`` in the environment of Outcross; ``oracles`` reads FOLDER.
"""

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outcross.assets.export import Description, croissant, openlineage
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.versions import FIRST, HOSTILE, SECOND, TRIMMED
from tests.assets.export.exports import HOSTILE_DATASETS, generation, small_study, store_corpus, tame

EXPECTED = "expected.json"


def write(folder: Path) -> None:
    """Write all of it, and ``expected.json``, which says what the oracles must find."""
    artefacts = small_study(folder)
    generations = {f"generation-{number}": generation(artefacts, number) for number in (0, 2)}
    described = {"first": tame(FIRST), "second": tame(SECOND), "trimmed": tame(TRIMMED), **HOSTILE_DATASETS}
    expected = {
        "records": {**_corpus(folder), **_study(folder / "small", generations)},
        "valid": list(_descriptions(folder / "croissant", described)),
        "events": dict(_events(folder / "openlineage", described | generations)),
        "refused": {
            "croissant": list(_broken_croissant(folder / "corpora" / "adult")),
            "openlineage": list(_broken_openlineage(folder / "openlineage")),
        },
    }
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1), encoding="utf-8")


def _corpus(folder: Path) -> dict[str, dict[str, int]]:
    """Three versions of a corpus whose columns have hostile names: file → table → records."""
    names = dict.fromkeys(text[:80] for text in HOSTILE[:8])
    schema = Schema(tuple(Column(name=name, role=Role.CATEGORICAL) for name in names))
    corpus, versions = store_corpus(folder, schema)
    for number, version in enumerate(versions, start=1):
        corpus.put(f"croissant-{number}.json", croissant.write(version).encode())
    records = ({"rows": 100}, {"rows": 125}, {"rows": 125, "left_out": 5})
    return {f"corpora/adult/croissant-{number}.json": each for number, each in enumerate(records, start=1)}


def _study(folder: Path, generations: dict[str, Description]) -> dict[str, dict[str, int]]:
    for name, dataset in generations.items():
        (folder / f"{name}.json").write_text(croissant.write(dataset), encoding="utf-8")
    records = (
        {"manifest": 2, "anchor": 40},
        {"manifest": 6, "anchor": 40, "synthetic": 160},
    )
    return {f"small/{name}.json": each for name, each in zip(generations, records, strict=True)}


def _descriptions(folder: Path, described: dict[str, Description]) -> Iterator[str]:
    folder.mkdir()
    for name, dataset in described.items():
        path = folder / f"{name}.json"
        path.write_text(croissant.write(dataset), encoding="utf-8")
        yield f"{folder.name}/{path.name}"


def _events(folder: Path, described: dict[str, Description]) -> Iterator[tuple[str, int]]:
    folder.mkdir()
    for name, dataset in described.items():
        path = folder / f"{name}.jsonl"
        path.write_text(openlineage.write(dataset), encoding="utf-8")
        yield f"{folder.name}/{path.name}", len(dataset.steps)


def _broken_croissant(folder: Path) -> Iterator[str]:
    whole = json.loads((folder / "croissant-1.json").read_text(encoding="utf-8"))

    def broken(name: str, document: dict[str, Any]) -> str:
        (folder / f"broken-{name}.json").write_text(json.dumps(document), encoding="utf-8")
        return f"corpora/adult/broken-{name}.json"

    document = copy.deepcopy(whole)
    document["distribution"][0]["sha256"] = "0" * 64
    yield broken("sha256", document)
    document = copy.deepcopy(whole)
    document["recordSet"][0]["field"][0]["source"]["extract"]["column"] = "no such column"
    yield broken("column", document)
    document = copy.deepcopy(whole)
    document["recordSet"][0]["field"][0]["source"]["fileObject"]["@id"] = "files/nowhere"
    yield broken("source", document)
    document = copy.deepcopy(whole)
    del document["distribution"][0]["encodingFormat"]
    yield broken("format", document)


def _broken_openlineage(folder: Path) -> Iterator[str]:
    whole = openlineage.events(tame(SECOND))[-1]

    def broken(name: str, event: dict[str, Any]) -> str:
        (folder / f"broken-{name}.jsonl").write_text(json.dumps(event) + "\n", encoding="utf-8")
        return f"openlineage/broken-{name}.jsonl"

    event = copy.deepcopy(whole)
    event["outputs"][0]["facets"]["schema"]["columns"] = []
    yield broken("key", event)
    event = copy.deepcopy(whole)
    address = event["outputs"][0]["facets"]["schema"]["_schemaURL"]
    event["outputs"][0]["facets"]["schema"]["_schemaURL"] = address.replace("/1-2-0/", "/9-9-9/")
    yield broken("address", event)
    event = copy.deepcopy(whole)
    event["run"]["runId"] = "not a UUID"
    yield broken("run", event)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
