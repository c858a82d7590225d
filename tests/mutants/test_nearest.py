"""Which test files are asked of a mutant."""

from pathlib import Path

import pytest

from tests.mutants.nearest import Nearest
from tests.mutants.reached_by import names_that_reach
from tests.mutants.rooms import ROOMS, files_of

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def nearest() -> Nearest:
    return Nearest(TOP)


def test_the_tests_of_a_file_come_first(nearest: Nearest) -> None:
    assert nearest.to("assets/verdict/limits.py")[:3] == [
        "tests/test_constants.py",
        "tests/assets/verdict/test_recorded.py",
        "tests/assets/verdict/test_limits.py",
    ]
    assert "tests/assets/metrics/test_frechet.py" in nearest.to("assets/metrics/frechet.py")[:4]


def test_what_a_registry_imports_by_its_name_is_reached(nearest: Nearest) -> None:
    assert "tests/assets/metrics/test_registry.py" in nearest.to("assets/metrics/spectrum.py")
    assert "tests/resources/generators/test_registry.py" in nearest.to("resources/generators/copula/settings.py")


def test_a_record_of_what_a_file_declares_comes_first_and_is_not_asked_of_others(nearest: Nearest) -> None:
    record = "tests/jobs/test_settings_snapshot.py"
    for file in ("assets/study/study.py", "resources/generators/copula/settings.py", "jobs/cli/quarantine.py"):
        assert record in nearest.to(file)[:2]
        assert nearest.to(file).count(record) == 1
    assert record not in nearest.to("assets/verdict/limits.py")[:2]
    assert "tests/assets/metrics/test_recorded.py" in nearest.to("assets/instruments/grams.py")[:2]


def test_a_test_that_quotes_the_messages_of_a_file_is_near_to_it(nearest: Nearest) -> None:
    assert "tests/assets/study/test_study.py" in nearest.to("assets/study/study_checks.py")[:8]


def test_what_enters_a_fingerprint_asks_for_those_that_are_recorded(nearest: Nearest) -> None:
    for file in ("assets/study/affecting.py", "assets/study/arm.py", "assets/study/recorded_keys.py"):
        assert "tests/jobs/test_fingerprints.py" in nearest.to(file)[:2]


def test_a_command_that_tests_start_in_a_process_is_reached(nearest: Nearest) -> None:
    assert "tests/jobs/test_command_line.py" in nearest.to("jobs/cli/audit.py")


def test_a_test_of_the_function_comes_before_those_of_its_file(nearest: Nearest) -> None:
    own = "tests/assets/study/test_real_alone.py"
    assert own not in nearest.to("assets/study/study.py")[:8]
    assert own in nearest.to("assets/study/study.py", "Study.real_alone")[:5]


def test_a_private_function_is_known_by_those_that_lead_to_it() -> None:
    text = (
        "def count(x): return _each(x)\n"
        "class Part:\n    def add(self): return self._one()\n    def _one(self): return _each(1)\n"
        "def other(): return 2\n"
        "def _each(x): return x\n"
    )
    assert names_that_reach(text, "_each") == {"count", "add", "Part"}
    assert names_that_reach(text, "Part._one") == {"add", "Part"}
    assert names_that_reach(text, "other") == {"other"}
    assert names_that_reach(text, "module") == set()


def test_what_starts_commands_is_known(nearest: Nearest) -> None:
    starts = ("tests/jobs/test_command_line.py", "tests/assets/corpus/test_ledger.py")
    assert all(map(nearest.starts_commands, starts))
    assert not nearest.starts_commands("tests/assets/corpus/test_counts.py")


def test_every_file_of_every_room_has_a_test(nearest: Nearest) -> None:
    files = [path for room in ROOMS for path in files_of(room, TOP) if path.name not in {"__init__.py", "__main__.py"}]
    assert len(files) > 250
    assert [str(path) for path in files if not nearest.reaching(str(path))] == []
