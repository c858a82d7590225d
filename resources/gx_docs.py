"""Data Docs of Great Expectations: pages of suites and validation results that open without a network."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from outcross.resources.guard_engine import import_great_expectations
from outcross.resources.gx_suite import Suite, Validation, built_suite
from outcross.resources.staging import staging_folder
from outcross.resources.system_faults import unwritable


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


def build_docs(title: str, suites: Sequence[Suite], validated: Sequence[Validated], folder: Path) -> Path:
    """Build Data Docs of suites and validation results in a folder, and return the path of their first page.

    The pages open without a network: what those of Great Expectations load from elsewhere, among it a picture that
    tells who looks, is left out. Its own first page is a script that fills in tables; here it is the tables. Pages of
    an earlier call in the same folder are removed.

    Args:
        title: of the first page.
        suites: the suites.
        validated: their results.
        folder: that the pages are written to.

    Raises:
        BadInput: the folder cannot be written.
    """
    gx = import_great_expectations()
    with staging_folder() as place:
        context = gx.get_context(mode="file", project_root_dir=str(place))
        context.variables.progress_bars = {"globally": False}
        for suite in suites:
            context.suites.add(built_suite(suite))
        for each in validated:
            context.validation_results_store.set(_key(each), _loaded(each))
        context.build_data_docs()
        site = place / "gx" / "uncommitted" / "data_docs" / "local_site"
        for page in site.rglob("*.html"):
            depth = len(page.relative_to(site).parts) - 1
            page.write_text(_offline(page.read_text(encoding="utf-8"), "../" * depth), encoding="utf-8")
        for unused in (site / "static" / "images").glob("*.gif"):
            unused.unlink()
        (site / _STYLE).write_bytes((files(__package__) / "gx_docs.css").read_bytes())
        (site / _FIRST).write_text(_index(title, suites, validated), encoding="utf-8")
        try:
            if (folder / _STYLE).exists():  # pages of an earlier call, to which no link leads any more
                for earlier in _FOLDERS:
                    shutil.rmtree(folder / earlier, ignore_errors=True)
            shutil.copytree(site, folder, dirs_exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error, choose="another folder") from None
    return folder / _FIRST


def _loaded(each: Validated) -> Any:
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema

    meta = each.result["meta"] | {"run_id": {"run_name": each.name, "run_time": each.at}}
    return expectationSuiteValidationResultSchema.load(each.result | {"meta": meta})


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


def _index(title: str, suites: Sequence[Suite], validated: Sequence[Validated]) -> str:
    """Write the first page: the results, the newest first and of those the failed, and the suites."""
    shown = sorted(validated, key=lambda each: bool(each.result["success"]))
    shown.sort(key=lambda each: datetime.fromisoformat(each.at), reverse=True)
    results = [
        (
            _PASSED if each.result["success"] else _FAILED,
            _link("/".join(["validations", *_key(each).to_tuple()]), each.result["suite_name"]),
            escape(each.name),
            f"{each.result['statistics']['unsuccessful_expectations']} of {len(each.result['results'])}",
            escape(each.at[:_MINUTE].replace("T", " ")),
        )
        for each in shown
    ]
    of_suites = [
        (
            _link("/".join(["expectations", *suite["name"].split(".")]), suite["name"]),
            escape(str(suite["meta"].get("notes") or "")),
            str(len(suite["expectations"])),
        )
        for suite in suites
    ]
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{_POLICY}',
            f'<title>{escape(title)}</title>\n<link rel="stylesheet" href="{_STYLE}">\n</head>\n<body>',
            f"<h1>{escape(title)}</h1>",
            _table("Validation results", ("Result", "Suite", "Of", "Failed expectations", "At"), results),
            _table("Expectation suites", ("Suite", "About", "Expectations"), of_suites),
            "</body>\n</html>\n",
        ]
    )


def _link(page: str, text: str) -> str:
    return f'<a href="{escape(quote(page))}.html">{escape(text)}</a>'


def _table(caption: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


_FIRST, _STYLE, _FOLDERS = "index.html", "static/offline.css", ("validations", "expectations")
_MINUTE = len("2026-03-01T12:00")
_PASSED = '<span class="text-success">✓ met</span>'
_FAILED = '<span class="text-danger">✗ failed</span>'
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
