"""An audit verifies an intact corpus, and reports every kind of damage with its file."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.intake.ingest import Outcome, Request, ingest
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import reject, release
from outcross.assets.corpus.trim.trim import apply, plan
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, people, reopen, start, take

ASKED = {"reason": "looked at", "by": "anna", "at": AT}


@dataclass(frozen=True)
class History:
    """A corpus with one of everything: two batches, a release, a rejection, a trim, a refusal."""

    corpus: OpenCorpus
    first: Outcome
    second: Outcome

    def path(self, name: str) -> Path:
        """Find a file of the corpus; ``FIRST`` and ``SECOND`` stand for the batches, ``*`` for digits of a hash."""
        for word, batch in (("FIRST", self.first.batch), ("SECOND", self.second.batch)):
            name = name.replace(word, batch)
        (found,) = Path(self.corpus.files.location("versions")).parent.glob(name)
        return found


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> History:
    """A corpus that no test may change."""
    tmp_path = tmp_path_factory.mktemp("lived")
    corpus = start(tmp_path / "people")
    first = take(corpus, tmp_path / "first.parquet", mixed(corpus))
    release(corpus, first.batch, positions=[20, 21, 22], **ASKED)
    reject(corpus, first.batch, positions=[26, 30], **ASKED)
    second = take(corpus, tmp_path / "second.csv.parquet", people(100, 2), "synthetic")
    apply(corpus, plan(corpus, share=0.1), **ASKED)
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xfe\x00")
    assert ingest(corpus, broken, Request(claims=CLAIMS["real"], by="test", at=AT)).status == "refused"
    return History(corpus, first, second)


@pytest.fixture
def lived(long_lived: History, tmp_path: Path) -> History:
    """A copy of the corpus, for one test to damage."""
    folder = Path(long_lived.corpus.store.path).parent
    shutil.copytree(folder, tmp_path / "people")
    return History(reopen(tmp_path / "people"), long_lived.first, long_lived.second)


def test_an_intact_corpus_is_verified_and_not_changed(lived: History) -> None:
    before, steps = every_byte(lived.corpus), list[str]()
    found = audit(lived.corpus, report=steps.append)
    assert found.problems == ()
    assert (found.corpus, found.version, found.versions, found.batches) == ("people", 6, 6, 2)
    assert (found.rows_in, found.rows_admitted, found.rows_quarantined) == (132, 120, 12)
    assert (found.rows_released, found.rows_rejected) == (3, 2)
    assert "the ledger" in steps and "batch 2 of 2" in steps
    assert every_byte(lived.corpus) == before


def test_a_corpus_without_versions_is_reported(lived: History) -> None:
    for path in (lived.path("versions")).iterdir():
        path.unlink()
    found = audit(lived.corpus)
    assert (found.version, found.versions, found.rows_in) == (0, 0, 0)
    assert "has no version" in found.problems[0]


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def without_a_row(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.head(rows.height - 1).write_parquet(path)


def with_a_row_twice(path: Path) -> None:
    rows = pl.read_parquet(path)
    pl.concat([rows, rows.tail(1)]).write_parquet(path)


def with_another_position(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.with_columns(pl.when(pl.int_range(pl.len()) == 0).then(7).otherwise("position").alias("position")).cast(
        {"position": pl.Int64}
    ).write_parquet(path)


def with_a_row_released_before(path: Path) -> None:
    rows = pl.read_parquet(path)
    first = pl.int_range(pl.len()) == 0
    rows.with_columns(
        decision=pl.when(first).then(pl.lit("released")).otherwise("decision"),
        position=pl.when(first).then(20).otherwise("position").cast(pl.Int64),
    ).write_parquet(path)


def far_beyond(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.with_columns(position=pl.col("position") + 10**12).write_parquet(path)


def no_parquet(path: Path) -> None:
    path.write_bytes(b"PAR1 and nothing PAR1")


def another_column(path: Path) -> None:
    pl.read_parquet(path).rename({"position": "place"}).write_parquet(path)


def edited(**changes: object) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def called_real(path: Path) -> None:
    version = json.loads(path.read_text())
    for count in version["counts"]:
        if count["origin"] == "synthetic":
            count.update(origin="real", depth=0, licence="other")
    path.write_text(json.dumps(version | {"declared_share": 0.0}))


FIRST, SECOND = "batches/FIRST", "batches/SECOND"
DAMAGE: list[tuple[str, Callable[[Path], None], str]] = [
    (f"{FIRST}/admitted-*.parquet", flip, "has other bytes than version 2 wrote"),
    (f"{FIRST}/admitted-*.parquet", without_a_row, "has 19 rows, and version 2 wrote 20"),
    (f"{FIRST}/admitted-*.parquet", with_a_row_twice, "lists more than once: row 19"),
    (f"{FIRST}/admitted-*.parquet", Path.unlink, ".parquet is missing; restore it"),
    (f"{FIRST}/admitted-*.parquet", no_parquet, "cannot be read as Parquet"),
    (f"{FIRST}/admitted-*.parquet", another_column, "lacks the column 'position'"),
    (f"{FIRST}/quarantined-*.parquet", Path.unlink, ".parquet is missing; restore it"),
    (f"{FIRST}/quarantined-*.parquet", cut, "cannot be read as Parquet"),
    (f"{FIRST}/quarantined-*.parquet", flip, "has other bytes than version 2 wrote"),
    (f"{FIRST}/quarantined-*.parquet", without_a_row, "neither admitted nor quarantined: row 31"),
    (f"{FIRST}/quarantined-*.parquet", with_a_row_twice, "lists more than once: row 31"),
    (f"{FIRST}/quarantined-*.parquet", with_another_position, "both admitted and quarantined: row 7"),
    (f"{FIRST}/quarantined-*.parquet", far_beyond, "beyond the rows of its original: rows 1000000000020, "),
    (f"{FIRST}/original.parquet", cut, "original.parquet is not the file that was sent"),
    (f"{FIRST}/original.parquet", flip, "original.parquet is not the file that was sent"),
    (f"{FIRST}/original.parquet", Path.unlink, "the original of batch FIRST is missing"),
    (f"{FIRST}/original.parquet", without_a_row, "rows in are 31 in the store and 32 in versions/00000002.json"),
    (f"{FIRST}/released-3-*.parquet", without_a_row, "released and in no part: row 22"),
    (f"{FIRST}/released-3-*.parquet", flip, "has other bytes than version 3 wrote"),
    (f"{FIRST}/decided-3-*.parquet", without_a_row, "in a part and never released: row 22"),
    (f"{FIRST}/decided-4-*.parquet", with_another_position, "decided on and never quarantined: row 7"),
    (f"{FIRST}/decided-4-*.parquet", Path.unlink, "decided-4"),
    (f"{FIRST}/decided-4-*.parquet", with_a_row_released_before, "lists more than once: row 20"),
    (f"{SECOND}/admitted-*.parquet", without_a_row, "in the store and 100 in versions/00000005.json"),
    ("left_out/*.parquet", without_a_row, "has other bytes than version 6 wrote"),
    ("left_out/*.parquet", with_a_row_twice, "left_out lists 1 rows twice"),
    ("left_out/*.parquet", far_beyond, "0 of which are in the parts"),
    ("anchor/rows.parquet", without_a_row, "anchor/rows.parquet has other bytes than version 1 wrote"),
    ("anchor/holdout.parquet", Path.unlink, "anchor/holdout.parquet is missing"),
    ("anchor/profile.json", Path.unlink, "anchor/profile.json is missing"),
    (version_path(3), Path.unlink, "versions/00000003.json is missing"),
    (version_path(6), cut, "versions/00000006.json: "),
    (
        version_path(2),
        edited(rows_in=33, rows_quarantined=13),
        "has 12 rows in quarantine, and 'ingest' quarantined 13",
    ),
    (version_path(2), edited(rows_in=33, rows_admitted=21), "21 rows were admitted, and its parts have 20 more"),
    (version_path(2), edited(rows_in=10**15, rows_quarantined=10**15 - 20), "has 12 rows in quarantine"),
    (version_path(2), edited(batch="../../.."), "cannot be a path"),
    (version_path(2), edited(held=None), "versions/00000002.json names no quarantine"),
    (version_path(5), edited(decided=[]), "'decided' does not begin with that of its parent"),
    (version_path(4), edited(number=9), "versions/00000004.json: "),
    (version_path(6), called_real, "counts 0 rows of origin synthetic"),
    ("batches/*/refused.json", no_parquet, "refused.json is damaged"),
    ("batches/*/original.csv", Path.unlink, "is missing; restore it from a copy"),
]


@pytest.mark.parametrize(("name", "damage", "problem"), DAMAGE)
def test_every_kind_of_damage_is_reported(
    lived: History, name: str, damage: Callable[[Path], None], problem: str
) -> None:
    damage(lived.path(name))
    found = audit(lived.corpus)
    wanted = problem.replace("FIRST", lived.first.batch)
    assert any(wanted in each for each in found.problems), found.problems


def test_rows_of_the_holdout_in_a_part_are_reported(lived: History) -> None:
    path = lived.path("anchor/holdout.parquet")
    admitted = pl.read_parquet(lived.path(f"{FIRST}/admitted-*.parquet"))
    rows = pl.read_parquet(path)
    pl.concat([rows, admitted.head(3).select(rows.columns)]).write_parquet(path)
    found = audit(lived.corpus)
    assert any(".parquet has 3 rows of the holdout" in problem for problem in found.problems)


def test_of_many_problems_the_rest_are_counted(lived: History) -> None:
    for number in range(10, 100):
        lived.path(version_path(6)).with_name(f"{number:08d}.json").write_text("{}")
    found = audit(lived.corpus)
    assert len(found.problems) == 51
    assert found.problems[-1].startswith("and ")
    assert found.version == 6


def test_files_of_a_killed_process_are_no_problem(lived: History) -> None:
    folder = lived.path(FIRST)
    (folder / "released-9-0123456789ab.parquet").write_bytes(b"half")
    (folder / "decided-9-0123456789ab.parquet").write_bytes(b"half")
    (folder / ".0123.partial").write_bytes(b"half")
    (folder.parent / "0123456789abcdef").mkdir()
    (folder.parent / "0123456789abcdef" / "original.csv").write_bytes(b"half")
    assert audit(lived.corpus).problems == ()
