"""An audit verifies an intact corpus, and reports every kind of damage with its file."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import CliRunner

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.audit.findings import Contradiction, Finding
from outcross.assets.corpus.audit.heads import read_head, sign_head
from outcross.assets.corpus.audit.takeover import take_over
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.ledger import version_path
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import reject, release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.assets.corpus.withdrawal.selection import Selector
from outcross.assets.corpus.withdrawal.withdraw import withdraw
from outcross.jobs.cli.app import app
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from tests.assets.corpus.people import AT, CLAIMS, every_byte, mixed, people, reopen, start, take
from tests.cases.audit_damage import DAMAGE, FIRST, flip
from tests.cases.forgeries import FORGERIES, Forgery, consistently, relinked, with_values

ALL = os.environ.get("OUTCROSS_FAULTS") == "all"
"""Whether `make faults` runs."""
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


def test_erased_bytes_that_lie_there_again_are_a_problem(lived: History) -> None:
    """Somebody puts the original of an erased batch back from a copy."""
    original = lived.path("batches/FIRST/original*")
    content = original.read_bytes()
    withdraw(lived.corpus, Selector(batch=lived.first.batch), erase=True, **ASKED)
    assert not original.exists() and audit(lived.corpus).problems == ()
    original.write_bytes(content)
    (problem,) = audit(lived.corpus).problems
    assert says(Finding.NOT_ERASED, problem) and lived.first.batch in problem


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
    assert re.search(r"; (restore|ingest|leave them out|remove it)|\{fault\}$", finding.value)


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


def test_there_are_fifty_four_forgeries_of_different_names() -> None:
    assert len({forgery.name for forgery in FORGERIES}) == len(FORGERIES) == 54


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forgery_is_found_or_said_to_be_out_of_reach_and_then_found_by_the_head(
    lived: History, forgery: Forgery
) -> None:
    head = lived.corpus.files.digest(version_path(6))
    forgery.change(Path(lived.corpus.files.path))
    found = audit(lived.corpus)
    if not forgery.beyond:
        assert found.problems
        if ALL:  # nor does any option make a forgery look sound, or fail on it
            assert audit(lived.corpus, head=head, from_originals=True).problems
        return
    assert found.problems == ()
    assert any(limit.startswith(forgery.beyond) for limit in found.limits)
    kept = audit(lived.corpus, head=head)
    assert any(says(Finding.UNKNOWN_HEAD, each) for each in kept.problems)
    if forgery.rederived:
        again = audit(lived.corpus, from_originals=True)
        assert any(says(Finding.NOT_REDERIVED, each) for each in again.problems)


def test_quarantined_rows_that_are_not_in_the_original_are_found_by_deriving_them_again(lived: History) -> None:
    relinked(consistently("batches/{first}/quarantined-*", with_values(raw="{}")))(Path(lived.corpus.files.path))
    assert audit(lived.corpus).problems == ()
    assert any(says(Finding.QUARANTINED_OTHERWISE, each) for each in audit(lived.corpus, from_originals=True).problems)


def test_a_head_that_was_kept_is_found_in_a_ledger_that_grew_and_its_version_is_told(lived: History) -> None:
    found = audit(lived.corpus, head=lived.corpus.files.digest(version_path(4)), from_originals=True)
    assert (found.problems, found.kept, found.head) == ((), 4, lived.corpus.files.digest(version_path(6)))
    assert found.rows_rederived == 120 + 12 + 3
    told = " ".join(found.limits)
    assert "rewriting: of versions 5 to 6" in told and "deletion" not in told and "content" not in told


def test_files_that_no_version_names_are_reported_and_are_no_problem(lived: History) -> None:
    assert audit(lived.corpus).unnamed == ()
    lived.corpus.files.put("batches/smuggled/admitted-0.parquet", b"rows")
    (Path(lived.corpus.files.path) / ".hidden").write_bytes(b"")
    found = audit(lived.corpus)
    assert (found.unnamed, found.unnamed_files) == ((".hidden", "batches/smuggled/admitted-0.parquet"), 2)
    assert found.problems == ()


def in_the_earlier_layout(lived: History) -> None:
    """Write the ledger as versions before this layout did: without digests of parents, and without other files."""
    for number in range(1, 7):
        path = lived.path(version_path(number))
        content = json.loads(path.read_text())
        del content["parent_sha256"], content["files"]
        path.write_text(json.dumps(content, indent=1))


def test_a_ledger_of_the_earlier_layout_is_taken_over_once_and_proven_from_then_on(lived: History) -> None:
    in_the_earlier_layout(lived)
    profile = lived.path("anchor/profile.json")
    content = profile.read_bytes()
    profile.unlink()
    assert any(says(Finding.MISSING_ANCHOR_FILE, each) for each in audit(lived.corpus).problems)
    profile.write_bytes(content)
    before = audit(lived.corpus)
    assert before.problems == () and before.to_take_over > 6
    assert any(limit.startswith("before the takeover: versions 1 to 6") for limit in before.limits)
    taken = take_over(lived.corpus, by="anna", at=AT)
    assert taken is not None and (taken.number, taken.action, taken.by, taken.at) == (7, "takeover", "anna", AT)
    assert take_over(lived.corpus, by="anna", at=AT) is None
    after = audit(lived.corpus, from_originals=True)
    assert (after.problems, after.to_take_over, after.rows_rederived) == ((), 0, 135)
    assert any("taken over by version 7 as they were on" in limit for limit in after.limits)
    for path in ("anchor/holdout.parquet", "anchor/profile.json", version_path(2), f"{FIRST}/original.parquet"):
        content = lived.path(path).read_bytes()
        flip(lived.path(path))
        assert any(says(Finding.OTHER_FILE, each) for each in audit(lived.corpus).problems), path
        lived.path(path).write_bytes(content)


def test_a_ledger_of_the_earlier_layout_grows_by_versions_that_are_linked(lived: History, tmp_path: Path) -> None:
    in_the_earlier_layout(lived)
    assert take(lived.corpus, tmp_path / "third.parquet", people(10, 5)).status == "admitted"
    assert audit(lived.corpus).problems == ()
    flip(lived.path(version_path(6)))
    assert any(says(Finding.OTHER_PARENT, each) for each in audit(lived.corpus).problems)


def test_a_signed_head_stands_for_its_ledger_and_another_key_or_ledger_is_refused(
    lived: History, tmp_path: Path
) -> None:
    key, public, other = keys(tmp_path)
    assert any(says(Finding.NO_SIGNATURE, each) for each in audit(lived.corpus, key=public).problems)
    sign_head(lived.corpus.files, key, version=4, head=lived.corpus.files.digest(version_path(4)))
    found = audit(lived.corpus, key=public)
    assert (found.problems, found.signed) == ((), 4)
    assert "rewriting: of versions 5 to 6" in " ".join(found.limits)
    assert any(says(Finding.WRONG_SIGNATURE, each) for each in audit(lived.corpus, key=other).problems)
    signed = lived.path("heads/00000004.json")
    content = signed.read_text()
    signed.write_text(content.replace('"version": 4', '"version": 5'))
    assert any(says(Finding.WRONG_SIGNATURE, each) for each in audit(lived.corpus, key=public).problems)
    signed.write_text(content)
    next(each for each in FORGERIES if "another author" in each.name).change(Path(lived.corpus.files.path))
    assert audit(lived.corpus).problems == ()
    assert any(says(Finding.UNKNOWN_HEAD, each) for each in audit(lived.corpus, key=public).problems)


def keys(folder: Path) -> tuple[Path, Path, Path]:
    """Write a private key, its public key, and another public key."""
    paths = []
    for place in range(2):
        key = Ed25519PrivateKey.generate()
        private, public = folder / f"{place}.pem", folder / f"{place}.pub"
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        paths += [private, public]
    return paths[0], paths[1], paths[3]


@pytest.mark.parametrize(
    "text", ["{head}", "{HEAD}", '{{"head": "{head}", "x": 1}}', "Head: version 6, sha256 {head}\n"]
)
def test_a_head_is_read_from_digits_and_from_what_the_command_printed(tmp_path: Path, text: str) -> None:
    head = "0123456789abcdef" * 4
    (tmp_path / "head").write_text(text.format(head=head, HEAD=head.upper()))
    assert read_head(str(tmp_path / "head")) == read_head(head) == head


def test_what_is_no_head_and_what_is_no_key_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for wrong, says_so in (("abc", "neither 64 hexadecimal digits"), (str(tmp_path / "empty"), "has no head")):
        with pytest.raises(BadInput, match=says_so):
            read_head(wrong)
    for path, says_so in ((tmp_path / "absent", "cannot be read"), (tmp_path / "empty", "openssl genpkey")):
        with pytest.raises(BadInput, match=says_so):
            sign_head(CorpusStore(Store(tmp_path), "people"), path, version=1, head="0" * 64)
