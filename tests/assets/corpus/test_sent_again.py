"""A file that is sent again with another declaration: what was held is judged anew, what was admitted is said."""

from pathlib import Path

import polars as pl

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.quarantine.quarantine import list_quarantine
from tests.assets.corpus.people import part_rows, people, start, take


def test_a_held_batch_that_is_declared_otherwise_now_is_judged_anew(tmp_path: Path) -> None:
    corpus, rows = start(tmp_path / "people"), people(30, 1)
    held = take(corpus, tmp_path / "march.parquet", rows, licence="ours")
    assert (held.status, held.rows_quarantined) == ("held", 30)
    assert take(corpus, tmp_path / "again.parquet", rows, licence="ours").status == "known"
    still = take(corpus, tmp_path / "march.parquet", rows, licence="theirs")
    assert (still.status, still.version) == ("held", held.version)
    assert any("theirs" in reason or "licence" in reason for reason in (*still.reasons, *still.held_rows))

    right = take(corpus, tmp_path / "march.parquet", rows)
    assert (right.status, right.rows_admitted) == ("admitted", 30), right
    version = read_version(corpus.files)
    assert (version.action, version.rows_in, version.rows_quarantined) == ("release", 30, 0)
    assert version.reason == "file march.parquet sent again: it passes as it is declared now"
    assert part_rows(corpus, version)["licence"].unique().to_list() == ["CC0-1.0"]
    assert version.parts[-1].path.startswith(f"batches/{right.batch}/released-again-{version.number}-")
    assert list_quarantine(corpus) == []
    assert take(corpus, tmp_path / "march.parquet", rows, licence="theirs").status == "known", "it was decided"
    assert audit(corpus, from_originals=True).problems == ()


def test_a_batch_that_the_corpus_has_is_not_declared_anew_in_silence(tmp_path: Path) -> None:
    corpus, rows = start(tmp_path / "people"), people(30, 1)
    taken = take(corpus, tmp_path / "march.parquet", rows)
    assert take(corpus, tmp_path / "march.parquet", rows).warnings == taken.warnings
    known = take(corpus, tmp_path / "march.parquet", rows, "synthetic")
    assert known.status == "known"
    assert known.warnings[-1] == (
        "provenance: it is in the ledger as it was declared before; to declare it anew: outcross declare people "
        f"--batch {taken.batch} --origin … --reason …"
    )


def test_rows_that_wait_of_a_partly_admitted_batch_are_judged_anew_and_the_others_stay(tmp_path: Path) -> None:
    corpus, rows = start(tmp_path / "people"), people(30, 1)
    own = pl.when(pl.int_range(pl.len()) < 26).then(pl.lit("CC0-1.0")).alias("provenance_licence")
    rows = pl.concat([rows, rows[:1]]).with_columns(own)  # four without a licence of their own, and a repeat
    first = take(corpus, tmp_path / "march.parquet", rows, licence="ours")
    assert (first.status, first.rows_admitted, first.rows_quarantined) == ("partly admitted", 26, 5)
    again = take(corpus, tmp_path / "march.parquet", rows)
    assert (again.status, again.rows_in, again.rows_admitted) == ("partly admitted", 5, 4), again
    version = read_version(corpus.files)
    assert (version.action, version.rows_in) == ("release", 4)
    assert part_rows(corpus, version)["position"].to_list() == [26, 27, 28, 29]
    (waiting,) = list_quarantine(corpus)
    assert waiting.reasons == {"licence": 1}
    still = take(corpus, tmp_path / "march.parquet", rows)
    assert still.status == "partly admitted" and read_version(corpus.files) == version, "the repeat waits"
    assert audit(corpus, from_originals=True).problems == ()
