"""How a dataset came to be, as OpenLineage run events: one COMPLETE event a step, one a line.

Datasets and jobs are in the namespace ``outcross``, under names that do not depend on where the store lies. What
OpenLineage has no words for is in facets of its own: ``outcross_composition``, the share and depth of synthetic rows,
and ``outcross_step``, the generator, its version, seeds and weights. Their schemas lie beside this module.

Specification: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

import uuid
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from outcross.assets.corpus.ledger.version import GuardResult
from outcross.assets.export import statements
from outcross.assets.export.description import Described, Entity, Step
from outcross.resources.safe_text import to_json

Node = dict[str, Any]

NAMESPACE = "outcross"
COMPOSITION_SCHEMA = "urn:outcross:schema:1-0-0:CompositionDatasetFacet"
STEP_SCHEMA = "urn:outcross:schema:1-0-0:StepRunFacet"
_SPEC = "https://openlineage.io/spec"
_RUN_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "SchemaDatasetFacet": "1-2-0",
    "DocumentationDatasetFacet": "1-1-0",
    "DatasetVersionDatasetFacet": "1-0-1",
    "DataQualityMetricsDatasetFacet": "1-0-1",
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "DocumentationJobFacet": "1-1-0",
    "JobTypeJobFacet": "2-0-4",
}
_TYPES = {"integer": "BIGINT", "float": "DOUBLE", "text": "VARCHAR", "pixels": "UTINYINT[]"}
_RUNS = uuid.UUID("6f1d3f0e-9c1b-5d55-8f1c-0a4b3e7d2c61")


def write(described: Described) -> str:
    """Write a dataset's events, one JSON object a line."""
    return "".join(to_json(event) + "\n" for event in events(described))


def events(described: Described) -> list[Node]:
    """A COMPLETE event for each step that led to the dataset, in order; the last has the dataset as its output."""
    return [_event(described, step) for step in described.steps]


def _event(described: Described, step: Step) -> Node:
    own = step.made is None
    output = _output(described) if step.made is None else _bare(step.made)
    made = described.entity if step.made is None else step.made
    inputs = [_bare(entity) for entity in step.used]
    if own and described.guards and inputs:
        inputs[-1]["inputFacets"] = {"dataQualityAssertions": _assertions(described.guards)}
    return {
        "eventType": "COMPLETE",
        "eventTime": step.at,
        "producer": _producer(),
        "schemaURL": _RUN_EVENT,
        "run": {"runId": _run_id(made, step), "facets": {"outcross_step": _step_facet(step)}},
        "job": {
            "namespace": NAMESPACE,
            "name": f"{made.name}.{step.name}",
            "facets": {
                "jobType": _facet("JobTypeJobFacet", processingType="BATCH", integration="OUTCROSS", jobType="TASK"),
                "documentation": _facet("DocumentationJobFacet", description=step.about),
            },
        },
        "inputs": inputs,
        "outputs": [output],
    }


def _run_id(made: Entity, step: Step) -> str:
    """The same run has the same id in every export; the same step done again has another."""
    return str(uuid.uuid5(_RUNS, to_json([made.urn, made.sha256, step.name, step.at])))


def _bare(entity: Entity) -> Node:
    facets: Node = {"documentation": _facet("DocumentationDatasetFacet", description=entity.about)}
    if entity.version is not None:
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=entity.version)
    return {"namespace": NAMESPACE, "name": entity.name, "facets": facets}


def _output(described: Described) -> Node:
    node = _bare(described.entity)
    files = [file for table in described.tables for file in table.files]
    sizes = [file.size for file in files if file.size is not None]
    size: Node = {"bytes": sum(sizes)} if len(sizes) == len(files) else {}
    rows = described.totals.rows
    node["facets"] |= {
        "documentation": _facet("DocumentationDatasetFacet", description=described.about),
        "schema": _facet("SchemaDatasetFacet", fields=_fields(described)),
        "dataQualityMetrics": _facet(
            "DataQualityMetricsDatasetFacet",
            rowCount=rows,
            fileCount=len(files),
            lastUpdated=described.at,
            columnMetrics={},
            **size,
        ),
        "outcross_composition": _composition(described),
    }
    node["outputFacets"] = {
        "outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", rowCount=described.rows_written)
    }
    return node


