"""How a dataset came to be, as OpenLineage run events: one COMPLETE event a step, one a line.

Datasets and jobs are in the namespace ``outcross``, under names that do not depend on where the store lies. What
OpenLineage has no term for is in facets of our own: ``outcross_composition``, the share and depth of synthetic rows,
and ``outcross_step``, the generator, its version, seeds and weights. Their schemas are next to this module.

Specification: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

import uuid
from typing import TYPE_CHECKING, Any

from outcross.assets.export import statements
from outcross.assets.export.description import Description, Entity, Step
from outcross.assets.export.format import Format
from outcross.resources.safe_text import to_json

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.guard_result import GuardResult

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
_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "decimal": "DECIMAL",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
    "duration": "INTERVAL",
    "text": "VARCHAR",
    "pixels": "UTINYINT[]",
}
_RUNS = uuid.UUID("6f1d3f0e-9c1b-5d55-8f1c-0a4b3e7d2c61")


def write(dataset: Description) -> str:
    """Write a dataset's events, one JSON object a line."""
    return "".join(to_json(event) + "\n" for event in events(dataset))


def events(dataset: Description) -> list[Node]:
    """A COMPLETE event for each step that led to the dataset, in order; the last has the dataset as its output."""
    return [_event(dataset, step) for step in dataset.steps]


def _event(dataset: Description, step: Step) -> Node:
    own = step.made is None
    output = _output(dataset) if step.made is None else _dataset(step.made)
    made = dataset.entity if step.made is None else step.made
    inputs = [_dataset(entity) for entity in step.used]
    if own and dataset.guards and inputs and dataset.guarded in (None, step.used[-1]):
        inputs[-1]["inputFacets"] = {"dataQualityAssertions": _assertions(dataset.guards)}
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


def _dataset(entity: Entity) -> Node:
    facets: Node = {"documentation": _facet("DocumentationDatasetFacet", description=entity.about)}
    if entity.version is not None:
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=entity.version)
    return {"namespace": NAMESPACE, "name": entity.name, "facets": facets}


def _output(dataset: Description) -> Node:
    node = _dataset(dataset.entity)
    files = [file for table in dataset.tables for file in table.files]
    sizes = [file.size for file in files if file.size is not None]
    size: Node = {"bytes": sum(sizes)} if len(sizes) == len(files) else {}
    rows = dataset.totals.rows
    node["facets"] |= {
        "documentation": _facet("DocumentationDatasetFacet", description=dataset.about),
        "schema": _facet("SchemaDatasetFacet", fields=_fields(dataset)),
        "dataQualityMetrics": _facet(
            "DataQualityMetricsDatasetFacet",
            rowCount=rows,
            fileCount=len(files),
            lastUpdated=dataset.at,
            columnMetrics={},
            **size,
        ),
        "outcross_composition": _composition(dataset),
    }
    node["outputFacets"] = {
        "outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", rowCount=dataset.rows_written)
    }
    return node


def _fields(dataset: Description) -> list[Node]:
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
        for table in dataset.tables
    ]
    if len(structs) == 1:
        return structs[0]
    return [
        {"name": table.name, "type": "STRUCT", "description": table.about, "fields": fields}
        for table, fields in zip(dataset.tables, structs, strict=True)
    ]


def _composition(dataset: Description) -> Node:
    """The facet that says what is synthetic, how deep, and what it may be."""
    sums, estimate = dataset.totals, dataset.estimated
    estimated = None
    if estimate is not None:
        estimated = {
            "share": estimate.share,
            "lower": estimate.lower,
            "upper": estimate.upper,
            "auc": estimate.auc,
            "decided": estimate.decided,
            "method": estimate.how,
        }
    return _own_facet(
        COMPOSITION_SCHEMA,
        rows=sums.rows,
        syntheticRows=sums.synthetic,
        undeclaredRows=sums.undeclared,
        hasSyntheticData=dataset.has_synthetic,
        syntheticShareDeclared=dataset.declared_share,
        syntheticShareEstimated=estimated,
        bound=dataset.bound,
        boundFrom=dataset.bound_from,
        withinBound=dataset.within_bound,
        deepest=sums.deepest,
        meanDepth=sums.mean_depth,
        counts=[
            {
                "origin": count.origin,
                "depth": count.depth,
                "generator": count.generator,
                "licence": count.licence,
                "rows": count.rows,
            }
            for count in dataset.counts
        ],
        files=[
            {"table": table.name, "path": file.path, "sha256": file.sha256, "rows": file.rows, "bytes": file.size}
            for table in dataset.tables
            for file in table.files
        ],
        summary=f"{statements.share(dataset)} {statements.bound(dataset)}",
    )


def _step_facet(step: Step) -> Node:
    return _own_facet(
        STEP_SCHEMA,
        by=step.by,
        facts=[{"name": name, "value": value} for name, value in step.facts],
    )


def _assertions(guards: "tuple[GuardResult, ...]") -> Node:
    """The guards as tests of the last input, which is what they looked at."""
    assertions = [_assertion(guard) for guard in guards if not guard.abstained]
    return _facet("DataQualityAssertionsDatasetFacet", assertions=assertions)


def _assertion(guard: "GuardResult") -> Node:
    node: Node = {
        "assertion": f"{guard.guard}.{guard.metric}",
        "success": guard.passed,
        "severity": "error" if guard.blocking else "warn",
        "name": f"{guard.guard}: {guard.metric}" + (f" of {guard.group}" if guard.group else ""),
        "expected": f"{_number(guard.lower, 'open')} to {_number(guard.upper, 'open')}",
        "actual": _number(guard.value, "not computed"),
    }
    return node | {"description": guard.why} if guard.why else node


def _number(number: float | None, otherwise: str) -> str:
    return otherwise if number is None else f"{number:.6g}"


def _facet(kind: str, **content: Any) -> Node:
    schema = f"{_SPEC}/facets/{_FACETS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": _producer(), "_schemaURL": schema, **content}


def _own_facet(schema: str, **content: Any) -> Node:
    return {"_producer": _producer(), "_schemaURL": schema, **content}


def _producer() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"urn:outcross:producer:{version('outcross')}"
    except PackageNotFoundError:
        return "urn:outcross:producer"


FORMAT = Format(
    name="openlineage",
    file_name="openlineage.jsonl",
    about="OpenLineage run events, one a line",
    write=write,
)
