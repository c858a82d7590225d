"""Suites of Great Expectations: read strictly, run on a frame by its own engine, and shown as its Data Docs.

A suite and a validation result are the JSON objects that Great Expectations itself reads and writes.
"""

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import import_great_expectations
from outcross.resources.staging import staging_folder
from outcross.resources.system_faults import unwritable

Suite = dict[str, Any]
"""``name``, ``expectations`` (each ``type``, ``kwargs``, ``meta``, ``severity``), ``meta``."""
Validation = dict[str, Any]
"""``success``, ``suite_name``, ``statistics``, ``results``: each ``success``, ``expectation_config``, ``result``."""
_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Validated:
    """A validation result to show in Data Docs.

    Attributes:
        batch: id of the batch.
        name: of the run, for people.
        at: when, ISO 8601.
        result: the validation result.
    """

    batch: str
    name: str
    at: str
    result: Validation


def read_suite(text: str, *, where: str) -> Suite:
    """Read a suite as Great Expectations writes it; its own class drops what it does not know, and this does not.

    Args:
        text: the JSON.
        where: the suite is, for errors.

    Raises:
        BadInput: it is no suite, or an expectation does not exist or has arguments that it does not take.
    """
    try:
        stated = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{where} is no JSON ({error}); save the suite again: suite.to_json_dict() as JSON") from None
    if not isinstance(stated, dict) or not isinstance(stated.get("expectations"), list):
        raise BadInput(
            f"{where} is no suite of Great Expectations 1: it needs 'name' and a list 'expectations'; save it as "
            "suite.to_json_dict()"
        )
    name = stated.get("name")
    if not isinstance(name, str) or not name:
        raise BadInput(f"{where} has no 'name'; give the suite one")
    if not stated["expectations"]:
        raise BadInput(f"{where} has no expectation; add one, or remove the key")
    read = [_read_expectation(each, f"{where}: expectation {n}") for n, each in enumerate(stated["expectations"])]
    return {"name": name, "id": None, "expectations": read, "meta": stated.get("meta") or {}, "notes": None}


def run_suite(suite: Suite, rows: pl.DataFrame) -> Validation:
    """Run a suite on rows by the pandas engine of Great Expectations: about 12 ms an expectation."""
    found = _batches().get_batch({"dataframe": rows.to_pandas()}).validate(_built(suite), result_format="SUMMARY")
    result: Validation = json.loads(json.dumps(found.to_json_dict(), default=str))
    for each in result["results"]:
        each["expectation_config"]["kwargs"].pop("batch_id", None)
    order = [_identity(each) for each in suite["expectations"]]
    result["results"].sort(key=lambda each: order.index(_identity(each["expectation_config"])))
    return result | {"id": None, "meta": {"great_expectations_version": result["meta"]["great_expectations_version"]}}


def faults_of(validation: Validation) -> list[str]:
    """List why expectations could not be evaluated."""
    found = []
    for each in validation["results"]:
        raised = each.get("exception_info") or {}
        nested = [info for info in raised.values() if isinstance(info, dict)] or [raised]
        found += [
            f"{each['expectation_config']['type']}: {str(info.get('exception_message'))[:_LONGEST]}"
            for info in nested
            if info.get("raised_exception")
        ]
    return found


def build_docs(suites: Iterable[Suite], validated: Sequence[Validated], folder: Path) -> Path:
    """Build Data Docs of suites and validation results in a folder, and return the path of their first page.

    The pages open without a network: what those of Great Expectations load from elsewhere, among it a picture that
    tells who looks, is left out.

    Raises:
        BadInput: the folder cannot be written.
    """
    gx = import_great_expectations()
    with staging_folder() as place:
        context = gx.get_context(mode="file", project_root_dir=str(place))
        context.variables.progress_bars = {"globally": False}
        for suite in suites:
            context.suites.add(_built(suite))
        for each in validated:
            context.validation_results_store.set(_key(each), _loaded(each.result))
        context.build_data_docs()
        site = place / "gx" / "uncommitted" / "data_docs" / "local_site"
        for page in site.rglob("*.html"):
            depth = len(page.relative_to(site).parts) - 1
            page.write_text(_offline(page.read_text(encoding="utf-8"), "../" * depth), encoding="utf-8")
        for unused in (site / "static" / "images").glob("*.gif"):
            unused.unlink()
        (site / "static" / "offline.css").write_bytes((files(__package__) / "gx_docs.css").read_bytes())
        try:
            shutil.copytree(site, folder, dirs_exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error, choose="another folder") from None
    return folder / "index.html"


def _read_expectation(stated: Any, where: str) -> dict[str, Any]:
    import_great_expectations()
    from great_expectations.exceptions.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    if not isinstance(stated, dict) or not isinstance(stated.get("type"), str):
        raise BadInput(f"{where} has no 'type'; state one, such as expect_column_values_to_not_be_null")
    kwargs, kind = stated.get("kwargs", {}), stated["type"]
    if not isinstance(kwargs, dict):
        raise BadInput(f"{where} ({kind[:100]}): 'kwargs' is no object; state its arguments by name")
    kwargs = {name: value for name, value in kwargs.items() if name != "batch_id"}
    kept = {name: stated[name] for name in ("meta", "severity") if stated.get(name)}
    try:
        built = ExpectationConfiguration(type=kind, kwargs=kwargs, **kept).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        why = " ".join(str(error).split())[:_LONGEST]
        raise BadInput(f"{where} ({kind[:100]}) is refused by Great Expectations: {why}; correct it") from None
    result: dict[str, Any] = json.loads(json.dumps(built.configuration.to_json_dict(), default=str))
    return result


def _built(suite: Suite) -> Any:
    return import_great_expectations().ExpectationSuite(
        name=suite["name"], expectations=[dict(each) for each in suite["expectations"]], meta=suite["meta"]
    )


@cache
def _batches() -> Any:
    context = import_great_expectations().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("outcross").add_dataframe_asset("batch")
    return asset.add_batch_definition_whole_dataframe("batch")


def _identity(config: dict[str, Any]) -> str:
    kwargs = {name: value for name, value in config["kwargs"].items() if name != "batch_id"}
    written = json.dumps([config["type"], kwargs], default=str)
    return json.dumps(json.loads(written, parse_int=float), sort_keys=True)  # 1 comes back as 1.0


def _loaded(result: Validation) -> Any:
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema

    return expectationSuiteValidationResultSchema.load(result)


def _key(each: Validated) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    named = re.sub(r"[^A-Za-z0-9._-]", "_", each.name)[:80] or "batch"
    return ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(each.result["suite_name"]),
        run_id=RunIdentifier(run_name=named, run_time=datetime.fromisoformat(each.at)),
        batch_identifier=each.batch,
    )


_REMOTE = re.compile(
    r"""<link\b[^>]*\bhref=["']https?:[^>]*>|<script\b[^>]*\bsrc=["']https?:[^>]*>\s*</script>"""
    r"""|<img\b[^>]*\bsrc=["']https?:[^>]*>""",
    re.IGNORECASE,
)
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file: data:; "
    "style-src 'self' file: 'unsafe-inline'; font-src 'self' file:\">"
)


def _offline(page: str, up: str) -> str:
    """Leave out what a page would load from elsewhere, forbid it to load any, and give it a style of its own."""
    head = f'<head>\n{_POLICY}\n<link rel="stylesheet" href="{up}static/offline.css">'
    return _REMOTE.sub("", page).replace("<head>", head, 1)
