"""Marks are read from pictures and from files beside data; what is damaged or forged proves nothing."""

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.marks import manifests, xmp
from outcross.assets.corpus.marks.beside import read_beside
from outcross.assets.corpus.marks.compare import are_marked, find_contradictions
from outcross.assets.corpus.marks.mark import Mark, to_frame
from outcross.assets.corpus.marks.pictures import find_picture_marks, read_marks
from outcross.assets.corpus.marks.prov_file import read_prov
from outcross.assets.corpus.marks.source_types import code_of, says_of
from tests.cases.marked_pictures import (
    CAPTURED,
    IN_PART,
    MADE,
    forged,
    packet,
    picture,
    saved_again,
    signed,
    with_extended,
    with_iptc,
)

MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@pytest.mark.parametrize("form", MIMES)
def test_a_source_type_is_read_from_xmp_however_it_is_written_and_is_lost_with_the_next_save(form: str) -> None:
    for way in ("attribute", "element", "reference"):
        marked = picture(form=form, xmp=packet(MADE, way))
        (mark,) = read_marks(marked)
        assert mark == Mark(kind="XMP", says="synthetic", statement=f"DigitalSourceType {MADE}")
    assert list(read_marks(saved_again(marked))) == []


@pytest.mark.parametrize("form", MIMES)
def test_a_manifest_counts_as_long_as_it_holds(form: str) -> None:
    made = signed(picture(form=form), mime=MIMES[form])
    (mark,) = read_marks(made)
    assert (mark.kind, mark.says, mark.generator, mark.doubt) == ("C2PA", "synthetic", "painter@1.2", "")
    assert mark.statement.endswith("signed by Test signer (no list of trust names it)")
    (mark,) = read_marks(forged(made))
    assert mark.doubt == "its signature or hashes do not hold (assertion.hashedURI.mismatch), so it proves nothing"
    assert list(read_marks(saved_again(made))) == []


def test_a_manifest_of_other_pixels_proves_nothing() -> None:
    made, other = signed(picture()), picture(pixels=[3] * 64)
    (chunk,) = (made[made.index(b"caBX") - 4 :][: int.from_bytes(made[made.index(b"caBX") - 4 :][:4]) + 12],)
    (mark,) = read_marks(other[:33] + chunk + other[33:])
    assert "assertion.dataHash.mismatch" in mark.doubt


def test_without_the_library_a_manifest_is_told_and_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "_library", lambda: None)
    (mark,) = read_marks(signed(picture()))
    assert mark.says is None and mark.doubt.endswith("pip install 'outcross[c2pa]'")


def test_iptc_in_a_resource_of_photoshop_is_read() -> None:
    (mark,) = read_marks(with_iptc(picture(form="JPEG"), CAPTURED))
    assert (mark.kind, mark.says) == ("IPTC", "real")


def test_an_extended_packet_of_xmp_is_read_where_it_is_named_whole_and_what_its_guid_says() -> None:
    whole = with_extended(picture(form="JPEG"), MADE)
    assert list(read_marks(whole)) == [Mark(kind="XMP", says="synthetic", statement=f"DigitalSourceType {MADE}")]
    at = whole.rindex(b"\xff\xe1")
    last = at + 2 + int.from_bytes(whole[at + 2 : at + 4])
    broken = {
        "does not name it": with_extended(picture(form="JPEG"), MADE, named=False),
        "a portion of it is missing": whole[:at] + whole[last:],
        "not the packet that its GUID names": whole.replace(b"/trained", b"/retrain"),
    }
    for doubt, content in broken.items():
        (mark,) = read_marks(content)
        assert mark.says is None and doubt in mark.doubt
    body = whole[at + 4 : last] + b" " * 60_000
    many = whole[:2] + (b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body) * 20 + whole[2:]
    assert any("more than 1 MiB" in mark.doubt for mark in read_marks(many))


@pytest.mark.parametrize(
    ("xmp", "doubt"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + packet(MADE), "it has a document type"),
        ("<!-- DigitalSourceType -->" + "<a>" * 20_000, "no element found"),
        (packet(MADE)[:-20], "unclosed token"),
        (packet(MADE) + " " * 2**20, "more than 1 MiB"),
    ],
)
def test_a_hostile_packet_is_a_doubt_and_nothing_is_expanded(xmp: str, doubt: str) -> None:
    (mark,) = read_marks(picture(xmp=xmp))
    assert mark.says is None and doubt in mark.doubt


def test_torn_and_changed_bytes_are_read_without_an_error() -> None:
    draw = random.Random(1)
    whole = [
        with_iptc(picture(form="JPEG", xmp=packet(MADE)), MADE),
        with_extended(picture(form="JPEG"), MADE),
        *(picture(form=f, xmp=packet(MADE)) for f in MIMES),
    ]
    for content in whole:
        for _ in range(60):
            changed = bytearray(content[: draw.randrange(len(content))])
            for _ in range(3):
                if changed:
                    changed[draw.randrange(len(changed))] = draw.randrange(256)
            assert all(isinstance(mark, Mark) for mark in read_marks(bytes(changed)))


