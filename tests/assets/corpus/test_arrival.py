"""A file that is sent twice, or changes while it is sent: its copy is what was sent, under the id of its content."""

import dataclasses
from pathlib import Path

import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.intake.ingest import Outcome, Request, ingest
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import release
from outcross.resources.corpus_store import CorpusStore
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, start, take

ASK = Request(claims=CLAIMS["real"], by="test", at=AT)


@pytest.fixture
def corpus(tmp_path: Path) -> OpenCorpus:
    return start(tmp_path / "people")


@pytest.fixture
def sent(corpus: OpenCorpus, tmp_path: Path) -> Outcome:
    found = take(corpus, tmp_path / "march.parquet", mixed(corpus))
    assert found.version == 2
    return found


def test_a_file_sent_again_after_a_release_is_known_by_the_version_that_ingested_it(
    corpus: OpenCorpus, sent: Outcome, tmp_path: Path
) -> None:
    release(corpus, sent.batch, positions=[20], reason="looked at", by="anna", at=AT)
    again = ingest(corpus, tmp_path / "march.parquet", ASK)
    assert again == dataclasses.replace(sent, status="known", reasons=())


def test_sending_a_file_again_mends_a_copy_that_was_cut(corpus: OpenCorpus, sent: Outcome, tmp_path: Path) -> None:
    before = every_byte(corpus)
    copy = Path(corpus.files.location(f"batches/{sent.batch}/original.parquet"))
    copy.write_bytes(copy.read_bytes()[:-20])
    assert audit(corpus).problems
    assert ingest(corpus, tmp_path / "march.parquet", ASK).status == "known"
    assert every_byte(corpus) == before
    assert audit(corpus).problems == ()


class AppendingMeanwhile(CorpusStore):
    """A corpus's files; between the reading of a file's digest and its copy, somebody appends to the file."""

    def exists(self, path: str) -> bool:
        if "/original" in path:
            with self.arriving.open("ab") as file:
                file.write(b"one more line\n")
        return super().exists(path)

    arriving: Path


def test_a_file_that_is_appended_to_while_it_is_copied_is_refused_and_leaves_no_copy(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    file = tmp_path / "march.csv"
    file.write_text("wage,age,work,sex,y\n1.5,30,shop,f,no\n")
    meanwhile = AppendingMeanwhile(corpus.store, corpus.name)
    meanwhile.arriving = file
    before = set(corpus.files.list())
    found = ingest(dataclasses.replace(corpus, files=meanwhile), file, ASK)
    assert (found.status, found.version) == ("refused", None)
    assert found.reasons == ("file 'march.csv' changed while it was copied; send it again once it is complete",)
    (record,) = set(corpus.files.list()) - before
    assert record.startswith("refused/")
    assert ingest(corpus, file, ASK).batch, "it is taken once it no longer changes"
