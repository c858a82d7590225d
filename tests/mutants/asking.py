"""A child process that asks test files about a mutant, and what it answers."""

import json
import os
import resource
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import pytest

HEAVY = (
    "alembic.command",
    "anyio.pytest_plugin",
    "dagster",
    "dagster._core.storage.event_log",
    "duckdb",
    "fsspec",
    "great_expectations",
    "hypothesis",
    "numpy",
    "polars",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "pytest_cov.plugin",
    "rich.progress",
    "rich.traceback",
    "scipy.special",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "torch",
    "typer.testing",
    "watchdog.observers",
    "xdist.plugin",
)
"""What tests import and no mutant changes: imported once, before children are started; nothing is computed."""
COMMANDS = "tests.jobs.command_server"
"""What starts commands for tests."""
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
        failed: the tests that failed.
        seconds: processor seconds, child processes included.
        asked: number of tests that ran.
        all_asked: whether all tests ran; if not, the time was up.
        takes: test file → processor seconds of its tests that ran.
    """

    failed: list[str]
    seconds: float
    asked: int = 0
    all_asked: bool = True
    takes: dict[str, float] = field(default_factory=dict)

    @property
    def noticed_by(self) -> str | None:
        """The first test that failed; None if none did."""
        return self.failed[0] if self.failed else None


def ask(
    top: Path,
    files: list[str],
    *,
    without: Collection[str] = (),
    only: Collection[str] = (),
    commands: bool,
    seconds: float,
) -> NoReturn:
    """Run test files in their order until a test fails or the time is up, write the answer, and leave the process.

    Args:
        top: of the copy of the checkout.
        files: of tests.
        without: names of tests to leave out.
        only: names of the tests to run, each of them, also after one that fails; without it all are run.
        commands: whether a test may start commands: they are forked from this process, before it computes.
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

    listener = _Listener(files, without, only, seconds)
    if not commands or _fork_for_commands(listener):
        options = ["-q", "--no-header", "-p", "no:cacheprovider", "-m", "not browser", "--tb=short"]
        options += [] if only else ["-x"]
        code = pytest.main([*options, "--rootdir", str(top), *files], plugins=[listener])
        if code == pytest.ExitCode.USAGE_ERROR and _CONFTEST in (top / OUTPUT).read_text(encoding="utf-8"):
            listener.failed.append("(not collected) a conftest")  # imports the mutant, which cannot be imported
        elif code in {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}:
            os._exit(BROKEN)
    answer = Answer(
        failed=listener.failed,
        seconds=_spent(),
        asked=listener.ran,
        all_asked=not listener.stopped,
        takes=listener.takes,
    )
    (top / _ANSWER).write_text(json.dumps(asdict(answer)), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


def read_answer(top: Path) -> Answer:
    """Return the answer of the child that has ended; without one, it died of the mutant."""
    path = top / _ANSWER
    if not path.exists():
        return Answer(failed=["(the process ends)"], seconds=0.0)
    return Answer(**json.loads(path.read_text(encoding="utf-8")))


def _fork_for_commands(listener: "_Listener") -> bool:
    """Fork the server of commands from this process: one that tests start imports for ten seconds; say if it can be."""
    try:
        import_module(COMMANDS).fork_server()
    except Exception as error:  # whatever the mutant raises when it is imported
        listener.failed.append(f"(not collected) {COMMANDS}: {error}")
        return False
    return True


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
    """A plugin of pytest that keeps the order of the files, remembers what failed, and ends when the time is up."""

    def __init__(self, files: list[str], without: Collection[str], only: Collection[str], seconds: float):
        self._place = {name: place for place, name in enumerate(files)}
        self._without, self._only, self._seconds = without, only, seconds
        self._before = 0.0
        self.failed: list[str] = []
        self.takes: dict[str, float] = {}
        self.ran = 0
        self.stopped = False

    def pytest_collection_finish(self, session: "pytest.Session") -> None:
        """Undo the order of a whole run, in which the longest files come first."""
        asked = [each for each in session.items if each.nodeid in (self._only or {each.nodeid} - set(self._without))]
        session.items[:] = sorted(asked, key=lambda item: self._place[_file_of(item.nodeid)])
        self._before = _spent()

    def pytest_runtest_logreport(self, report: "pytest.TestReport") -> None:
        self.ran += report.when == "call"
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: "pytest.CollectReport") -> None:
        if report.failed:
            self.failed.append(f"(not collected) {report.nodeid}")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        before, self._before = self._before, _spent()
        file = _file_of(nodeid)
        self.takes[file] = self.takes.get(file, 0.0) + self._before - before

    def pytest_runtest_teardown(self, item: "pytest.Item") -> None:
        if _spent() > self._seconds:
            self.stopped, item.session.shouldstop = True, "the time is up"


def _file_of(test: str) -> str:
    return test.partition("::")[0]
