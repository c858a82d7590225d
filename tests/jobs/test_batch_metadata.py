"""What the asset graph says of a batch that was ingested."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.ledger.ledger import append
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.jobs.automation.batch_metadata import describe_batch
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Store
from tests.assets.corpus.versions import FIRST, GUARDS, SECOND, after, part


def corpus_of(folder: Path, *versions: Version) -> OpenCorpus:
    settings = {"corpus": "adult", "anchor": {"kind": "digits"}, "bound": {"share": 1.0}}
    store = Store(folder)
    files = CorpusStore(store, "adult")
    for version in versions:
        append(files, version)
    return OpenCorpus(Corpus.model_validate(settings), store, files)


@pytest.fixture(scope="module")
def adult(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """A corpus whose ledger has an anchor without guards, and a batch with some."""
    return corpus_of(tmp_path_factory.mktemp("adult"), FIRST, SECOND)


@pytest.mark.parametrize("cause", [None, "9 of 10 rows have no <b>licence</b>"])
def test_a_cause_is_shown_where_there_is_one(adult: OpenCorpus, cause: str | None) -> None:
    shown, _ = describe_batch(adult, Outcome(status="held", batch="b", file="b.csv", cause=cause), check="guards")
    assert shown is not None
    assert ("cause" in shown) is (cause is not None)
    assert cause is None or ("9 of 10 rows" in str(shown["cause"].value) and "<b>" not in str(shown["cause"].value))


@pytest.mark.parametrize(("version", "guards"), [(None, 0), (1, 0), (2, len(GUARDS))])
def test_the_guards_of_a_batch_that_has_a_version_are_shown(
    adult: OpenCorpus, version: int | None, guards: int
) -> None:
    known = Outcome(status="known", batch="b", file="b.csv", version=version)
    _, check = describe_batch(adult, known, check="guards")
    assert ("vitals" in check.metadata) is (guards > 0)
    if guards:
        assert len(check.metadata["vitals"].records) == guards
        assert check.metadata["reasons"].value == "- drift: drift", "of those that block"


def test_rows_that_an_earlier_release_held_are_counted_by_guard(tmp_path: Path) -> None:
    held = part("batches/b2/quarantined-1.parquet", 2, "b2")
    corpus = corpus_of(tmp_path, FIRST, after(FIRST, held=held))
    path = Path(corpus.files.location(held.path))
    path.parent.mkdir(parents=True)
    reasons = [["range: 9 is above", "licence: none"], ["range: 8 is above"]]
    pl.DataFrame({"position": [0, 1], "raw": ["{}", "{}"], "reasons": reasons}, schema=QUARANTINE).write_parquet(path)
    shown, _ = describe_batch(corpus, Outcome(status="known", batch="b2", file="b.csv", version=2), check="guards")
    assert shown is not None
    first, second = str(shown["reasons"].value).split("\n")
    assert first.startswith("- range: 2 rows: ") and second.startswith("- licence: 1 rows: ")
