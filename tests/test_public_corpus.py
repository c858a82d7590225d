"""``outcross.open_corpus``: what the commands about a corpus do, from Python."""

from pathlib import Path

import polars as pl
import pytest

import outcross as oc
from tests.assets.corpus.people import CLAIMS, ROLES, SETTINGS, people


@pytest.fixture
def corpus(tmp_path: Path) -> oc.OpenCorpus:
    people(400, 0).write_parquet(tmp_path / "anchor.parquet")
    source = {"kind": "files", "path": str(tmp_path / "anchor.parquet"), "columns": ROLES}
    return oc.open_corpus({"anchor": source, **SETTINGS}, root=tmp_path / "data")


def test_a_corpus_takes_frames_and_files_in_and_shows_what_it_holds(corpus: oc.OpenCorpus, tmp_path: Path) -> None:
    first = corpus.rows().height
    arrived = people(60, 1)
    told = corpus.ingest(pl.concat([arrived, arrived[:5]]), name="march", **CLAIMS["real"])
    assert (told.status, told.rows_in, told.rows_admitted) == ("partly admitted", 65, 60)
    arrived.to_pandas().to_csv(tmp_path / "april.csv", index=False)
    again = corpus.ingest(tmp_path / "april.csv", **CLAIMS["real"])
    assert again.rows_admitted == 0

    assert corpus.rows().height == first + 60
    assert corpus.rows(1).height == first
    assert corpus.rows().filter(batch_id=told.batch)["licence"].unique().to_list() == ["CC0-1.0"]
    versions = corpus.versions()
    assert versions.select("number", "action", "reason", "rows").rows()[1] == (
        2,
        "ingest",
        "file march.parquet",
        first + 60,
    )
    assert versions["number"].to_list() == [version.number for version in corpus.ledger()]
    assert f"version {versions.height}: {first + 60} rows, 0.0% synthetic (at most 30.0%)" in repr(corpus)


def test_rows_that_wait_are_listed_and_released_or_rejected(corpus: oc.OpenCorpus) -> None:
    batch = corpus.ingest(pl.concat([people(50, 2), people(50, 2)[:4]]), **CLAIMS["real"]).batch
    waiting = corpus.quarantine()
    assert waiting.select("batch", "rows").rows() == [(batch, 4)]
    assert waiting["reasons"].to_list() == [[{"guard": "duplicates", "rows": 4}]]
    rows = corpus.quarantine(batch)
    assert rows.height == 4 and corpus.quarantine(batch, limit=3).equals(rows[:3])
    one = rows["position"][0]
    released = corpus.release(batch, reason="people may answer alike", rows=[one])
    assert (released.action, released.rows_admitted) == ("release", 1)
    corpus.reject(batch, reason="sent twice", guards=["duplicates"])
    assert corpus.quarantine().is_empty() and corpus.quarantine().schema == waiting.schema
    with pytest.raises(oc.BadInput):
        corpus.release("0" * 16, reason="none such")


def test_a_share_is_estimated_and_nothing_is_taken_in(corpus: oc.OpenCorpus) -> None:
    made = people(40, 3).with_columns(provenance_origin=pl.lit("synthetic"))
    found = corpus.estimate(made)
    assert found.rows == 40 and found.found.declared == 40 and found.interval[0] == 1.0
    assert corpus.versions().height == 1


def test_claims_and_names_that_cannot_be_used_are_refused_and_unreadable_files_are_kept(
    corpus: oc.OpenCorpus, tmp_path: Path
) -> None:
    with pytest.raises(oc.BadInput, match="provenance 'given': license"):
        corpus.ingest(people(5, 4), license="CC0-1.0")
    with pytest.raises(oc.BadInput, match="which names no file"):
        corpus.ingest(people(5, 4), name="../march")
    assert corpus.versions().height == 1
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")
    assert corpus.ingest(tmp_path / "broken.parquet").status == "refused"
    assert corpus.refused()["file"].to_list() == ["broken.parquet"]
    with pytest.raises(oc.BadInput, match="no corpus is named 'unheard-of'"):
        oc.open_corpus("unheard-of", root=tmp_path)
    with pytest.raises(oc.BadInput, match=r"the settings: not a usable corpus\n  anchor: is missing"):
        oc.open_corpus(SETTINGS, root=tmp_path)


def test_rows_are_withdrawn_and_declared_anew_and_what_rests_on_them_is_listed(
    corpus: oc.OpenCorpus, tmp_path: Path
) -> None:
    march = corpus.ingest(people(20, 5), name="march", **CLAIMS["real"]).batch
    april = corpus.ingest(people(15, 6), name="april", **CLAIMS["real"]).batch
    found = corpus.descendants(batch="march.parquet")
    assert found.select("kind", "name", "rows").rows() == [("version", f"people:{each}", 20) for each in (2, 3)]
    people(20, 5)[:2].write_parquet(tmp_path / "asked.parquet")
    assert corpus.plan_withdrawal(rows=tmp_path / "asked.parquet", erase=True).rows == 2
    before = corpus.rows().height
    assert corpus.withdraw(rows=tmp_path / "asked.parquet", reason="asked", erase=True).rows == before - 2
    corpus.withdraw(batch=march[:6], reason="consent was void")
    assert corpus.descendants(withdrawal=5)["rows"].max() == 18
    assert corpus.decide(5, reason="nothing rests on it").withdrawals[-1].decided == 6
    planned = corpus.declare(april, origin="synthetic", generator="vendor", reason="they say so", dry_run=True)
    assert corpus.declare(april, origin="synthetic", generator="vendor", reason="they say so").counts == planned.counts
    with pytest.raises(oc.BadInput, match="'withdrawal' names the rows of a version"):
        corpus.descendants(batch=april, withdrawal=5)
    with pytest.raises(oc.BadInput, match="provenance 'given': license"):
        corpus.declare(april, license="x", reason="they say so")


def test_a_change_is_accepted_and_an_anchor_that_cannot_be_renewed_is_refused(corpus: oc.OpenCorpus) -> None:
    corpus.ingest(people(60, 5), name="march", **CLAIMS["real"])
    accepted = corpus.accept_change("level", "work=gig", reason="since May")
    assert [each.describe() for each in accepted.accepted] == ["level work=gig"]
    for ask in (corpus.plan_renewal, lambda **how: corpus.renew_anchor(reason="moved", **how)):
        with pytest.raises(oc.BadInput, match="no generator is known"):
            ask(last=1)
