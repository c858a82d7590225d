"""An ingest admits or quarantines every row of a file exactly once, and for the right reason."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.errors import BadInput
from outcross.resources.sources import College
from outcross.resources.store import Store
from tests.assets.corpus.opened_once import open_once, shared_anchor

AT = "2026-01-01T12:00:00+00:00"
ROWS = College().load().rows.sample(fraction=1, shuffle=True, seed=1)
CLAIMS = {"origin": "real", "licence": "CC0-1.0", "consent": "survey"}


def corpus_settings(folder: Path, **changes: Any) -> Corpus:
    """The settings of a corpus of the first 4,000 rows; the other rows are for batches."""
    roles = {"bachelor": "label", "sex": "group", "race": "group"}
    settings = {
        "corpus": "people",
        "anchor": {"kind": "files", "path": str(shared_anchor("college", ROWS[:4_000])), "columns": roles},
        "licences": ["CC0-1.0"],
        "licence": "CC0-1.0",
        "bound": {"share": 0.1},
    }
    return Corpus.model_validate(settings | changes)


@pytest.fixture
def people(tmp_path: Path) -> OpenCorpus:
    return open_once(corpus_settings(tmp_path), Store(tmp_path / "data"), by="test", at=AT)


def take(people: OpenCorpus, path: Path, frame: pl.DataFrame | None = None, **claims: Any) -> Outcome:
    if frame is not None:
        frame.write_parquet(path)
    found = ingest(people, path, Request(claims=CLAIMS | claims, by="test", at=AT))
    assert found.rows_in == found.rows_admitted + found.rows_quarantined
    return found


def quarantined(people: OpenCorpus, found: Outcome) -> pl.DataFrame:
    return pl.read_parquet(people.files.location(f"batches/{found.batch}") + "/quarantined-*.parquet")


def test_clean_real_rows_are_admitted_and_the_same_file_is_not_admitted_twice(
    people: OpenCorpus, tmp_path: Path
) -> None:
    new = ROWS[4_000:5_000].unique(maintain_order=True)
    first = take(people, tmp_path / "march.parquet", new)
    assert (first.status, first.version, first.rows_admitted) == ("admitted", 2, new.height)
    again = take(people, tmp_path / "march.parquet")
    assert (again.status, again.version) == ("known", 2)
    last = read_version(people.files)
    assert (last.number, last.rows) == (2, people.rows.height + new.height)
    admitted = pl.read_parquet(people.files.location(last.parts[-1].path))
    assert admitted[new.columns].equals(new.cast(dict(people.schema.polars)))  # type: ignore[arg-type]


def test_rows_that_repeat_others_are_quarantined_and_the_rest_admitted(people: OpenCorpus, tmp_path: Path) -> None:
    new = ROWS[4_000:5_000].unique(maintain_order=True)
    repeated, held_out = new[:40], people.holdout[new.columns][:30]
    mixed = pl.concat([new, repeated, held_out.cast(dict(new.schema)), people.rows[new.columns][:20]])  # type: ignore[arg-type]
    found = take(people, tmp_path / "mixed.parquet", mixed)
    assert (found.status, found.rows_admitted, found.rows_quarantined) == ("partly admitted", new.height, 90)
    reasons = quarantined(people, found)["reasons"].explode().value_counts(sort=True)
    assert dict(reasons.iter_rows()) == {
        "duplicates: the batch has this row already": 40,
        "holdout_overlap: the row is in the holdout, which no dataset may contain": 30,
        "duplicates: the anchor has this row already": 20,
    }


@pytest.mark.parametrize(
    ("change", "claims", "guard"),
    [
        (pl.col("log_wage") + 1, {}, "drift: "),
        (pl.lit("other").alias("race"), {}, "representation: "),
        (pl.col("log_wage"), {"origin": "synthetic", "generator": "copula"}, "synthetic_share: "),
        (pl.col("log_wage"), {"origin": "unknown"}, "provenance: "),
    ],
)
def test_a_batch_that_a_guard_blocks_is_held_as_a_whole(
    people: OpenCorpus, tmp_path: Path, change: pl.Expr, claims: dict[str, str], guard: str
) -> None:
    found = take(people, tmp_path / "batch.parquet", ROWS[4_000:6_000].with_columns(change), **claims)
    assert (found.status, found.rows_admitted) == ("held", 0)
    assert [reason for reason in found.reasons if reason.startswith(guard)]
    assert quarantined(people, found)["position"].to_list() == list(range(2_000))
    assert read_version(people.files).rows == people.rows.height


def test_a_licence_that_is_not_allowed_quarantines_every_row(people: OpenCorpus, tmp_path: Path) -> None:
    found = take(people, tmp_path / "batch.parquet", ROWS[4_000:4_500], licence="ours")
    assert found.rows_quarantined == 500
    assert found.reasons == (
        "rows: each of its 500 rows is quarantined for reasons of its own, so no row can be admitted",
    )
    assert quarantined(people, found)["reasons"].list.join(";").str.contains("licence 'ours' is not allowed").all()


def test_a_guard_that_observes_warns_and_admits(tmp_path: Path) -> None:
    watched = open_corpus(corpus_settings(tmp_path, mode="observe"), Store(tmp_path / "data"), by="test", at=AT)
    found = take(watched, tmp_path / "batch.parquet", ROWS[4_000:6_000].with_columns(pl.col("log_wage") + 1))
    assert (found.status, found.reasons) == ("admitted", ())
    failed = [result for result in read_version(watched.files).guards if not result.passed]
    assert "drift" in {result.guard for result in failed}
    assert not any(result.blocking for result in failed)


@pytest.mark.parametrize(
    ("name", "content", "sidecar", "reason"),
    [
        ("empty.csv", b"", None, "is empty"),
        ("broken.parquet", b"PAR1 and nothing", None, "cannot be read as Parquet"),
        ("fine.csv", None, b"{not json", "is not JSON"),
        ("fine.csv", None, b'{"origin": "real", "licens": "CC0-1.0"}', "known keys are"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_stored(
    people: OpenCorpus, tmp_path: Path, name: str, content: bytes | None, sidecar: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(ROWS[4_000:4_010].write_csv().encode() if content is None else content)
    if sidecar is not None:
        path.with_name(f"{name}.provenance.json").write_bytes(sidecar)
    found = take(people, path)
    assert found.status == "refused"
    assert reason in found.reasons[0]
    kept = json.loads(people.files.get(f"batches/{found.batch}/refused.json"))
    assert (kept["file"], kept["reason"]) == (name, found.reasons[0])
    assert people.files.size(f"batches/{found.batch}/original{path.suffix}") == kept["bytes"] == path.stat().st_size
    if sidecar is not None:
        (beside,) = (each for each in people.files.list(f"batches/{found.batch}") if "provenance-" in each)
        assert people.files.get(beside) == sidecar
    assert path.exists()
    assert read_version(people.files).number == 1


def test_a_sidecar_that_contradicts_its_file_holds_the_batch(people: OpenCorpus, tmp_path: Path) -> None:
    path = tmp_path / "batch.parquet"
    path.with_name("batch.parquet.provenance.json").write_text('{"rows": 5}')
    found = take(people, path, ROWS[4_000:5_000])
    assert found.status == "held"
    assert "provenance: its provenance states rows 5, the file has 1000" in found.reasons


def test_a_sidecar_that_is_too_large_is_refused_and_stored_up_to_the_limit(tmp_path: Path) -> None:
    few = open_corpus(
        corpus_settings(tmp_path, limits={"sidecar_bytes": 100}), Store(tmp_path / "data"), by="test", at=AT
    )
    path = tmp_path / "batch.parquet"
    path.with_name("batch.provenance.json").write_text('{"origin": "real", "consent": "' + "x" * 200 + '"}')
    found = take(few, path, ROWS[4_000:4_010])
    assert found.status == "refused" and found.batch
    assert "has more than 100 bytes; shorten it" in found.reasons[0]
    (beside,) = (each for each in few.files.list(f"batches/{found.batch}") if "provenance-" in each)
    assert few.files.size(beside) == 100


@pytest.mark.parametrize(
    ("name", "reason"), [("folder.csv", "is not a regular file"), ("large.csv", "100 are allowed")]
)
def test_a_file_that_cannot_be_copied_is_refused_and_recorded(tmp_path: Path, name: str, reason: str) -> None:
    few = open_corpus(corpus_settings(tmp_path, limits={"bytes": 100}), Store(tmp_path / "data"), by="test", at=AT)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "large.csv").write_text("x" * 1_000)
    found = take(few, tmp_path / name)
    assert (found.status, found.batch) == ("refused", "")
    (kept,) = few.files.list("refused")
    record = json.loads(few.files.get(kept))
    assert (record["file"], record["reason"], record["at"]) == (name, found.reasons[0], AT)
    assert reason in record["reason"]


def test_real_rows_that_state_no_depth_have_depth_0(people: OpenCorpus, tmp_path: Path) -> None:
    new = ROWS[4_000:4_200].unique(maintain_order=True).with_columns(provenance_depth=pl.lit(None, dtype=pl.Int32))
    take(people, tmp_path / "batch.parquet", new)
    last = read_version(people.files)
    assert [(count.origin, count.depth, count.rows) for count in last.counts] == [("real", 0, last.rows)]
    take(people, tmp_path / "made.parquet", ROWS[4_200:4_250], origin="synthetic", generator="copula")
    assert {count.depth for count in read_version(people.files).counts if count.origin == "synthetic"} == {None}


def test_a_file_may_have_a_column_named_position(people: OpenCorpus, tmp_path: Path) -> None:
    new = ROWS[4_000:4_200].unique(maintain_order=True)
    new = new.with_columns(position=pl.lit("north"), position_=pl.lit(1))
    found = take(people, tmp_path / "batch.parquet", pl.concat([new, new[:1].with_columns(city=pl.lit(None))]))
    assert (found.rows_admitted, found.rows_quarantined) == (new.height, 1)
    assert '"position__":"north"' in quarantined(people, found)["raw"][0]


def test_an_anchor_with_a_reserved_column_is_refused(tmp_path: Path) -> None:
    ROWS[:4_000].with_columns(licence=pl.lit("ours")).write_parquet(tmp_path / "anchor.parquet")
    settings = corpus_settings(tmp_path, anchor={"kind": "files", "path": str(tmp_path / "anchor.parquet")})
    with pytest.raises(BadInput, match="has a column 'licence', which means something else in a corpus; rename it"):
        open_corpus(settings, Store(tmp_path / "data"), by="test", at=AT)


def test_another_anchor_under_the_same_name_is_refused(people: OpenCorpus, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="was started with another 'anchor'"):
        open_corpus(corpus_settings(tmp_path, seed=1), people.store, by="test", at=AT)
