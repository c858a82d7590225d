"""The marks of run events of OpenLineage: what made the dataset that stands for the data.

A file holds one event, a list of events, or one a line. Facets of the specification are read for words that tell of a
generation by a model, and Outcross's own facet of a dataset's composition for its numbers.

Specification: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

import json
from collections.abc import Iterator
from typing import Any

from outcross.assets.corpus.marks.mark import Mark, Says
from outcross.assets.corpus.marks.words import tells_of_generation

COMPOSITION, STEP = "outcross_composition", "outcross_step"
_MOST = 10_000
_FAILED = ("FAIL", "ABORT")
_NO = ("false", "no", "0", "none")
_WORDS_OF_JOB = ("documentation", "jobType", "tags")
_WORDS_OF_OUTPUT = ("documentation", "tags", "datasetType")


def read_openlineage(content: bytes, data: str, alone: bool) -> Iterator[Mark]:
    """Yield the marks of a file; the arguments are those of :func:`.dataset_card.read_card`.

    Raises:
        ValueError: it has no event in JSON.
    """
    events = _events(content)
    names = {str(output.get("name")) for event in events for output in _outputs(event)}
    wanted = {name for name in names if _last(name) == data.rsplit("/", 1)[-1]}
    if not wanted and alone and len(names) == 1:
        wanted = names
    for event in events:
        for output in _outputs(event):
            if str(output.get("name")) in wanted:
                yield from _marks(event, output)


def _events(content: bytes) -> list[dict[str, Any]]:
    try:
        stated = json.loads(content)
    except ValueError:
        lines = [line for line in content.splitlines() if line.strip()]
        stated = [json.loads(line) for line in lines[:_MOST]]
    listed = stated if isinstance(stated, list) else [stated]
    if not all(isinstance(each, dict) for each in listed[:_MOST]):
        raise ValueError("it has no event")
    return [each for each in listed[:_MOST] if each.get("eventType") not in _FAILED]


def _outputs(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in list(event.get("outputs") or [])[:_MOST] if isinstance(each, dict)]


def _marks(event: dict[str, Any], output: dict[str, Any]) -> Iterator[Mark]:
    facets = {**_facets(output, "outputFacets"), **_facets(output, "facets")}
    job, run = event.get("job") or {}, _facets(event.get("run") or {}, "facets")
    name = str(job.get("name"))
    if isinstance(composition := facets.get(COMPOSITION), dict):
        says, statement = _said(composition)
        yield Mark(kind="", says=says, statement=f"{COMPOSITION} of job {name}: {statement}", generator=_fact(run))
        return
    engine = run.get("processing_engine") or {}
    words = [
        name,
        *_texts(_facets(job, "facets"), _WORDS_OF_JOB),
        *_texts(facets, _WORDS_OF_OUTPUT),
        str(engine.get("name") or ""),
    ]
    if telling := next((each for each in words if tells_of_generation(each)), None):
        made = "@".join(str(engine[each]) for each in ("name", "version") if engine.get(each))
        generator = made if tells_of_generation(made) else None
        yield Mark(kind="", says="synthetic", statement=f"made by job {name}: {telling}", generator=generator)


def _said(composition: dict[str, Any]) -> tuple[Says | None, str]:
    """Return what our own facet says of the rows, and its numbers."""
    rows, made, unknown = (int(composition.get(each) or 0) for each in ("rows", "syntheticRows", "undeclaredRows"))
    statement = f"{made} of {rows} rows are declared synthetic, {unknown} mixed or unknown"
    if rows and made == rows:
        return "synthetic", statement
    if made:
        return "mixed", statement
    return ("real" if rows and not unknown else None), statement


def _fact(run: dict[str, Any]) -> str | None:
    """Return the generator that our own facet of a step names."""
    facts = (run.get(STEP) or {}).get("facts") or []
    return next((str(each.get("value")) for each in facts if each.get("name") == "generator"), None)


def _facets(node: dict[str, Any], key: str) -> dict[str, Any]:
    return dict(node.get(key) or {})


def _texts(facets: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts of some facets; a tag whose value says no is none."""
    for name in names:
        facet = facets.get(name) or {}
        yield from (str(value) for key, value in facet.items() if not key.startswith("_") and isinstance(value, str))
        for tag in list(facet.get("tags") or [])[:_MOST]:
            if str(tag.get("value")).strip().lower() not in _NO:
                yield f"{tag.get('key')} {tag.get('value')}"


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]
