"""A dataset as Croissant 1.1 (JSON-LD), with the responsible-AI terms and the provenance of PROV-O.

Croissant has no term for a synthetic share, a depth or a column that may be null. The first two are given as
``additionalProperty`` (schema.org) next to ``rai:hasSyntheticData``, the last as ``valueRequired`` (schema.org) of a
field. Paths of files are relative to the folder of the corpus or the study, where this description belongs.

Specification: http://mlcommons.org/croissant/1.1, http://mlcommons.org/croissant/RAI/1.0, https://www.w3.org/TR/prov-o/.
"""

from typing import Any
from urllib.parse import quote

from outcross.assets.export import statements
from outcross.assets.export.description import Description, Entity, Field, File, Step, Table
from outcross.assets.export.format import Format
from outcross.assets.export.licences import licence_url
from outcross.resources.safe_text import to_json

Node = dict[str, Any]

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_PARQUET = "application/x-parquet"
_TYPES = {"integer": "sc:Integer", "float": "sc:Float", "text": "sc:Text", "pixels": "cr:UInt8"}
CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{
        term: f"cr:{term}"
        for term in (
            "annotation",
            "arrayShape",
            "citeAs",
            "column",
            "containedIn",
            "equivalentProperty",
            "excludes",
            "extract",
            "field",
            "fileObject",
            "fileProperty",
            "fileSet",
            "format",
            "includes",
            "isArray",
            "isLiveDataset",
            "jsonPath",
            "key",
            "md5",
            "parentField",
            "path",
            "readLines",
            "recordSet",
            "references",
            "regex",
            "repeated",
            "replace",
            "samplingRate",
            "sdVersion",
            "separator",
            "source",
            "subField",
            "transform",
            "unArchive",
            "value",
        )
    },
}
"""The specification's own context (its appendix 1), and what its validator expects besides."""


def write(dataset: Description) -> str:
    """Describe a dataset in Croissant 1.1."""
    return to_json(document(dataset), indent=2) + "\n"


