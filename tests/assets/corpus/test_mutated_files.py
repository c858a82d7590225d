"""Files, settings and ledgers changed at random cause no traceback, lose no row and take no long time."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.ledger.ledger import VERSIONS, read_version, version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.study_files import SHIPPED, STUDIES
from outcross.resources.errors import OutcrossError
from outcross.resources.store import Store
from tests.assets.corpus.ingest_process import AT, CLAIMS
from tests.assets.corpus.test_ingest import ROWS, corpus_settings

EACH = 400 if os.environ.get("OUTCROSS_FAULTS") == "all" else 12
"""Files of each of the five kinds; `make faults` sets the variable."""
MOST_SECONDS = 10
INSERTED = [
    b'"',
    b"\n",
    b"\x00",
    b"\xff\xfe",
    b",,,",
    b"{",
    b"[[[[",
    b"9" * 400,
    b": ",
    b"\t",
    b"&a *a",
    b"!!python/x ",
]


def mutate(content: bytes, draw: random.Random) -> bytes:
    """Change, remove, double or insert some bytes, or cut the end off."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(max(len(changed), 1))
        match draw.choice(["set", "cut", "double", "insert", "truncate"]):
            case "set" if changed:
                changed[at] = draw.randrange(256)
            case "cut":
                del changed[at : at + draw.randint(1, 64)]
            case "double":
                changed[at:at] = changed[at : at + draw.randint(1, 200)]
            case "insert":
                changed[at:at] = draw.choice(INSERTED)
            case "truncate" if draw.random() < 0.3:
                del changed[at:]
    return bytes(changed)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    """A corpus with a small anchor, for fast ingests."""
    return start(tmp_path_factory.mktemp("few"))


def start(folder: Path) -> OpenCorpus:
    """Start a corpus with a small anchor."""
    folder.mkdir(exist_ok=True)
    ROWS[:400].write_parquet(folder / "few.parquet")
    source = {"kind": "files", "path": str(folder / "few.parquet"), "columns": {"bachelor": "label"}}
    return open_corpus(corpus_settings(folder, anchor=source), Store(folder / "data"), by="test", at=AT)


def timed(act: Callable[[], None], what: str) -> None:
    began = time.process_time()
    act()
    assert time.process_time() - began < MOST_SECONDS, what


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_mutated_batch_is_refused_or_every_row_of_it_is_admitted_or_held(
    few: OpenCorpus, tmp_path: Path, suffix: str
) -> None:
    rows, path = ROWS[4_000:4_030], tmp_path / f"whole{suffix}"
    {".csv": rows.write_csv, ".jsonl": rows.write_ndjson, ".parquet": rows.write_parquet}[suffix](path)
    whole, draw = path.read_bytes(), random.Random(f"mutated{suffix}")

    def take() -> None:
        found = ingest(few, path, Request(claims=CLAIMS, by="test", at=AT))
        if found.status == "refused":
            assert found.reasons
            assert few.files.get(f"batches/{found.batch}/original{suffix}") == path.read_bytes()
            return
        assert found.rows_in == found.rows_admitted + found.rows_quarantined
        assert found.version is not None
        assert read_positions(few, read_version(few.files, found.version)) == list(range(found.rows_in))

    for number in range(EACH):
        path.write_bytes(mutate(whole, draw))
        timed(take, f"{suffix} {number}")


def read_positions(corpus: OpenCorpus, intake: Version) -> list[int]:
    """Read the positions of a batch's rows, admitted and quarantined, from the files."""
    parts = [part for part in (*intake.parts, intake.held) if part is not None and part.batch == intake.batch]
    rows = (pl.read_parquet(corpus.files.location(part.path), columns=["position"]) for part in parts)
    return sorted(position for each in rows for position in each["position"])


def test_mutated_settings_are_read_or_refused_by_the_name_of_their_file(tmp_path: Path) -> None:
    draw = random.Random("mutated settings")
    studies = [path.read_bytes() for path in sorted(SHIPPED.glob("*.yaml"))]
    corpora = [path.read_bytes() for path in sorted(CORPORA.shipped_folder.glob("*.yaml"))]
    path = tmp_path / "mutated.yaml"

    def load() -> None:
        try:
            kind.load(path)
        except OutcrossError as error:
            assert error.exit_code == 2 and str(path) in str(error)

    for number in range(EACH):
        kind = STUDIES if number % 2 or not corpora else CORPORA  # type: ignore[assignment]
        path.write_bytes(mutate(draw.choice(studies if kind is STUDIES else corpora), draw))
        timed(load, f"settings {number}")


def test_every_change_of_a_ledger_is_told_beside_its_head_and_never_a_traceback(tmp_path: Path) -> None:
    whole = start(tmp_path / "whole")
    for first in (4_100, 4_200):
        path = tmp_path / "good.parquet"
        ROWS[first : first + 40].write_parquet(path)
        ingest(whole, path, Request(claims=CLAIMS, by="test", at=AT))
    draw, root = random.Random("mutated ledger"), Path(whole.files.path)
    versions = sorted(each for each in root.rglob("*.json") if each.parent.name == VERSIONS)
    head = whole.files.digest(version_path(3))

    def look() -> None:
        try:
            problems = audit(open_corpus(whole.settings, whole.store, by="test", at=AT), head=head).problems
        except OutcrossError as error:
            problems = (str(error),)
        assert bool(problems) == (victim.read_bytes() != content)

    for number in range(EACH):
        victim = draw.choice(versions)
        content = victim.read_bytes()
        victim.write_bytes(mutate(content, draw))
        timed(look, f"ledger {number}")
        victim.write_bytes(content)
    assert audit(whole, head=head).problems == (), "looking changed nothing"
