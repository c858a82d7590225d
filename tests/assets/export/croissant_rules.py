"""What the specification of Croissant 1.1 asks of a description, held to without its validator."""

import re
from collections.abc import Iterator
from typing import Any

REQUIRED = ("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished")
SCHEMA_ORG = {
    "name", "description", "version", "identifier", "url", "license", "creator", "datePublished", "dateCreated",
    "keywords", "additionalProperty", "distribution", "contentUrl", "contentSize", "encodingFormat", "sha256",
    "valueRequired",
}  # fmt: skip
RAI = {
    "hasSyntheticData", "dataCollection", "dataCollectionType", "dataPreprocessingProtocol", "dataBiases",
    "dataLimitations", "dataUseCases", "dataSocialImpact", "personalSensitiveInformation", "dataReleaseMaintenancePlan",
}  # fmt: skip
PROV = {
    "wasDerivedFrom", "wasGeneratedBy", "wasAttributedTo", "wasAssociatedWith", "used", "generated", "label",
    "endedAtTime",
}  # fmt: skip
TYPES = {"sc:Integer", "sc:Float", "sc:Text", "cr:UInt8", "cr:Label"}


def problems(document: dict[str, Any]) -> list[str]:
    """What is wrong with a description; empty where nothing is."""
    return [*_required(document), *_terms(document), *_ids(document), *_files(document), *_fields(document)]


def _required(document: dict[str, Any]) -> Iterator[str]:
    yield from (f"lacks {term}" for term in REQUIRED if term not in document)
    if document.get("@type") != "sc:Dataset":
        yield "is no Dataset"
    if "http://mlcommons.org/croissant/1.1" not in document.get("conformsTo", ()):
        yield "does not say that it conforms to Croissant 1.1"
    if not re.fullmatch(r"\d+\.\d+\.\d+(\+[0-9A-Za-z-]+)?", document.get("version", "")):
        yield f"version {document.get('version')!r} is not semantic"


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for key, each in value.items():
            if key != "@context":
                yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def _terms(document: dict[str, Any]) -> Iterator[str]:
    context = document["@context"]
    known = {"rai": RAI, "prov": PROV, "sc": {"value", "description", "version", "sha256"}}
    for node in _nodes(document):
        for term in node:
            prefix, _, name = term.partition(":")
            if term.startswith("@") or term in SCHEMA_ORG or term in context:
                continue
            if prefix not in context or name not in known.get(prefix, set()):
                yield f"term {term!r} is not known"


def _ids(document: dict[str, Any]) -> Iterator[str]:
    made, named = [], []
    for node in _nodes([document["distribution"], document["recordSet"]]):
        if "@id" in node:
            (made if "@type" in node else named).append(node["@id"])
    yield from (f"id {each!r} is given twice" for each in set(made) if made.count(each) > 1)
    yield from (f"id {each!r} leads nowhere" for each in set(named) - set(made))
    for node in _nodes(document):
        if not re.fullmatch(r"[!-~]+", node.get("@id", "x")):
            yield f"id {node['@id']!r} is no IRI"


def _files(document: dict[str, Any]) -> Iterator[str]:
    for node in document["distribution"]:
        if node["@type"] == "cr:FileSet":
            if not node["includes"]:
                yield "a file set includes nothing"
        elif not re.fullmatch(r"[0-9a-f]{64}", node["sha256"]) or not node["contentUrl"]:
            yield f"file {node['@id']} lacks its sha256 or its path"
        if node["encodingFormat"] != "application/x-parquet":
            yield f"file {node['@id']} is not said to be Parquet"


def _fields(document: dict[str, Any]) -> Iterator[str]:
    for table in document["recordSet"]:
        for field in table["field"]:
            kinds = field["dataType"] if isinstance(field["dataType"], list) else [field["dataType"]]
            if not set(kinds) <= TYPES:
                yield f"field {field['@id']} has types {kinds}"
            if not field["@id"].startswith(table["@id"] + "/") or "column" not in field["source"]["extract"]:
                yield f"field {field['@id']} does not say where it is from"
