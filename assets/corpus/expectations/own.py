"""A team's own suite of Great Expectations: read before anything runs, and each expectation that fails in words."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.errors import BadInput
from outcross.resources.gx_suite import Suite, Validation, faults_of, read_suite, run_suite
from outcross.resources.safe_text import one_line, shortened
from outcross.resources.typed_rows import for_users, shown_schema

GUARD = "expectations"
TRIED = 50
"""Rows of the anchor that a suite is tried on, to see that each expectation can be evaluated."""
_SHOWN, _LONGEST = 3, 60
_COLUMNS = ("column", "column_A", "column_B", "column_list", "column_set")


def load_suite(corpus: OpenCorpus) -> Suite | None:
    """Load the suite that the corpus file names, if it names one, and try it on rows of the anchor.

    Raises:
        BadInput: the file is missing or no suite, or an expectation cannot be evaluated on the corpus's columns.
    """
    path = corpus.settings.expectations
    if path is None:
        return None
    where = f"corpus '{corpus.name}': suite {Path(path).name!r}"
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{where} cannot be read ({error}); correct 'expectations' in the corpus file") from None
    suite = read_suite(text, where=where)
    _check_columns(suite, [column.name for column in shown_schema(corpus.schema).columns], where)
    shown = for_users(corpus.rows.select(corpus.schema.names).head(TRIED), corpus.schema)
    if faults := faults_of(_tried(json.dumps(suite, sort_keys=True), _Rows(corpus.name, shown))):
        raise BadInput(f"{where} cannot be evaluated on rows of the anchor: {'; '.join(faults)}; correct or remove it")
    return suite


def to_results(validation: Validation, *, blocking: bool) -> Iterator[GuardResult]:
    """Convert a validation to results for the ledger: each expectation that fails, or one that says that none does."""
    failed = [each for each in validation["results"] if not each["success"]]
    for each in failed:
        config, found = each["expectation_config"], each["result"]
        percent = found.get("unexpected_percent")
        yield GuardResult(
            guard=GUARD,
            metric=config["type"],
            group=_group(config["kwargs"]),
            value=None if percent is None else percent / 100,
            lower=None,
            upper=None if percent is None else round(1 - float(config["kwargs"].get("mostly") or 1.0), 9),
            passed=False,
            blocking=blocking,
            why=f"{describe(each)}; {GUARDS[GUARD].remedy}",
        )
    if not failed:
        yield GuardResult(
            guard=GUARD,
            metric="failed",
            group="",
            value=0.0,
            lower=None,
            upper=0.0,
            passed=True,
            blocking=blocking,
            why="",
        )


def describe(result: dict[str, Any]) -> str:
    """Describe in a sentence what an expectation did not find, with some of the unexpected values."""
    config, found = result["expectation_config"], result["result"]
    kwargs = config["kwargs"]
    subject = config["type"] + (f" of '{group}'" if (group := _group(kwargs)) else "")
    if faults := faults_of({"results": [result]}):
        return f"{subject} could not be evaluated: {faults[0]}"
    if "unexpected_count" not in found:
        observed = shortened(one_line(json.dumps(found.get("observed_value"), ensure_ascii=False)), 200)
        return f"{subject} found {observed}"
    most = 100 * (1 - float(kwargs.get("mostly") or 1.0))
    counted = [
        f"{shortened(one_line(json.dumps(each['value'], ensure_ascii=False)), _LONGEST)} ({each['count']:,})"
        for each in found.get("partial_unexpected_counts", [])[:_SHOWN]
    ]
    such = f", such as {', '.join(counted)}" if counted else ""
    return (
        f"{subject}: {found['unexpected_count']:,} of {found['element_count']:,} values are unexpected "
        f"({found['unexpected_percent']:.1f} %, allowed is {most:.4g} %){such}"
    )


def _group(kwargs: dict[str, Any]) -> str:
    named = [kwargs[name] for name in _COLUMNS if name in kwargs]
    return ", ".join(str(each) for value in named for each in (value if isinstance(value, list) else [value]))


def _check_columns(suite: Suite, known: list[str], where: str) -> None:
    for number, each in enumerate(suite["expectations"]):
        for name in ("column", "column_A", "column_B", "column_list"):
            value = each["kwargs"].get(name, [])
            for column in value if isinstance(value, list) else [value]:
                if column not in known:
                    raise BadInput(
                        f"{where}: expectation {number} ({each['type']}) names the column '{column}', which the corpus "
                        f"lacks; it has {', '.join(known)}"
                    )


class _Rows:
    """Rows by the name of their corpus, so that a suite is tried once a process."""

    def __init__(self, corpus: str, rows: Any) -> None:
        self.corpus, self.rows = corpus, rows

    def __hash__(self) -> int:
        return hash(self.corpus)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and other.corpus == self.corpus


@cache
def _tried(suite: str, rows: _Rows) -> Validation:
    return run_suite(json.loads(suite), rows.rows)
