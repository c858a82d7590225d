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
from outcross.jobs.running import failures
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


def test_a_bound_of_an_anchor_is_shown_with_six_digits_and_one_that_is_open_is_blank() -> None:
    assert [anchor_definitions._cell(each) for each in (None, 0.0, 1 / 3)] == ["", "0", "0.333333"]


@pytest.mark.parametrize(
    ("message", "told"),
    [("ValueError: no such column", "no such column"), (None, "no reason was given")],
)
def test_a_failed_step_is_told_with_its_root_cause(message: str | None, told: str) -> None:
    error = None if message is None else SimpleNamespace(message=f"{message}\n", cause=None)
    data = SimpleNamespace(user_failure_data=None, error=error)
    event: Any = SimpleNamespace(step_key="gen_00__model", step_failure_data=data)
    found = failures.describe(event)
    assert found.startswith("gen_00__model: ") and told in found