def document(dataset: Description) -> Node:
    """The description as plain JSON values."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": dataset.title,
        "description": dataset.about,
        "conformsTo": list(CONFORMS_TO),
        "version": _version(dataset.entity),
        "identifier": dataset.entity.urn,
        "url": dataset.url or dataset.entity.urn,
        "citeAs": f"{dataset.by}: {dataset.title} ({dataset.at}). {dataset.entity.urn}",
        "license": [_licence(each) for each in dataset.licences] or [_named("CreativeWork", "unknown")],
        "creator": _named("Organization", dataset.by),
        "datePublished": dataset.at,
        "dateCreated": dataset.at,
        "isLiveDataset": False,
        "keywords": _keywords(dataset),
        **_responsible_ai(dataset),
        "additionalProperty": _composition(dataset),
        "prov:wasDerivedFrom": [_entity(each) for each in dataset.sources],
        "prov:wasGeneratedBy": [*_other_generators(dataset), *(_activity(step) for step in dataset.steps)],
        "prov:wasAttributedTo": {"@type": "prov:Agent", "prov:label": dataset.by},
        "distribution": [node for table in dataset.tables for node in _distribution(table)],
        "recordSet": [_record_set(table) for table in dataset.tables],
    }


def _version(entity: Entity) -> str:
    """A version by number is a major version: rows of the one before may be gone. A hash is a build of version 1."""
    if entity.version is None or not entity.version.isdecimal():
        return f"1.0.0+{entity.version}" if entity.version else "1.0.0"
    return f"{int(entity.version)}.0.0"


def _licence(licence: str) -> Node | str:
    return licence_url(licence) or _named("CreativeWork", licence)


def _named(kind: str, name: str) -> Node:
    return {"@type": f"sc:{kind}", "name": name}


def _keywords(dataset: Description) -> list[str]:
    synthetic = ["synthetic data"] if dataset.has_synthetic else []
    return [*synthetic, dataset.modality, *(f"generator: {name}" for name in dataset.generators)]


def _responsible_ai(dataset: Description) -> Node:
    terms: Node = {
        "rai:hasSyntheticData": dataset.has_synthetic,
        "rai:dataCollection": " ".join([statements.share(dataset), statements.depth(dataset)]),
        "rai:dataCollectionType": ["Others (generated by models)"] if dataset.has_synthetic else None,
        "rai:dataPreprocessingProtocol": [statements.guards(dataset), *statements.history(dataset)],
        "rai:dataBiases": statements.biases(dataset),
        "rai:dataLimitations": statements.limits(dataset),
        "rai:dataUseCases": [f"Training. {statements.bound(dataset)}"],
        "rai:dataSocialImpact": statements.social_impact(dataset),
        "rai:personalSensitiveInformation": [f"column '{name}' names a group of people" for name in dataset.sensitive],
        "rai:dataReleaseMaintenancePlan": (
            "A version never changes once it is written; additions and removals make a new one, which names its parent."
        ),
    }
    return {term: value for term, value in terms.items() if value not in (None, [])}


def _composition(dataset: Description) -> list[Node]:
    """Share, depth and what made the rows, as numbers."""
    sums, estimate = dataset.totals, dataset.estimated
    numbers: dict[str, Any] = {
        "rows": sums.rows,
        "synthetic rows": sums.synthetic,
        "synthetic share, declared": dataset.declared_share,
    }
    if estimate is not None:
        numbers |= {
            "synthetic share, estimated": estimate.share,
            "synthetic share, estimated, lower 95 % limit": estimate.lower,
            "synthetic share, estimated, upper 95 % limit": estimate.upper,
            "synthetic share, estimated, decided": estimate.decided,
        }
    if dataset.bound is not None:
        numbers["synthetic share, bound"] = dataset.bound
    if sums.deepest is not None:
        numbers |= {"depth, deepest": sums.deepest, "depth, mean": sums.mean_depth}
    numbers |= {f"rows of origin {origin}": rows for origin, rows in sums.by_origin.items()}
    numbers |= {f"rows of {statements.depth_name(depth)}": rows for depth, rows in sums.by_depth.items()}
    numbers |= {f"rows by generator {name}": rows for name, rows in sums.by_generator.items()}
    return [_property(name, value) for name, value in numbers.items()]


def _property(name: str, value: Any) -> Node:
    return {"@type": "sc:PropertyValue", "name": name, "sc:value": value}


def _entity(entity: Entity) -> Node:
    node: Node = {"@id": entity.urn, "@type": "prov:Entity", "prov:label": entity.name, "sc:description": entity.about}
    if entity.version is not None:
        node["sc:version"] = entity.version
    if entity.sha256 is not None:
        node["sc:sha256"] = entity.sha256
    if entity.made_by is not None:
        node["prov:wasAttributedTo"] = {"@type": "prov:SoftwareAgent", "prov:label": entity.made_by}
    return node


def _activity(step: Step) -> Node:
    node: Node = {
        "@type": "prov:Activity",
        "prov:label": step.name,
        "sc:description": step.about,
        "prov:endedAtTime": step.at,
        "prov:wasAssociatedWith": {"@type": "prov:Agent", "prov:label": step.by},
        "prov:used": [_entity(each) for each in step.used],
        "additionalProperty": [_property(name, value) for name, value in step.facts],
    }
    if step.made is not None:
        node["prov:generated"] = _entity(step.made)
    return {name: value for name, value in node.items() if value != []}


def _other_generators(dataset: Description) -> list[Node]:
    """Generators that no step names: it is known that they made rows, and nothing more."""
    named = {value for step in dataset.steps for name, value in step.facts if name == "generator"}
    return [
        {
            "@type": "prov:Activity",
            "prov:label": "sample",
            "sc:description": f"{rows:,} rows were generated; seeds and weights are not on record",
            "prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "prov:label": name},
        }
        for name, rows in dataset.generators.items()
        if name not in named
    ]


def _distribution(table: Table) -> list[Node]:
    files = [_file_object(file) for file in table.files]
    if len(files) == 1:
        return files
    file_set = {
        "@type": "cr:FileSet",
        "@id": _source_id(table),
        "name": table.name,
        "description": table.about,
        "encodingFormat": _PARQUET,
        "includes": [file.path for file in table.files],
    }
    return [*files, file_set]


def _file_object(file: File) -> Node:
    node: Node = {
        "@type": "cr:FileObject",
        "@id": _file_id(file),
        "name": file.path.rsplit("/", 1)[-1],
        "description": f"{file.rows:,} rows: {file.about}",
        "contentUrl": file.path,
        "encodingFormat": _PARQUET,
        "sha256": file.sha256,
    }
    if file.size is not None:
        node["contentSize"] = f"{file.size} B"
    return node


def _record_set(table: Table) -> Node:
    node: Node = {
        "@type": "cr:RecordSet",
        "@id": f"tables/{table.name}",
        "name": table.name,
        "description": f"{table.about} ({table.rows:,} rows)",
        "key": [{"@id": _field_id(table, name)} for name in table.key],
        "field": [_field(table, field) for field in table.fields],
    }
    return {name: value for name, value in node.items() if value != []}


def _field(table: Table, field: Field) -> Node:
    kind = _TYPES[field.kind]
    source = (
        {"fileObject": {"@id": _source_id(table)}} if len(table.files) == 1 else {"fileSet": {"@id": _source_id(table)}}
    )
    node: Node = {
        "@type": "cr:Field",
        "@id": _field_id(table, field.name),
        "name": field.name,
        "description": f"{field.about}; {'may be missing' if field.nullable else 'never missing'}",
        "dataType": [kind, "cr:Label"] if field.is_label else kind,
        "valueRequired": not field.nullable,
        "source": source | {"extract": {"column": field.name}},
    }
    if field.shape:
        node |= {"isArray": True, "arrayShape": str(field.shape[0] * field.shape[1])}
    return node


def _source_id(table: Table) -> str:
    return _file_id(table.files[0]) if len(table.files) == 1 else f"filesets/{table.name}"


def _file_id(file: File) -> str:
    return f"files/{quote(file.path, safe='/=')}"


def _field_id(table: Table, name: str) -> str:
    return f"tables/{table.name}/{quote(name.encode('utf-8', 'replace'), safe='')}"


FORMAT = Format(
    name="croissant",
    file_name="croissant.json",
    about="Croissant 1.1 with responsible-AI and PROV-O terms",
    write=write,
)
