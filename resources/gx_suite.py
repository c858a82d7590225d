"""Suites of Great Expectations: read strictly, and run on a frame by its own engine.

A suite and a validation result are the JSON objects that Great Expectations itself reads and writes.
"""

import json
from functools import cache
from typing import Any

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import import_great_expectations

Suite = dict[str, Any]
"""``name``, ``expectations`` (each ``type``, ``kwargs``, ``meta``, ``severity``), ``meta``."""
Validation = dict[str, Any]
"""``success``, ``suite_name``, ``statistics``, ``results``: each ``success``, ``expectation_config``, ``result``."""
_LONGEST = 300


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
    found = _batches().get_batch({"dataframe": rows.to_pandas()}).validate(built_suite(suite), result_format="SUMMARY")
    result: Validation = json.loads(json.dumps(found.to_json_dict(), default=str))
    for each in result["results"]:
        each["expectation_config"]["kwargs"].pop("batch_id", None)
    order = [_identity(each) for each in suite["expectations"]]
    result["results"].sort(key=lambda each: order.index(_identity(each["expectation_config"])))
    return result | {"id": None, "meta": {"great_expectations_version": result["meta"]["great_expectations_version"]}}


def built_suite(suite: Suite) -> Any:
    """Return a suite as an object of Great Expectations."""
    return import_great_expectations().ExpectationSuite(
        name=suite["name"], expectations=[dict(each) for each in suite["expectations"]], meta=suite["meta"]
    )


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
