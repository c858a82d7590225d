"""Steps of a corpus's jobs on their own: a file that goes while it is read, an anchor's version, a default."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outcross.assets.corpus.intake import ingest as intake
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.jobs.automation import anchor_definitions, corpus_definitions
from outcross.jobs.automation.inbox import Inbox
from outcross.jobs.automation.statement_asset import StatementConfig
from outcross.resources.store import Store
from tests.jobs.corpora import corpus, drop, new_rows


@pytest.mark.parametrize(("batch", "told"), [("", False), ("abc", True)])
def test_a_file_that_went_before_it_was_copied_is_no_batch_and_one_that_was_copied_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: str, told: bool
) -> None:
    people = corpus(tmp_path)
    drop(tmp_path / "inbox", "rows", new_rows(0, 20))
    key = next(iter(Inbox(str(tmp_path / "inbox")).files().values())).key

    def lose(anchored: Any, path: Path, request: Any, *, report: Any) -> Outcome:
        path.unlink()
        return Outcome(status="refused", batch=batch, file="rows")

    monkeypatch.setattr(intake, "ingest", lose)
    found = corpus_definitions._ingest(people, Store(tmp_path / "data"), key, by="test", log=str)
    assert (found is not None) == told


def test_an_anchor_has_another_data_version_where_it_or_what_was_accepted_is_another() -> None:
    def version(anchor: str, accepted: tuple[str, ...] = ()) -> Any:
        return SimpleNamespace(anchor=anchor, accepted=accepted)

    versions = (None, version("first"), version("second"), version("first", ("a level",)))
    found = [anchor_definitions._result({}, each).data_version for each in versions]
    assert len({each.value for each in found if each is not None}) == 4
    assert anchor_definitions._result({}, version("first")).data_version == found[1]


def test_a_statement_is_of_the_last_version_by_default() -> None:
    assert (StatementConfig().version or None) is None
