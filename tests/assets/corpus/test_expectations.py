"""Suites of Great Expectations: derived from the anchor, as its own engine evaluates them, and a team's own."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.expectations.batch_results import read_results
from outcross.assets.corpus.expectations.data_docs import write_docs
from outcross.assets.corpus.expectations.derived import derive_suite, find_format
from outcross.assets.corpus.expectations.evaluated import evaluate
from outcross.assets.corpus.expectations.own import to_results
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import import_great_expectations
from outcross.resources.gx_suite import run_suite
from outcross.resources.store import Store
from tests.assets.corpus.people import AT, ROLES, SETTINGS, take

OWN = {
    "name": "agreed",
    "expectations": [
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "work", "value_set": ["shop", "farm"]}},
        {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "age", "min_value": 30, "max_value": 60}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "day", "mostly": 0.5}},
    ],
}


def staff(rows: int, seed: int) -> pl.DataFrame:
    """Draw rows with a name of a column that is no identifier, an id, a code of one format, a date, nulls."""
    random = np.random.default_rng(seed)
    start = dt.date(2020, 1, 1)
    return pl.DataFrame(
        {
            "staff no.": random.permutation(10**6)[:rows],
            "code": [f"AB-{number:04d}" for number in random.integers(0, 10_000, rows)],
            "wage": random.lognormal(3, 0.5, rows),
            "age": pl.Series(random.integers(18, 70, rows)).scatter(np.arange(0, rows, 40), None),
            "work": random.choice(["shop", "farm"], rows),
            "full": random.choice([True, False], rows),
            "day": [start + dt.timedelta(days=int(days)) for days in random.integers(0, 900, rows)],
            "sex": random.choice(["f", "m"], rows),
            "y": random.choice(["no", "yes"], rows),
        }
    )


def start(folder: Path, **changes: Any) -> OpenCorpus:
    staff(400, 0).write_parquet(folder / "anchor.parquet")
    roles = ROLES | {"staff no.": "numeric", "code": "categorical"}
    source = {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": roles}
    settings = {"anchor": source, **SETTINGS, **changes}
    opened = Corpus.model_validate(settings, context={"base": folder})
    return open_corpus(opened, Store(folder / "data"), by="test", at=AT)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    return start(tmp_path_factory.mktemp("staff"))


def rounded(result: dict[str, Any]) -> Any:
    return json.loads(json.dumps(result), parse_float=lambda text: round(float(text), 9), parse_int=float)


def faulty() -> pl.DataFrame:
    rows = staff(60, 1)
    first = pl.int_range(pl.len()) < 5
    return rows.with_columns(
        pl.when(first).then(pl.lit(7)).otherwise("staff no.").alias("staff no."),
        pl.when(first).then(pl.lit("ab-1")).otherwise("code").alias("code"),
        pl.when(first).then(pl.col("wage") * 1_000).otherwise("wage").alias("wage"),
        pl.when(first).then(pl.lit("mine")).otherwise("work").alias("work"),
        pl.when(pl.int_range(pl.len()) < 20).then(None).otherwise("age").alias("age"),
    )


@pytest.mark.parametrize("rows", [faulty(), faulty().tail(1), faulty().with_columns(age=None)])
def test_the_derived_suite_gives_what_the_engine_of_great_expectations_gives(
    corpus: OpenCorpus, rows: pl.DataFrame
) -> None:
    suite, shown = derive_suite(corpus), rows.cast({"age": pl.Int64})
    own, theirs = evaluate(suite, shown, version="1"), run_suite(suite, shown)
    assert [each["success"] for each in own["results"]] == [each["success"] for each in theirs["results"]]
    for one, other in zip(own["results"], theirs["results"], strict=True):
        assert one["expectation_config"]["type"] == other["expectation_config"]["type"]
        wanted = {name: value for name, value in other["result"].items() if name != "details"}
        if one["expectation_config"]["type"] == "expect_column_values_to_not_be_null":
            del wanted["partial_unexpected_counts"], one["result"]["partial_unexpected_counts"]  # NaN is not NaN there
        if "partial_unexpected_counts" in wanted:  # equally common values are in no order there
            for result in (one["result"], wanted):
                result["partial_unexpected_counts"].sort(key=lambda each: (-each["count"], str(each["value"])))
        assert rounded(one["result"]) == rounded(wanted), one["expectation_config"]


def test_the_suite_says_what_the_columns_of_the_anchor_hold(corpus: OpenCorpus) -> None:
    suite = derive_suite(corpus)
    told = {(each["type"], each["kwargs"].get("column")): each["kwargs"] for each in suite["expectations"]}
    assert told["expect_column_values_to_be_in_set", "work"]["value_set"] == ["farm", "shop"]
    assert told["expect_column_values_to_be_in_set", "full"]["value_set"] == [False, True]
    assert told["expect_column_values_to_match_regex", "code"]["regex"] == "^(?:[A-Z]{2}\\-[0-9]{4})$"
    assert ("expect_column_values_to_be_unique", "staff no.") in told
    assert ("expect_column_values_to_be_unique", "wage") not in told
    assert told["expect_column_values_to_not_be_null", "age"]["mostly"] < 0.95
    assert told["expect_column_values_to_be_between", "wage"]["min_value"] == corpus.rows["wage"].min()
    assert find_format(pl.Series(["a1", "bb22", "c-3-4", "x", "1.5.6"])) is None


def test_great_expectations_reads_the_exported_suite(corpus: OpenCorpus, tmp_path: Path) -> None:
    text = json.dumps(derive_suite(corpus))
    gx = import_great_expectations()
    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    context.suites.add(gx.ExpectationSuite(**json.loads(text)))
    again = gx.get_context(mode="file", project_root_dir=tmp_path).suites.get(f"{corpus.name}_profile")
    assert len(again.expectations) == len(json.loads(text)["expectations"]) > 25


def write(folder: Path, suite: Any) -> None:
    (folder / "agreed.json").write_text(suite if isinstance(suite, str) else json.dumps(suite))


def test_a_batch_that_fails_a_teams_own_expectation_is_held_and_the_values_are_named(tmp_path: Path) -> None:
    write(tmp_path, OWN)
    corpus = start(tmp_path, expectations="agreed.json")
    rows = staff(40, 3)
    assert take(corpus, tmp_path / "clean.parquet", rows.tail(20)).status == "admitted"
    (passed,) = (each for each in read_version(corpus.files).guards if each.guard == "expectations")
    assert (passed.passed, passed.value) == (True, 0.0)
    mines = rows.head(20).with_columns(work=pl.when(pl.int_range(20) < 3).then(pl.lit("mine")).otherwise("work"))
    watching = start(tmp_path, expectations="agreed.json", guards={"expectations": {"mode": "observe"}}, mode=None)
    enforcing = start(tmp_path, expectations="agreed.json", guards={"expectations": {"mode": "enforce"}})
    held = take(enforcing, tmp_path / "mines.parquet", mines)
    (reason,) = held.reasons
    assert held.status == "held" and "expect_column_values_to_be_in_set of 'work': 3 of 20" in reason
    assert '(15.0 %, allowed is 0 %), such as "mine" (3); correct the rows' in reason
    assert audit(enforcing).problems == ()
    (results,) = read_results(enforcing, [held.batch])
    assert results.own is not None and len(results.failed) == 2, "the derived suite knows the level no more"
    others = mines.with_columns(pl.col("staff no.") + 1)
    seen = take(watching, tmp_path / "watched.parquet", others)
    assert any("of 'work': 3 of 20" in each for each in seen.observed)
    assert not any(reason.startswith("expectations") for reason in seen.reasons)
    page = write_docs(enforcing, tmp_path / "docs", last=2)
    pages = {path: path.read_text() for path in page.parent.rglob("*.html")}
    assert sum("mine" in text for text in pages.values()) >= 2
    assert not [text for text in pages.values() if re.search(r"""(?:src|<link[^>]*href)=["']https?:""", text)]
    assert all("default-src 'none'" in text for text in pages.values())
    links = re.findall(r'href="([^"]+html)"', pages[page])
    assert len(links) == len(pages) - 1, "the first page leads to every other without a script"
    assert all((page.parent / link).is_file() for link in links)


