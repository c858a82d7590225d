"""The versions of the code that makes and judges each thing: a thing made with another version is out of date.

Raise a version where the same input would give other bytes: that of a step here, of a metric or a guard where it is
declared, of a generator or a learner in its class.
"""

from collections.abc import Mapping
from typing import Any

from outcross.assets.metrics.contract import may_measure
from outcross.assets.metrics.registry import METRICS
from outcross.assets.study.health_bounds import GUARDS
from outcross.assets.study.study import Study
from outcross.resources.schema import Schema

FIRST = "1"
"""Version of what names none."""
STEPS: dict[str, str] = {"evaluation": "8"}
"""Thing → version of the step that makes it, and of the reader that keeps rows as they came (``carried``)."""
CODE, VERSIONS = "code_version", "versions"
"""Keys of provenance: the version of the step, and those of its parts that are not the first."""


def step_version(thing: str) -> str:
    """Return the version of the step that makes a thing."""
    return STEPS.get(thing, FIRST)


def part_versions(study: Study, thing: str, schema: Schema | None = None) -> dict[str, str]:
    """Return what a thing is made of → its version, for metrics and guards whose version is not the first.

    Args:
        study: its settings.
        thing: the thing.
        schema: the columns of its rows; None takes every metric that its generator's rows may be measured by.
    """
    if thing == "evaluation":
        found = {
            f"metric '{each.name}'": each.version
            for each in (*METRICS, *study.own_metrics)
            if (
                each.is_wanted(study.metrics, schema.modality) and each.is_defined_for(schema)
                if schema is not None
                else may_measure(study.metrics, each.name) and bool(each.modalities & study.generator.modalities)
            )
        }
    elif thing == "evaluation_checks":
        found = {f"guard '{each.vital}'": each.version for each in GUARDS}
    else:
        found = {}
    return {name: version for name, version in found.items() if version != FIRST}


def outdated_versions(thing: str, provenance: Mapping[str, Any], parts: Mapping[str, str]) -> list[str]:
    """Say which versions a thing was made with that are others now, a phrase each.

    Args:
        thing: the thing.
        provenance: what it says of its making.
        parts: the versions of its parts now, by :func:`part_versions`.
    """
    made, now = provenance.get(CODE, FIRST), step_version(thing)
    found = [] if made == now else [f"the step '{thing}' has version {now}, and it was made with {made}"]
    before: Mapping[str, str] = provenance.get(VERSIONS, {})
    for name in dict.fromkeys([*parts, *before]):
        was, version = before.get(name, FIRST), parts.get(name, FIRST)
        if was != version:
            found.append(f"{name} has version {version}, and it was made with {was}")
    return found