def test_pictures_are_read_as_bytes_structures_and_base64() -> None:
    import base64

    contents = [picture(), picture(xmp=packet(IN_PART)), None]
    texts = [None if each is None else base64.b64encode(each).decode() for each in contents]
    structures = [{"bytes": each, "path": "a.png"} for each in contents]
    for values in (pl.Series(contents), pl.Series(texts), pl.Series(structures)):
        found = find_picture_marks(values, pl.Series([7, 8, 9]))
        assert found.select("first", "last", "says").rows() == [(8, 8, "mixed")]


def test_codes_are_read_from_addresses_of_both_vocabularies() -> None:
    for value in (f"http://cv.iptc.org/newscodes/digitalsourcetype/{MADE}", f"digsrctype:{MADE}", MADE):
        assert says_of(code_of(value) or "") == "synthetic"
    assert says_of(code_of("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData") or "") == "synthetic"
    assert (says_of("digitalArt"), code_of("http://x/ 1")) == (None, None)


HUB: dict[str, tuple[str, list[tuple[str | None, str]]]] = {
    "language": ("language_creators:\n- machine-generated", [("synthetic", "language_creators: machine-generated")]),
    "found as well": (
        "language_creators: [found, machine-generated]",
        [("mixed", "language_creators: found, machine-generated")],
    ),
    "labels": ("annotations_creators: machine-generated", [("mixed", "annotations_creators: machine-generated")]),
    "tags": (
        "tags: [x, machine-generated, synthetic]",
        [("synthetic", "tag machine-generated"), ("mixed", "tag synthetic")],
    ),
    "sources": ("source_datasets: [original, extended|squad]", [(None, "source_datasets: extended|squad")]),
    "its file": ("tags: [synthetic]\nconfigs:\n- data_files: 'ba*.csv'", [("mixed", "tag synthetic")]),
    "another file": ("tags: [synthetic]\nconfigs:\n- data_files: [{path: [c.csv]}]", []),
    "no tag": ("tags: [tabular]", []),
}


@pytest.mark.parametrize("name", HUB)
def test_a_card_of_the_hub_says_of_its_files_what_made_them(name: str, tmp_path: Path) -> None:
    front, expected = HUB[name]
    (tmp_path / "README.md").write_text(f"---\n{front}\n---\n# Data\n")
    assert [(mark.says, mark.statement) for mark in read_beside(tmp_path / "batch.csv")] == expected


