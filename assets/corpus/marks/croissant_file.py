"""The marks of a Croissant file: ``rai:hasSyntheticData`` and ``prov:wasGeneratedBy``.

Specification: http://mlcommons.org/croissant/1.1, http://mlcommons.org/croissant/RAI/1.0.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from outcross.assets.corpus.marks.mark import Mark
from outcross.assets.corpus.marks.words import tells_of_generation

_HAS = ("rai:hasSyntheticData", "http://mlcommons.org/croissant/RAI/hasSyntheticData", "hasSyntheticData")
_BY = ("prov:wasGeneratedBy", "http://www.w3.org/ns/prov#wasGeneratedBy", "wasGeneratedBy")
_NAMES = ("prov:label", "name", "sc:name", "rdfs:label", "label")
_TEXTS = (*_NAMES, "description", "sc:description", "@type", "prov:type", "additionalType")


def read_croissant(content: bytes, data: str, alone: bool) -> Iterator[Mark]:
    """Yield the marks of a Croissant file; the arguments are those of :func:`.dataset_card.read_card`.

    Raises:
        ValueError: it is no object of JSON.
    """
    stated = json.loads(content)
    if not isinstance(stated, dict):
        raise ValueError("it is no object")
    if not (alone or _is_about(stated, data)):
        return
    key = next((each for each in _HAS if each in stated), None)
    if key is not None and (has := _truth(stated[key])) is not None:
        yield Mark(kind="", says="mixed" if has else "real", statement=f"{key} {str(has).lower()}")
    key = next((each for each in _BY if each in stated), None)
    activities = [each for each in as_list(stated.get(key or ""))[:1_000] if isinstance(each, dict)]
    made = [each for each in activities if tells_of_generation(describe(each))]
    if made:
        generators = dict.fromkeys(name for each in made if (name := _agent(each)) is not None)
        yield Mark(
            kind="",
            says="synthetic" if len(made) == len(activities) else "mixed",
            statement=f"{key}: {label_of(made[0]) or 'an activity'}",
            generator=", ".join(generators) or None,
        )


def as_list(value: Any) -> list[Any]:
    """Return a value of JSON-LD as a list: one value stands for a list of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def describe(node: dict[str, Any]) -> str:
    """Put the texts of a node together, with those of the agents that it is associated with."""
    texts = [str(each) for key in _TEXTS for each in as_list(node.get(key))]
    for agent in as_list(node.get("prov:wasAssociatedWith")):
        if isinstance(agent, dict):
            texts += [str(each) for key in _TEXTS for each in as_list(agent.get(key))]
    return " ".join(texts)


def label_of(node: dict[str, Any]) -> str | None:
    """Return the name of a node, with its description."""
    name = next((str(node[key]) for key in _NAMES if node.get(key)), None)
    about = node.get("description") or node.get("sc:description")
    return f"{name}: {about}" if name and about else name or (str(about) if about else None)


def _agent(activity: dict[str, Any]) -> str | None:
    for agent in as_list(activity.get("prov:wasAssociatedWith")):
        if isinstance(agent, dict) and "SoftwareAgent" in str(agent.get("@type")):
            return next((str(agent[key]) for key in _NAMES if agent.get(key)), None)
    return None


def _truth(value: Any) -> bool | None:
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _is_about(stated: dict[str, Any], data: str) -> bool:
    """Whether a file names the data among its distribution, or names none and lies in the same folder."""
    named = []
    for each in as_list(stated.get("distribution"))[:10_000]:
        if isinstance(each, dict):
            named += [
                str(path).removeprefix("./") for key in ("contentUrl", "includes") for path in as_list(each.get(key))
            ]
    return any(fnmatchcase(data, each) for each in named) if named else "/" not in data
