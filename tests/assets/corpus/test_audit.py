"""An audit verifies an intact corpus, and reports every kind of damage with its file."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.audit.findings import Contradiction, Finding
from outcross.assets.corpus.intake.ingest import Outcome, Request, ingest
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import reject, release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.jobs.cli.app import app
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, people, reopen, start, take
from tests.cases.audit_damage import DAMAGE, FIRST

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


@pytest.mark.parametrize(
    ("finding", "name", "damage", "problem"), DAMAGE, ids=[f"{finding.name} {name}" for finding, name, *_ in DAMAGE]
)
def test_every_kind_of_damage_is_reported(
    lived: History, finding: Finding | Contradiction, name: str, damage: Callable[[Path], None], problem: str
) -> None:
    damage(lived.path(name))
    found = audit(lived.corpus)
    wanted = problem.replace("FIRST", lived.first.batch)
    assert any(wanted in each and says(finding, each) for each in found.problems), found.problems


def says(finding: Finding | Contradiction, sentence: str) -> bool:
    """Whether a sentence is that of a finding, whatever its facts."""
    if isinstance(finding, Contradiction):
        return f": {finding}: " in sentence
    pattern = re.sub(r"\\{.*?\\}", ".*", re.escape(finding.value))
    return re.fullmatch(pattern, sentence) is not None


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


@pytest.mark.parametrize("finding", Finding, ids=lambda finding: finding.name)
def test_every_finding_has_a_remedy_of_its_own_or_repeats_that_of_its_fault(finding: Finding) -> None:
    assert re.search(r"; (restore|ingest|leave them out)|\{fault\}$", finding.value)


def test_the_command_exits_with_1_names_each_finding_and_changes_nothing(
    lived: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    settings = str(tmp_path / "people" / "corpus.json")
    arguments = ["audit", settings, "--root", str(tmp_path / "people" / "data")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    lived.path(f"{FIRST}/admitted-*.parquet").unlink()
    before = every_byte(lived.corpus)
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 1
    assert "is missing; restore it from a copy" in " ".join(ran.output.split())
    assert every_byte(lived.corpus) == before
