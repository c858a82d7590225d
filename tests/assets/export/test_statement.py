"""The statement: golden files, every number equal to SQL's, and answers name their entry or say that they have none."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from outcross.assets.corpus.ledger.ledger import numbers, version_path
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.export import FORMATS
from outcross.assets.export.batches import describe_corpus
from outcross.resources.errors import BadInput
from outcross.resources.warehouse import query
from tests.assets.export.statements_text import CORPORA, HERE, build, write


@pytest.fixture(scope="module", params=list(CORPORA))
def stated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    return build(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize(("form", "suffix"), [("statement", "md"), ("statement-json", "json")])
def test_the_statement_is_the_golden_one(stated: OpenCorpus, form: str, suffix: str) -> None:
    assert write(stated, form) == (HERE / f"{stated.name}.{suffix}").read_text(encoding="utf-8")


def fields(corpus: OpenCorpus) -> dict[str, Any]:
    said = json.loads(FORMATS["statement-json"].write(describe_corpus(corpus, with_statement=True)))
    return {each["field"]: each for section in said["sections"] for each in section["fields"]}


def test_every_number_is_that_of_sql(stated: OpenCorpus) -> None:
    found, last = fields(stated), numbers(stated.files)[-1]

    def sql(text: str) -> list[tuple[Any, ...]]:
        return query(stated.store, text).rows()

    rows = sql(
        "select origin, batch = 'anchor', generator, generator_version, count(*), count(consent) "
        f"from corpus_{stated.name}.rows where version = {last} group by all"
    )
    total, share, bound, parts, lower = sql(
        "select rows, declared_share, bound, (select list(path) from ledger_parts as part where part.version = "
        f"ledger.version and kind = 'rows'), (select max(lower_95) from verdicts) from ledger where version = {last}"
    )[0]
    kinds = found["rows and stored bytes by kind of source"]["value"]
    assert found["number of data points"]["value"] == total == sum(each["rows"] for each in kinds)
    assert found["declared synthetic share"]["value"] == share
    for each in kinds:
        is_anchor = each["place"] == "anchor"
        assert each["rows"] == sum(row[4] for row in rows if row[:2] == (each["origin"], is_anchor))
    sizes = duckdb.sql(f"select sum(size) from read_blob({[stated.files.location(path) for path in parts]})")
    assert sum(each["bytes"] for each in kinds) == sizes.fetchall()[0][0]
    named = found["models that generated rows, by name and version"]["value"]
    told = [] if isinstance(named, str) else [(e["generator"], e["generator_version"], e["rows"]) for e in named]
    assert told == [row[2:5] for row in rows if row[0] == "synthetic"]
    assert found["rows that state consent or terms of their source"]["value"] == sum(row[5] for row in rows)
    verdicts = found["evidence on feedback loops: verdicts of the studies that the corpus names"]["value"]
    if stated.name == "mixed":
        assert [each["lower_95"] for each in verdicts] == [lower] == [bound]
    readings = sql(
        "select guard, value from guard_results where guard in ('repeats', 'entropy', 'rare_survival') and version = "
        f"{last} and metric not in ('not_looked_into', 'too_few_rows') and value is not null order by all"
    )
    diversity = found["diversity of the last admitted batch against the anchor"]["value"]
    assert sorted((each["guard"], each["value"]) for each in diversity) == readings


def test_each_answer_names_an_entry_of_the_ledger_or_says_that_nothing_is_recorded(stated: OpenCorpus) -> None:
    known = [{"version": n, "sha256": stated.files.digest(version_path(n))} for n in numbers(stated.files)]

    def wrong() -> Iterator[str]:
        for name, each in fields(stated).items():
            entry, value = each["from"], each["value"]
            if (value is None) != (entry == "not recorded") or (value is not None and entry not in known):
                yield name

    assert list(wrong()) == []


def test_names_of_others_cannot_break_the_page(stated: OpenCorpus) -> None:
    page = FORMATS["statement"].write(describe_corpus(stated, with_statement=True))
    assert ("copula\\|\\*" in page) == (stated.name == "mixed")
    tables = [line for line in page.splitlines() if line.startswith("| copula")]
    assert all(line.replace("\\|", "").count("|") == 6 for line in tables)


def test_a_study_has_no_statement() -> None:
    from tests.assets.export.exports import tame

    for form in ("statement", "statement-json"):
        with pytest.raises(BadInput, match="no ledger to state"):
            FORMATS[form].write(tame())
