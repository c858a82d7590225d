"""OpenLineage's own client: every event and facet is built again from the classes of its specification.

A key that a facet's class does not know, or an address of its schema that is not the class's, raises.
openlineage-python 1.54.0 (Apache-2.0) has no class for facets of our own, and their content is not looked at.
"""

import importlib
import json
import pkgutil
from typing import Any


def rebuild(path: str) -> tuple[int, set[str]]:
    """How many events there are, and the names of the facets of the specification that they use."""
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState

    known, used, count = _classes(), set(), 0

    def facets(content: dict[str, Any]) -> dict[str, Any]:
        return {key: facet(each) for key, each in content.items()}

    def facet(content: dict[str, Any]) -> Any:
        address, producer = content["_schemaURL"], content["_producer"]
        if address.startswith("urn:outcross:"):
            return known["DatasetFacet"](producer=producer)
        name = address.rsplit("/", 1)[-1]
        used.add(name)
        made = known[name](**_typed({k: v for k, v in content.items() if not k.startswith("_")}), producer=producer)
        if made._get_schema() != address:
            raise ValueError(f"{name} is at {made._get_schema()}, not at {address}")
        return made

    with open(path, encoding="utf-8") as lines:  # noqa: PTH123
        for line in lines:
            event = json.loads(line)
            run, job = event["run"], event["job"]
            RunEvent(
                eventType=RunState(event["eventType"]),
                eventTime=event["eventTime"],
                producer=event["producer"],
                run=Run(run["runId"], facets(run["facets"])),
                job=Job(job["namespace"], job["name"], facets(job["facets"])),
                inputs=[
                    InputDataset(
                        each["namespace"],
                        each["name"],
                        facets=facets(each["facets"]),
                        inputFacets=facets(each.get("inputFacets", {})),
                    )
                    for each in event["inputs"]
                ],
                outputs=[
                    OutputDataset(
                        each["namespace"],
                        each["name"],
                        facets=facets(each["facets"]),
                        outputFacets=facets(each.get("outputFacets", {})),
                    )
                    for each in event["outputs"]
                ],
            )
            count += 1
    return count, used


def _classes() -> dict[str, Any]:
    from openlineage.client import generated

    modules = [
        importlib.import_module(f"{generated.__name__}.{each.name}")
        for each in pkgutil.iter_modules(generated.__path__)
    ]
    return {name: value for module in modules for name, value in vars(module).items() if isinstance(value, type)}


def _typed(content: dict[str, Any]) -> dict[str, Any]:
    known = _classes()

    def fields(listed: list[dict[str, Any]]) -> list[Any]:
        made = known["SchemaDatasetFacetFields"]
        return [made(**{**each, "fields": fields(each.get("fields", []))}) for each in listed]

    if "fields" in content:
        return content | {"fields": fields(content["fields"])}
    if "assertions" in content:
        return content | {"assertions": [known["Assertion"](**each) for each in content["assertions"]]}
    return content
