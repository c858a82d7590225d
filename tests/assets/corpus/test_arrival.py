"""A file that is sent twice, or changes while it is sent: its copy is what was sent, under the id of its content."""

import dataclasses
import hashlib
import json
import os
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.intake.arrival import (
    Arrival,
    SidecarFile,
    copy_file,
    extension_of,
    find_sidecar,
    merge_claims,
    record_refusal,
    record_uncopied,
)
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import release
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, start, take

ASK = Request(claims=CLAIMS["real"], by="test", at=AT)


@pytest.fixture
def corpus(tmp_path: Path) -> OpenCorpus:
    return start(tmp_path / "people")


@pytest.fixture
def sent(corpus: OpenCorpus, tmp_path: Path) -> Outcome:
    found = take(corpus, tmp_path / "march.parquet", mixed(corpus))
    assert found.version == 2
    return found


def test_a_file_sent_again_after_a_release_is_known_by_the_version_that_ingested_it(
    corpus: OpenCorpus, sent: Outcome, tmp_path: Path
) -> None:
    release(corpus, sent.batch, positions=[20], reason="looked at", by="anna", at=AT)
    again = ingest(corpus, tmp_path / "march.parquet", ASK)
    assert again == dataclasses.replace(sent, status="known", reasons=())


def test_sending_a_file_again_mends_a_copy_that_was_cut(corpus: OpenCorpus, sent: Outcome, tmp_path: Path) -> None:
    before = every_byte(corpus)
    copy = Path(corpus.files.location(f"batches/{sent.batch}/original.parquet"))
    copy.write_bytes(copy.read_bytes()[:-20])
    assert audit(corpus).problems
    assert ingest(corpus, tmp_path / "march.parquet", ASK).status == "known"
    assert every_byte(corpus) == before
    assert audit(corpus).problems == ()


class AppendingMeanwhile(CorpusStore):
    """A corpus's files; between the reading of a file's digest and its copy, somebody appends to the file."""

    def exists(self, path: str) -> bool:
        if "/original" in path:
            with self.arriving.open("ab") as file:
                file.write(b"one more line\n")
        return super().exists(path)

    arriving: Path


def test_a_file_that_is_appended_to_while_it_is_copied_is_refused_and_leaves_no_copy(
    corpus: OpenCorpus, tmp_path: Path
) -> None:
    file = tmp_path / "march.csv"
    file.write_text("wage,age,work,sex,y\n1.5,30,shop,f,no\n")
    meanwhile = AppendingMeanwhile(corpus.store, corpus.name)
    meanwhile.arriving = file
    before = set(corpus.files.list())
    found = ingest(dataclasses.replace(corpus, files=meanwhile), file, ASK)
    assert (found.status, found.version) == ("refused", None)
    assert found.reasons == ("file 'march.csv' changed while it was copied; send it again once it is complete",)
    (record,) = set(corpus.files.list()) - before
    assert record.startswith("refused/")
    assert ingest(corpus, file, ASK).batch, "it is taken once it no longer changes"


LIMITS = Limits(bytes=100, sidecar_bytes=20)


@pytest.fixture
def files(tmp_path: Path) -> CorpusStore:
    return CorpusStore(Store(tmp_path / "data"), "people")


def test_a_file_is_copied_up_to_the_limit_and_refused_beyond_it(files: CorpusStore, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_bytes(b"x" * 100)
    found = copy_file(files, file, LIMITS, named=file)
    sha256 = hashlib.sha256(b"x" * 100).hexdigest()
    assert found == Arrival(
        batch=sha256[:16],
        name="march.csv",
        size=100,
        sha256=sha256,
        original=f"batches/{sha256[:16]}/original.csv",
        sidecar=None,
    )
    assert files.get(found.original) == b"x" * 100
    file.write_bytes(b"x" * 101)
    with pytest.raises(BadInput, match=r"^file 'march.csv' has 101 bytes, and 100 are allowed \('limits: bytes'\)"):
        copy_file(files, file, LIMITS, named=file)


@pytest.mark.parametrize("place", [".", "absent.csv"])
def test_what_is_no_file_is_refused(files: CorpusStore, tmp_path: Path, place: str) -> None:
    with pytest.raises(BadInput, match="does not exist or is not a regular file; check the path"):
        copy_file(files, tmp_path / place, LIMITS, named=tmp_path / place)
    assert files.list() == []


def test_a_file_without_permission_is_refused_with_the_remedy(
    files: CorpusStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "march.csv").write_bytes(b"x")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadInput, match=r"'march.csv' cannot be opened \(Permission denied\); grant read permission"):
        march = tmp_path / "march.csv"
        copy_file(files, march, LIMITS, named=march)