def _fields(described: Described) -> list[Node]:
    """The columns of the rows; where there are several tables, of each as a struct of its own."""
    structs = [
        [
            {
                "name": field.name,
                "type": _TYPES[field.kind] + ("" if field.nullable else " NOT NULL"),
                "description": field.about,
                "ordinal_position": position,
            }
            for position, field in enumerate(table.fields, start=1)
        ]
        for table in described.tables
    ]
    if len(structs) == 1:
        return structs[0]
    return [
        {"name": table.name, "type": "STRUCT", "description": table.about, "fields": fields}
        for table, fields in zip(described.tables, structs, strict=True)
    ]


def _composition(described: Described) -> Node:
    """The facet that says what is synthetic, how deep, and what it may be."""
    added, found = described.totals, described.estimated
    estimated = None
    if found is not None:
        estimated = {
            "share": found.share,
            "lower": found.lower,
            "upper": found.upper,
            "auc": found.auc,
            "decided": found.decided,
            "method": found.how,
        }
    return _own_facet(
        COMPOSITION_SCHEMA,
        rows=added.rows,
        syntheticRows=added.synthetic,
        undeclaredRows=added.undeclared,
        hasSyntheticData=described.has_synthetic,
        syntheticShareDeclared=described.declared_share,
        syntheticShareEstimated=estimated,
        bound=described.bound,
        boundFrom=described.bound_from,
        withinBound=described.within_bound,
        deepest=added.deepest,
        meanDepth=added.mean_depth,
        counts=[
            {
                "origin": count.origin,
                "depth": count.depth,
                "generator": count.generator,
                "licence": count.licence,
                "rows": count.rows,
            }
            for count in described.counts
        ],
        files=[
            {"table": table.name, "path": file.path, "sha256": file.sha256, "rows": file.rows, "bytes": file.size}
            for table in described.tables
            for file in table.files
        ],
        summary=f"{statements.share(described)} {statements.bound(described)}",
    )


def _step_facet(step: Step) -> Node:
    return _own_facet(
        STEP_SCHEMA,
        by=step.by,
        facts=[{"name": name, "value": value} for name, value in step.facts],
    )


def _assertions(guards: tuple[GuardResult, ...]) -> Node:
    """The guards as tests of the last input, which is what they looked at."""
    return _facet("DataQualityAssertionsDatasetFacet", assertions=[_assertion(guard) for guard in guards])


def _assertion(guard: GuardResult) -> Node:
    node: Node = {
        "assertion": f"{guard.guard}.{guard.metric}",
        "success": guard.passed,
        "severity": "error" if guard.blocking else "warn",
        "name": f"{guard.guard}: {guard.metric}" + (f" of {guard.group}" if guard.group else ""),
        "expected": f"{_spoken(guard.lower, 'open')} to {_spoken(guard.upper, 'open')}",
        "actual": _spoken(guard.value, "not computed"),
    }
    return node | {"description": guard.why} if guard.why else node


def _spoken(number: float | None, otherwise: str) -> str:
    return otherwise if number is None else f"{number:.6g}"


def _facet(kind: str, **content: Any) -> Node:
    schema = f"{_SPEC}/facets/{_FACETS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": _producer(), "_schemaURL": schema, **content}


def _own_facet(schema: str, **content: Any) -> Node:
    return {"_producer": _producer(), "_schemaURL": schema, **content}


def _producer() -> str:
    try:
        return f"urn:outcross:producer:{version('outcross')}"
    except PackageNotFoundError:
        return "urn:outcross:producer"
