"""A corpus of texts and one of pictures are renewed as one of tables is: batches pass, rows are erased, audits hold."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.renewal.renew import plan_renewal, renew
from outcross.assets.corpus.withdrawal.selection import Selector
from outcross.assets.corpus.withdrawal.withdraw import withdraw
from outcross.resources.store import Store
from tests.assets.corpus import pictures, texts
from tests.assets.corpus.custody import ASKED

pytestmark = pytest.mark.skipif(
    os.environ.get("OUTCROSS_FAULTS") != "all", reason="its profiles are fitted four times; `make faults` runs it"
)
AT = "2026-03-01T12:00:00+00:00"
CHANGES: dict[str, Any] = {"holdout": 0.3, "mode": "observe", "guards": {"undeclared_share": {"mode": "enforce"}}}


def reopen(folder: Path, kind: str) -> OpenCorpus:
    settings = texts.settings(folder, **CHANGES) if kind == "texts" else pictures.settings(folder, **CHANGES)
    return open_corpus(settings, Store(folder / "data"), by="test", at=AT)


def made(kind: str) -> Any:
    """Return rows of a generator that is told from real ones: texts backwards, pictures as their negatives."""
    if kind == "texts":
        return [" ".join(reversed(each.split(" "))) for each in texts.texts(150, 77)]
    rows = pictures.fresh(150, 0)
    return pictures.with_pixels(rows, 16 - pictures.pixels(rows))


def fresh(kind: str, part: int) -> Any:
    return texts.texts(120, 100 + part) if kind == "texts" else pictures.fresh(150, 1 + part)


@pytest.mark.parametrize("kind", ["texts", "pictures"])
def test_it_is_renewed_and_its_rows_can_be_erased_from_the_anchor(kind: str, tmp_path: Path) -> None:
    take: Callable[..., Any] = texts.take if kind == "texts" else pictures.take
    assert take(reopen(tmp_path, kind), tmp_path, made(kind), origin="synthetic", generator="mirror").rows_admitted
    for part in (0, 1):
        assert take(reopen(tmp_path, kind), tmp_path, fresh(kind, part)).rows_admitted
    corpus = reopen(tmp_path, kind)
    plan = plan_renewal(corpus)
    assert plan.shown.is_mixture and len(plan.batches) == 2
    version = renew(corpus, plan, reason="grown", by="test", at=AT)
    corpus = reopen(tmp_path, kind)
    assert corpus.rows.height == plan.anchor_rows[1] and set(plan.batches) < set(corpus.rows["batch_id"])
    assert take(corpus, tmp_path, fresh(kind, 2)).rows_admitted
    profiles = corpus.files.list(kind)
    assert any(f"{version.number:08d}" in path for path in profiles), "the profile of texts or pictures is its own"
    assert audit(reopen(tmp_path, kind), from_originals=True).problems == ()

    withdraw(reopen(tmp_path, kind), Selector(batch=plan.batches[0]), **ASKED, erase=True)
    corpus = reopen(tmp_path, kind)
    assert set(corpus.rows["batch_id"]) == {ANCHOR, plan.batches[1]}
    assert not any(f"{version.number:08d}" in path for path in corpus.files.list(kind))
    assert read_version(corpus.files).anchor != version.anchor
    assert isinstance(corpus.rows, pl.DataFrame) and audit(corpus, from_originals=True).problems == ()
