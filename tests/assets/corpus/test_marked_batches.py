"""Marks of a batch end in quarantine, the certain part of the estimate, the ledger, SQL and the card."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.estimate_file import estimate_file
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.marks.results import PROVES_NOTHING, read_marks
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.export.batches import describe_corpus
from outcross.resources.store import Store
from outcross.resources.warehouse import query
from tests.assets.corpus import people
from tests.assets.corpus.pictures import AT, CLAIMS, OF_ANCHOR, digits, fresh, reasons
from tests.cases.marked_pictures import CAPTURED, IN_PART, MADE, forged, packet, picture, saved_again, signed


def encoded(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.Series("image", [picture(each) for each in rows["image"]]))


def open_digits(folder: Path) -> OpenCorpus:
    encoded(digits()[:OF_ANCHOR]).write_parquet(folder / "anchor.parquet")
    source = {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": {"label": "label"}}
    settings = {"corpus": "digits", "anchor": source, "bound": {"share": 1.0}, "mode": "observe"}
    settings["guards"] = {"marks": {"mode": "enforce"}}
    return open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="test", at=AT)


def send(corpus: OpenCorpus, path: Path, **claims: Any) -> Outcome:
    return ingest(corpus, path, Request(claims=CLAIMS | claims, by="test", at=AT))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and a file of pictures: marked, signed, forged, marked and saved again, and plain ones."""
    folder = tmp_path_factory.mktemp("marked")
    rows = encoded(fresh(12, 0))
    contents, pixels = rows["image"].to_list(), fresh(12, 0)["image"].to_list()
    contents[0] = picture(pixels[0], xmp=packet(MADE))
    contents[1] = picture(pixels[1], "WEBP", packet(IN_PART))
    contents[2] = picture(pixels[2], xmp=packet(CAPTURED))
    contents[3] = signed(contents[3])
    contents[4] = forged(signed(contents[4]))
    contents[5] = saved_again(picture(pixels[5], xmp=packet(MADE)))
    rows.with_columns(pl.Series("image", contents)).write_parquet(folder / "batch.parquet")
    return folder


def test_pictures_end_where_their_marks_say(place: Path) -> None:
    corpus = open_digits(place)
    found = send(corpus, place / "batch.parquet")
    told = reasons(corpus, found)
    assert sorted(told) == [0, 1, 3], "a forged mark and a lost one prove nothing, and a camera's says the same"
    stated = f"XMP: DigitalSourceType {MADE}"
    said = f"the row is declared real, and its mark says that it was made by a model ({stated})"
    assert told[0] == [f"marks: {said}"]
    assert told[3][0].endswith("signed by Test signer (no list of trust names it), generator painter@1.2)")
    assert f"1 row: XMP: DigitalSourceType {MADE}" in found.marks
    doubts = [each for each in found.not_looked_into if each.startswith("marks: ")]
    assert (
        "so it proves nothing" in doubts[0]
        and f"7 of 12 pictures bear no mark of their origin: {PROVES_NOTHING}" in doubts[1]
    )

    version = read_version(corpus.files)
    assert read_marks(corpus, version)["first"].to_list() == [0, 1, 2, 3, 4]
    rows = query(corpus.store, "select first_row, says, doubt = '' as holds from marks order by first_row").rows()
    assert rows == [
        (0, "synthetic", True),
        (1, "mixed", True),
        (2, "real", True),
        (3, "synthetic", True),
        (4, None, False),
    ]
    assert audit(corpus).problems == ()
    assert f"marked by others: 1 row of batches: XMP: DigitalSourceType {CAPTURED}" in describe_corpus(corpus).marks
    path = next(each.path for each in version.files if "/marks-" in each.path)
    corpus.files.put(path, b"other")
    assert any(path in problem for problem in audit(corpus).problems), "the version names the marks"


def test_marked_rows_are_the_certain_part_of_the_estimate(place: Path, tmp_path: Path) -> None:
    corpus = open_digits(tmp_path)
    found = estimate_file(corpus, place / "batch.parquet")
    assert found.found.certain == {"equal": 0, "near copy": 0, "marked": 3}
    assert found.interval[1] == pytest.approx(3 / 12)
    assert found.to_json()["certain"]["marked"] == 3 and any("painter@1.2" in each for each in found.marks)
    assert any(PROVES_NOTHING in each for each in found.doubts)
    corpus.settings.guards["marks"] = corpus.settings.guards["marks"].model_copy(update={"mode": "observe"})
    outcome = send(corpus, place / "batch.parquet", origin="unknown")
    assert outcome.rows_admitted == 12
    estimated = read_version(corpus.files).estimated
    assert estimated is not None and estimated.lower * read_version(corpus.files).rows == pytest.approx(3)


def test_what_outcross_and_others_write_beside_a_table_is_read(tmp_path: Path) -> None:
    corpus = people.start(tmp_path / "people", guards={"marks": {"mode": "enforce"}})
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    (tmp_path / "first.parquet.croissant.json").write_text(json.dumps({"rai:hasSyntheticData": True}))
    people.people(20, 1).write_parquet(first)
    held = ingest(corpus, first, Request(claims=people.CLAIMS["real"], by="test", at=AT))
    assert held.rows_quarantined == 20 and held.marks == (
        "20 rows: Croissant first.parquet.croissant.json: rai:hasSyntheticData true",
    )
    assert "made in part by a model (Croissant first.parquet.croissant.json" in held.held_rows[0]
    people.people(20, 2).write_parquet(second)
    runs = [{"rows": 8, "origin": "real"}, {"rows": 12, "origin": "synthetic"}]
    (tmp_path / "second.parquet.provenance.json").write_text(json.dumps({"parts": runs}))
    laundered = ingest(corpus, second, Request(claims={"origin": "real", "licence": "CC0-1.0"}, by="test", at=AT))
    assert sorted(reasons(corpus, laundered)) == list(range(8, 20)), "the provenance file says otherwise of these"
    assert "provenance file second.parquet.provenance.json: origin synthetic" in laundered.held_rows[0]


def test_folders_and_tables_of_paths_are_read_before_they_are_packed_with_the_card_among_them(
    place: Path, tmp_path: Path
) -> None:
    corpus, folder = open_digits(tmp_path), tmp_path / "sent"
    rows = fresh(6, 9)
    for number, (image, label) in enumerate(zip(rows["image"], rows["label"], strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        content = picture(image, ("PNG", "JPEG", "WEBP")[number % 3], packet(MADE) if number < 3 else None)
        (folder / label / f"{number}.png").write_bytes(content)
    (folder / "README.md").write_text("---\ntags: [machine-generated]\n---\n")
    found = estimate_file(corpus, folder)
    assert found.rows == 6 and set(found.marks) == {
        "6 rows: dataset card README.md: tag machine-generated",
        f"3 rows: XMP: DigitalSourceType {MADE}",
    }
    paths = sorted(str(each.relative_to(folder)) for each in folder.rglob("*.png"))
    table = pl.DataFrame({"image": paths, "label": [each.split("/")[0] for each in paths]})
    table.write_csv(folder / "table.csv")
    assert set(estimate_file(corpus, folder / "table.csv").marks) == set(found.marks)
