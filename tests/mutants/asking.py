"""A child process that asks test files about a mutant, and what it answers."""

import json
import os
import resource
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import pytest

HEAVY = (
    "dagster",
    "duckdb",
    "great_expectations",
    "hypothesis",
    "numpy",
    "polars",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "scipy.special",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "torch",
    "typer.testing",
)
"""What tests import and no mutant changes: imported once, before children are started; nothing is computed."""
BROKEN = 70
"""Exit status of a child in which pytest itself failed: nothing was asked."""
_LOOPS = 3
"""Times the seconds of the tests after which a process of theirs is ended: the mutant made it loop."""
_CONFTEST = "while loading conftest"
"""What pytest says where a conftest cannot be imported."""
_ANSWER, OUTPUT = "answer.json", "output.txt"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What tests said of a mutant.

    Attributes:
        noticed_by: the first test that failed; None if none did.
        seconds: processor seconds, child processes included.
        asked: number of tests that ran.
        all_asked: whether all tests ran; if not, the time was up.
    """

    noticed_by: str | None
    seconds: float
    asked: int = 0
    all_asked: bool = True


def ask(top: Path, tests: list[str], *, without: Collection[str] = (), seconds: float) -> NoReturn:
    """Run test files in their order until a test fails or the time is up, write the answer, and leave the process.

    Args:
        top: of the copy of the checkout.
        tests: files, or names of tests.
        without: names of tests to leave out.
        seconds: processor time after which no further test begins.
    """
    os.setpgid(0, 0)
    most = int(_LOOPS * seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    os.chdir(top)
    with (top / OUTPUT).open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    (top / _ANSWER).unlink(missing_ok=True)
    _import_from(top)
    import pytest

    listener = _Listener(tests, seconds)
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-m", "not browser", "--tb=short"]
    code = pytest.main(
        [*options, *(f"--deselect={each}" for each in without), "--rootdir", str(top), *tests], plugins=[listener]
    )
    if code == pytest.ExitCode.USAGE_ERROR and _CONFTEST in (top / OUTPUT).read_text(encoding="utf-8"):
        listener.failed = "(not collected) a conftest"  # imports the mutant, which cannot be imported
    elif code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}:
        os._exit(BROKEN)
    all_asked = not listener.stopped
    answer = Answer(noticed_by=listener.failed, seconds=_spent(), asked=listener.ran, all_asked=all_asked)
    (top / _ANSWER).write_text(json.dumps(asdict(answer)), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


def read_answer(top: Path) -> Answer:
    """Return the answer of the child that has ended; without one, it died of the mutant."""
    path = top / _ANSWER
    if not path.exists():
        return Answer(noticed_by="(the process ends)", seconds=0.0)
    return Answer(**json.loads(path.read_text(encoding="utf-8")))


def _import_from(top: Path) -> None:
    """Forget the checkout that this process was started from: tests and product come from the copy."""
    for name in [each for each in sys.modules if each.split(".")[0] in {"tests", "outcross"}]:
        del sys.modules[name]
    paths = [str(top), str(top / "src")]
    sys.path[:] = [*paths, *sys.path[1:]]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def _spent() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class _Listener:
    """A plugin of pytest that asks the nearest first, remembers the first failure, and ends when the time is up."""

    def __init__(self, tests: list[str], seconds: float):
        self._place = {name.partition("::")[0]: place for place, name in enumerate(tests)}
        self._seconds = seconds
        self.failed: str | None = None
        self.ran = 0
        self.stopped = False

    def pytest_collection_finish(self, session: "pytest.Session") -> None:
        """Undo the order of a whole run, in which the longest files come first."""
        session.items.sort(key=lambda item: self._place.get(item.nodeid.partition("::")[0], len(self._place)))

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        self.ran += report.when == "call"
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: "pytest.CollectReport") -> None:
        if report.failed and self.failed is None:
            self.failed = f"(not collected) {report.nodeid}"

    def pytest_runtest_teardown(self, item: "pytest.Item") -> None:
        if _spent() > self._seconds:
            self.stopped, item.session.shouldstop = True, "the time is up"
