"""The marks of a file of W3C PROV in JSON: what made the entity that stands for the data.

Specification: https://www.w3.org/submissions/prov-json/.
"""

import json
from collections.abc import Iterator
from typing import Any

from outcross.assets.corpus.marks.mark import Mark
from outcross.assets.corpus.marks.words import tells_of_generation

_MOST = 10_000


def read_prov(content: bytes, data: str, alone: bool) -> Iterator[Mark]:
    """Yield the marks of a file; the arguments are those of :func:`.dataset_card.read_card`.

    Raises:
        ValueError: it is no object of JSON.
    """
    stated = json.loads(content)
    if not isinstance(stated, dict):
        raise ValueError("it is no object")
    entity = _entity(stated, data, alone)
    if entity is None:
        return
    own = (stated.get("entity") or {}).get(entity) or {}
    activities = _related(stated, "wasGeneratedBy", "prov:entity", entity, "prov:activity")
    agents = [
        *(
            agent
            for each in activities
            for agent in _related(stated, "wasAssociatedWith", "prov:activity", each, "prov:agent")
        ),
        *_related(stated, "wasAttributedTo", "prov:entity", entity, "prov:agent"),
    ]
    told = {each: _describe(stated, "activity", each) for each in activities}
    told |= {each: _describe(stated, "agent", each) for each in agents}
    made = [name for name, text in told.items() if tells_of_generation(f"{name} {text}")]
    if tells_of_generation(" ".join(_texts(own.get("prov:type")))):
        yield Mark(
            kind="", says="synthetic", statement=f"entity {entity} is of type {', '.join(_texts(own['prov:type']))}"
        )
    elif made:
        names = [_label(stated, each) for each in agents if each in made or _is_software(stated, each)]
        statement = f"wasGeneratedBy {', '.join(activities) or made[0]}"
        yield Mark(kind="", says="synthetic", statement=statement, generator=", ".join(names) or None)


def _entity(stated: dict[str, Any], data: str, alone: bool) -> str | None:
    """Return the entity that stands for the data: the one with its name, or the only one that was generated."""
    entities = stated.get("entity") or {}
    name = data.rsplit("/", 1)[-1]
    for key, attributes in list(entities.items())[:_MOST]:
        texts = [text for each in (attributes or {}).values() for text in _texts(each)]
        if name and (_local(key) == name or any(text.rsplit("/", 1)[-1] == name for text in texts)):
            return str(key)
    made = {str(each.get("prov:entity")) for each in _relations(stated, "wasGeneratedBy")}
    return made.pop() if len(made) == 1 and (alone or len(entities) == 1) else None


def _relations(stated: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for each in list((stated.get(kind) or {}).values())[:_MOST]:
        found += [one for one in (each if isinstance(each, list) else [each]) if isinstance(one, dict)]
    return found


def _related(stated: dict[str, Any], kind: str, of: str, name: str, to: str) -> list[str]:
    return list(
        dict.fromkeys(str(each[to]) for each in _relations(stated, kind) if each.get(of) == name and to in each)
    )


def _describe(stated: dict[str, Any], kind: str, name: str) -> str:
    attributes = (stated.get(kind) or {}).get(name) or {}
    return " ".join(text for each in attributes.values() for text in _texts(each))


def _texts(value: Any) -> list[str]:
    """Return the texts of an attribute: a value, ``{"$": value}``, or a list of these."""
    listed = value if isinstance(value, list) else [value]
    return [str(each.get("$")) if isinstance(each, dict) else str(each) for each in listed if each is not None]


def _label(stated: dict[str, Any], agent: str) -> str:
    labels = _texts(((stated.get("agent") or {}).get(agent) or {}).get("prov:label"))
    return labels[0] if labels else _local(agent)


def _is_software(stated: dict[str, Any], agent: str) -> bool:
    return "SoftwareAgent" in _describe(stated, "agent", agent)


def _local(name: str) -> str:
    return str(name).rsplit(":", 1)[-1].rsplit("/", 1)[-1]
