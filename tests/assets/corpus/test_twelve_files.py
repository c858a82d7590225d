"""Twelve files of real people, from clean to broken: each has the right outcome for the right reason."""

import pytest
import yaml

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.store import Store
from tests.jobs.twelve import Arriving, Census, reasons_against

AT = "2026-01-01T12:00:00+00:00"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenCorpus, dict[str, tuple[Arriving, Outcome]]]:
    census, folder = Census(), tmp_path_factory.mktemp("census")
    settings = Corpus.model_validate(yaml.safe_load(census.corpus(folder).read_text()))
    corpus = open_corpus(settings, Store(folder / "data"), by="test", at=AT)
    found = {}
    for arriving in [*census.first_two(), *census.next_ten()]:
        outcome = ingest(corpus, arriving.put(folder), Request(claims={}, by="test", at=AT))
        found[arriving.name] = (arriving, outcome)
    return corpus, found


def test_each_file_has_the_right_outcome_for_the_right_reason(
    taken: tuple[OpenCorpus, dict[str, tuple[Arriving, Outcome]]],
) -> None:
    corpus, found = taken
    for arriving, outcome in found.values():
        reasons = list(outcome.reasons)
        if outcome.status != "refused":
            reasons = reasons_against(corpus, outcome.batch)
        arriving.check(outcome.status, rows=outcome.rows_in, held=outcome.rows_quarantined, reasons=reasons)


def test_rows_in_are_rows_admitted_and_rows_quarantined(
    taken: tuple[OpenCorpus, dict[str, tuple[Arriving, Outcome]]],
) -> None:
    corpus, found = taken
    for _, outcome in found.values():
        assert outcome.rows_in == outcome.rows_admitted + outcome.rows_quarantined
    last = read_version(corpus.files)
    assert last.rows == corpus.rows.height + sum(outcome.rows_admitted for _, outcome in found.values())