@pytest.mark.parametrize(
    ("size", "complete"),
    [(0, True), (19, True), (20, True), (21, False), (500, False)],
)
def test_a_provenance_file_is_read_up_to_its_limit_and_kept_as_far(
    files: CorpusStore, tmp_path: Path, size: int, complete: bool
) -> None:
    (tmp_path / "march.csv").write_bytes(b"x")
    (tmp_path / "march.provenance.json").write_bytes(b"y" * size)
    march = tmp_path / "march.csv"
    found = copy_file(files, march, LIMITS, named=march)
    sidecar, kept = found.sidecar, b"y" * min(size, 20)
    assert sidecar == SidecarFile(name="march.provenance.json", content=kept, limit=20, complete=complete)
    own = hashlib.sha256(kept).hexdigest()[:16]
    assert files.get(f"batches/{found.batch}/provenance-{own}.json") == kept
    with pytest.raises(BadInput, match="is not JSON" if complete else "has more than 20 bytes; shorten it"):
        merge_claims(sidecar, {})


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ([], None),
        (["march.provenance.json"], "march.provenance.json"),
        (["march.csv.gz.provenance.json"], "march.csv.gz.provenance.json"),
        (["march.provenance.json", "march.csv.gz.provenance.json"], "march.csv.gz.provenance.json"),
        (["march.csv.provenance.json", "april.provenance.json"], None),
    ],
)
def test_a_provenance_file_has_the_name_with_or_without_extension(
    tmp_path: Path, there: list[str], found: str | None
) -> None:
    for name in there:
        (tmp_path / name).write_text("{}")
    sidecar = find_sidecar(tmp_path / "march.csv.gz", LIMITS)
    assert (sidecar and sidecar.name) == found


@pytest.mark.parametrize(
    ("claims", "merged"),
    [
        ({}, ("mixed", "MIT", None)),
        ({"origin": "real", "licence": None}, ("real", "MIT", None)),
        ({"licence": "ISC", "consent": "yes"}, ("mixed", "ISC", "yes")),
    ],
)
def test_claims_of_the_command_line_go_before_those_of_the_file_where_they_are_made(
    claims: dict[str, str | None], merged: tuple[str, str, str | None]
) -> None:
    sidecar = SidecarFile(name="s", content=b'{"origin": "mixed", "licence": "MIT"}', limit=99, complete=True)
    found = merge_claims(sidecar, claims).every
    assert (found.origin, found.licence, found.consent) == merged
    assert merge_claims(None, claims).every.licence == claims.get("licence")


def test_parts_of_a_provenance_file_claim_runs_of_rows_and_have_to_be_all_of_them() -> None:
    parts = [{"rows": 2, "origin": "real", "depth": 0}, {"rows": 1, "origin": "synthetic", "licence": "CC0-1.0"}]
    content = json.dumps({"origin": "mixed", "licence": "MIT", "parts": parts}).encode()
    sidecar = SidecarFile(name="s", content=content, limit=999, complete=True)
    said = merge_claims(sidecar, {}).of(pl.Series([2, 0, 1, 7])).select("origin", "depth", "licence").rows()
    assert said == [("synthetic", None, "CC0-1.0"), ("real", 0, "MIT"), ("real", 0, "MIT"), ("mixed", None, "MIT")]
    assert set(merge_claims(sidecar, {"licence": "0BSD"}).of(pl.Series([0, 2]))["licence"]) == {"0BSD"}
    wrong = sidecar.claims.contradictions(rows=4, size=1, sha256="")
    assert wrong == ["the parts of its provenance have 3 rows together, the file has 4"]
    assert sidecar.claims.contradictions(rows=3, size=1, sha256="") == []


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.csv", ".csv"),
        ("a.CSV", ".csv"),
        ("a.csv.gz", ".csv.gz"),
        ("a.parquet", ".parquet"),
        ("a.zip", ".zip"),
        ("a.csv.zip", ".csv.zip"),
        ("a.gz", ""),
        ("a.exe", ""),
        ("a", ""),
        ("../../a.csv/..", ""),
    ],
)
def test_a_copy_keeps_the_extensions_that_say_how_to_read_it(name: str, extension: str) -> None:
    assert extension_of(name) == extension