GENERATION = {
    "prov:label": "sample",
    "description": "rows were generated",
    "prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "name": "gan"},
}
PROV = {
    "entity": {"ex:batch.csv": {}, "ex:real.csv": {}},
    "activity": {"ex:run": {"prov:label": "sampling of a language model"}},
    "agent": {
        "ex:m": {"prov:label": "model-7", "prov:type": {"$": "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"}}
    },
    "wasGeneratedBy": {"_:1": {"prov:entity": "ex:batch.csv", "prov:activity": "ex:run"}},
    "wasAssociatedWith": {"_:2": {"prov:activity": "ex:run", "prov:agent": "ex:m"}},
}
EVENT = {
    "eventType": "COMPLETE",
    "run": {"runId": "r", "facets": {"processing_engine": {"name": "llm-sampler", "version": "2"}}},
    "job": {"namespace": "n", "name": "sampling", "facets": {"documentation": {"description": "rows were generated"}}},
    "outputs": [{"namespace": "file", "name": "/lake/batch.csv", "facets": {}}],
}
CLEANED = {**EVENT, "run": {"runId": "r"}, "job": {"namespace": "n", "name": "deduplicate"}}
COMPOSED = {
    **CLEANED,
    "outputs": [
        {
            "name": "lake/batch.csv",
            "facets": {"outcross_composition": {"rows": 9, "syntheticRows": 3, "undeclaredRows": 0}},
        }
    ],
}
TAGGED = {
    **CLEANED,
    "outputs": [
        {"name": "batch.csv", "facets": {"tags": {"tags": [{"key": "synthetic", "value": value}]}}}
        for value in ("false", "true")
    ],
}
FILES: dict[str, tuple[str, Any, list[tuple[str | None, str | None]]]] = {
    "has": ("croissant.json", {"rai:hasSyntheticData": True}, [("mixed", None)]),
    "has not": ("batch.croissant.json", {"rai:hasSyntheticData": {"@value": "false"}}, [("real", None)]),
    "generated": ("batch.csv.croissant.json", {"prov:wasGeneratedBy": GENERATION}, [("synthetic", "gan")]),
    "and more": ("croissant.json", {"prov:wasGeneratedBy": [GENERATION, {"name": "resize"}]}, [("mixed", "gan")]),
    "no model": ("croissant.json", {"prov:wasGeneratedBy": {"name": "survey", "@type": "prov:Activity"}}, []),
    "other": ("croissant.json", {"rai:hasSyntheticData": True, "distribution": {"contentUrl": "x.csv"}}, []),
    "prov": ("batch.csv.prov.json", PROV, [("synthetic", "model-7")]),
    "of another": ("prov.json", {**PROV, "entity": {"ex:x": {}, "ex:y": {}}}, []),
    "lineage": ("openlineage.json", [CLEANED, EVENT], [("synthetic", "llm-sampler@2")]),
    "lineage of a failed run": ("batch.csv.openlineage.json", {**EVENT, "eventType": "FAIL"}, []),
    "lineage of another": ("openlineage.json", {**EVENT, "outputs": [{"name": "x.csv"}]}, []),
    "lineage of any": (
        "batch.openlineage.json",
        {**EVENT, "outputs": [{"name": "t"}]},
        [("synthetic", "llm-sampler@2")],
    ),
    "lineage by tags": ("openlineage.json", TAGGED, [("synthetic", None)]),
    "our own lineage": ("batch.openlineage.jsonl", COMPOSED, [("mixed", None)]),
    "mixture": (
        "mixture.json",
        {"files": [{"path": "batch.csv", "origin": "synthetic", "generator": "g"}]},
        [("synthetic", "g")],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_beside_data_says_what_made_it(name: str, tmp_path: Path) -> None:
    file, content, expected = FILES[name]
    (tmp_path / file).write_text(json.dumps(content))
    assert [(mark.says, mark.generator) for mark in read_beside(tmp_path / "batch.csv")] == expected


@pytest.mark.parametrize("data", ["batch.csv", "data/batch.csv", "deep/in/batch.csv"])
def test_the_record_of_a_file_in_a_folder_is_found_by_the_name_of_the_file(data: str) -> None:
    (found,) = read_prov(json.dumps(PROV).encode(), data, False)
    assert (found.says, found.generator) == ("synthetic", "model-7")
    assert list(read_prov(json.dumps(PROV).encode(), f"{data}/real.csv", False)) == []


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_metadata_of_more_values_than_any_picture_has_are_not_read_on(more: int, fits: bool) -> None:
    (space, *_) = xmp._SPACES
    values = f"<s:{xmp._NAME}>{MADE}</s:{xmp._NAME}>" * (xmp._MOST_VALUES + more)
    (found,) = xmp.read_xmp(f'<x xmlns:s="{space}">{values}</x>'.encode())
    assert (found.says, found.doubt == "") == (("synthetic", True) if fits else (None, False)), found


@pytest.mark.parametrize(
    "content", ["{", "[1]", "[" * 100_000, '{"entity": 3}', '{"files": {"a": 1}}', "---\na: &a [1]\nb: *a\n---\n"]
)
def test_a_damaged_file_beside_data_is_a_doubt_and_no_error(content: str, tmp_path: Path) -> None:
    for file in ("README.md", "croissant.json", "prov.json", "mixture.json", "openlineage.json"):
        (tmp_path / file).write_text(content)
    assert all(mark.says is None for mark in read_beside(tmp_path / "batch.csv"))
    (tmp_path / "batch.card.md").symlink_to("/etc/passwd")
    assert any("is a link" in mark.doubt for mark in read_beside(tmp_path / "batch.csv"))


def mark(says: Any, **changes: Any) -> Mark:
    return Mark(kind="XMP", says=says, statement="s", **changes)


def test_only_a_mark_that_cannot_hold_beside_the_declared_origin_contradicts_it() -> None:
    origins = ["real", "synthetic", "mixed", "unknown"]
    rows = pl.LazyFrame({"position": range(4), "origin": origins})
    against = {
        says: [
            row["position"]
            for place in range(4)
            for row in find_contradictions(rows, to_frame([(place, place, mark(says))])).iter_rows(named=True)
        ]
        for says in ("synthetic", "mixed", "real")
    }
    assert against == {"synthetic": [0], "mixed": [0], "real": [1]}
    whole = {
        says: find_contradictions(rows, to_frame([(0, None, mark(says))]))["position"].to_list() for says in against
    }
    assert whole == {"synthetic": [0], "mixed": [], "real": [1]}, "a mixed file may have real rows"
    only_real = find_contradictions(rows.filter(pl.col("origin") == "real"), to_frame([(0, None, mark("mixed"))]))
    assert only_real["reason"].to_list() == [
        "the row is declared real, and its mark says that it was made in part by a model (XMP: s)"
    ]
    assert find_contradictions(rows, to_frame([(0, 0, mark("synthetic", doubt="forged"))])).is_empty()


def test_rows_are_marked_by_their_own_mark_or_by_one_of_all_rows() -> None:
    marks = [
        (1, 1, mark("mixed")),
        (2, 2, mark("real")),
        (3, 3, mark("synthetic", doubt="forged")),
        (5, 6, mark("synthetic")),
    ]
    assert are_marked(pl.Series(range(8)), to_frame([*marks, (0, None, mark("mixed"))])).to_list() == [
        False, True, False, False, False, True, True, False
    ]  # fmt: skip