def changed(**changes: Any) -> dict[str, Any]:
    return {"name": "agreed", "expectations": [OWN["expectations"][0] | changes]}


@pytest.mark.parametrize(
    ("suite", "why"),
    [
        ("{", "is no JSON"),
        ([], "is no suite of Great Expectations 1"),
        ({"expectations": OWN["expectations"]}, "has no 'name'"),
        ({"name": "x", "expectations": []}, "has no expectation"),
        (changed(type="expect_nothing"), "expectation 0 (expect_nothing) is refused .*: expect_nothing not found"),
        (
            changed(kwargs={"colum": "work"}),
            "expectation 0 .* is refused by Great Expectations: .*column field required",
        ),
        (changed(kwargs={"column": "trade", "value_set": []}), "names the column 'trade', which the corpus lacks"),
        ({"name": "x", "expectations": [{"kwargs": {}}]}, "expectation 0 has no 'type'"),
        (
            {
                "name": "x",
                "expectations": [
                    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "work", "min_value": 1}}
                ],
            },
            "cannot be evaluated on rows of the anchor: expect_column_values_to_be_between",
        ),
    ],
)
def test_a_suite_that_cannot_be_used_is_refused_before_anything_is_read(
    corpus: OpenCorpus, tmp_path: Path, suite: Any, why: str
) -> None:
    write(tmp_path, suite)
    changes = {"expectations": str(tmp_path / "agreed.json")}
    broken = OpenCorpus(corpus.settings.model_copy(update=changes), corpus.store, corpus.files)
    before = corpus.files.list()
    with pytest.raises(BadInput, match=re.escape(why).replace(r"\.\*", ".*")):
        take(broken, tmp_path / "rows.parquet", staff(5, 4))
    assert (corpus.files.list(), len(numbers(corpus.files))) == (before, 1)


def test_a_suite_that_is_not_there_is_refused(corpus: OpenCorpus, tmp_path: Path) -> None:
    gone = corpus.settings.model_copy(update={"expectations": str(tmp_path / "gone.json")})
    with pytest.raises(BadInput, match=r"suite 'gone.json' cannot be read .*; correct 'expectations'"):
        take(OpenCorpus(gone, corpus.store, corpus.files), tmp_path / "rows.parquet", staff(5, 4))


def test_a_failed_expectation_is_kept_with_the_share_found_and_the_share_allowed(corpus: OpenCorpus) -> None:
    kwargs = {"column": "work", "value_set": ["shop"], "mostly": 0.9}
    suite = {"name": "agreed", "expectations": [{"type": "expect_column_values_to_be_in_set", "kwargs": kwargs}]}
    rows = pl.DataFrame({"work": ["shop"] * 3 + ["farm"]})
    (found,) = to_results(evaluate(suite, rows, version="1"), blocking=True)
    assert (found.value, found.upper, found.passed, found.blocking) == (0.25, 0.1, False, True)