def test_a_refusal_is_recorded_with_its_reason_whether_the_file_could_be_copied_or_not(
    files: CorpusStore, tmp_path: Path
) -> None:
    (tmp_path / "march.csv").write_bytes(b"xyz")
    march = tmp_path / "march.csv"
    arrival = copy_file(files, march, LIMITS, named=march)
    record_refusal(files, arrival, "no table", at=AT)
    about = {"file": "march.csv", "reason": "no table", "at": AT, "bytes": 3}
    assert json.loads(files.get(f"batches/{arrival.batch}/refused.json")) == about | {"sha256": arrival.sha256}
    for name in ("march.csv", "absent.csv"):
        record_uncopied(files, tmp_path / name, "too large", at=AT)
    found = [json.loads(files.get(path)) for path in files.list("refused")]
    assert sorted((each["file"], each["bytes"]) for each in found) == [("absent.csv", None), ("march.csv", 3)]
    assert all(each["reason"] == "too large" and each["at"] == AT for each in found)


def test_a_copy_that_is_not_the_file_is_made_again(files: CorpusStore, tmp_path: Path) -> None:
    (tmp_path / "march.csv").write_bytes(b"xyz")
    march = tmp_path / "march.csv"
    original = copy_file(files, march, LIMITS, named=march).original
    for there in (b"abc", b"ab", b""):
        files.put(original, there)
        march = tmp_path / "march.csv"
        copy_file(files, march, LIMITS, named=march)
        assert files.get(original) == b"xyz"


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_a_provenance_file_that_is_no_file_refuses_the_batch_and_is_not_followed(
    corpus: OpenCorpus, tmp_path: Path, kind: str
) -> None:
    file, sidecar, elsewhere = (tmp_path / name for name in (f"{kind}.csv", f"{kind}.provenance.json", "elsewhere"))
    file.write_text(f"wage,age,work,sex,y\n1.5,30,shop,f,{kind}\n")
    elsewhere.write_text('{"origin": "real"}')
    make = {
        "link": lambda: sidecar.symlink_to(elsewhere),
        "dangling": lambda: sidecar.symlink_to(tmp_path / "gone"),
        "pipe": lambda: os.mkfifo(sidecar),
        "folder": sidecar.mkdir,
    }
    make[kind]()
    before = set(corpus.files.list())
    found = ingest(corpus, file, ASK)
    what = "a link" if kind in ("link", "dangling") else "no regular file"
    assert found.status == "refused"
    assert found.reasons == (
        f"provenance '{sidecar.name}' is {what}, which is not followed; put the file itself there",
    )
    assert all(path.startswith("refused/") for path in set(corpus.files.list()) - before)


@pytest.mark.parametrize("length", [235, 251, 255])
def test_a_file_of_the_longest_name_is_taken(corpus: OpenCorpus, tmp_path: Path, length: int) -> None:
    file = tmp_path / f"{'n' * (length - 4)}.csv"
    file.write_text(f"wage,age,work,sex,y\n1.5,30,shop,f,{length}\n")
    assert ingest(corpus, file, ASK).batch


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"origin": "real", "origin": "synthetic"}', "the key 'origin' is there twice"),
        (b'{"rows": NaN}', "NaN is no number"),
        (b'{"depth": Infinity}', "Infinity is no number"),
        (b'{"depth": true}', "'depth' is a number, and true and false are none"),
        (b"[" * 100_000, "recursion"),
        (b'{"rows": ' + b"9" * 5_000 + b"}", "integer"),
        (b'{"orign": "real"}', "did you mean 'origin'"),
        (b'{"generator": "\\ud800"}', "string"),
    ],
)
def test_a_provenance_file_is_read_strictly(content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        merge_claims(SidecarFile(name="s", content=content, limit=10**6, complete=True), {})
