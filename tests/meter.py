"""A meter of processor time: what each test takes, child processes included.

``--meter=FILE`` writes a report: by folder, the dearest tests, every test. ``--budget=MINUTES`` makes more a failure;
nothing else does, so no test depends on the machine. What several tests share is charged to the first that asks for it.
"""

import os
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

BUDGET_MINUTES = 25.0
"""Processor time of the whole suite, in minutes: user and system, of all processes."""
DEAREST = 20
REST = "(imports, collection, waiting)"
"""What processes take outside tests."""
_KEY = "processor_time"

Spent = tuple[float, float]
"""Seconds of processor time: in programs, and in the kernel for them."""


@dataclass
class Meter:
    """What this process, its children, and the tests of other processes have spent so far.

    Attributes:
        tests: id of a test → what it spent.
    """

    tests: dict[str, Spent] = field(default_factory=dict)
    last: Spent = (0.0, 0.0)

    def charge(self, to: str, *, children: bool = True) -> None:
        """Charge what was spent since the last time to a test, child processes that have ended included."""
        now = spent(children=children)
        before = self.tests.get(to, (0.0, 0.0))
        self.tests[to] = (before[0] + now[0] - self.last[0], before[1] + now[1] - self.last[1])
        self.last = now

    def add(self, others: Mapping[str, Spent]) -> None:
        """Add what the tests of another process spent."""
        for name, (user, system) in others.items():
            before = self.tests.get(name, (0.0, 0.0))
            self.tests[name] = (before[0] + user, before[1] + system)


METER = pytest.StashKey[Meter]()


def spent(*, children: bool) -> Spent:
    """Return what this process has spent and, if asked, its children that have ended and its server of commands."""
    from tests.jobs.command_server import server_process

    user, system = _usage(resource.RUSAGE_SELF)
    if not children:
        return user, system
    ended = _usage(resource.RUSAGE_CHILDREN)
    user, system = user + ended[0], system + ended[1]
    process = server_process()
    if process is not None:
        served = _of_running(process)
        user, system = user + served[0], system + served[1]
    return user, system


def _usage(whose: int) -> Spent:
    usage = resource.getrusage(whose)
    return usage.ru_utime, usage.ru_stime


def _of_running(process: int) -> Spent:
    """Return what a running process has spent with its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # another system than Linux
        return 0.0, 0.0
    user, system, children_user, children_system = (int(each) / os.sysconf("SC_CLK_TCK") for each in fields[11:15])
    return user + children_user, system + children_system


def add_options(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("processor time")
    group.addoption("--meter", type=Path, metavar="FILE", help="write what each test takes of processor time")
    group.addoption("--budget", type=float, metavar="MINUTES", help="fail if all tests take more processor time")


def start(config: pytest.Config) -> None:
    """Start the meter, where an option asks for it: this module becomes a plugin."""
    if config.getoption("--meter") or config.getoption("--budget"):
        config.stash[METER] = Meter()
        config.pluginmanager.register(sys.modules[__name__])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Charge a test with what it takes, fixtures included."""
    meter = item.config.stash[METER]
    meter.charge(REST)
    result = yield
    meter.charge(item.nodeid)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add what a worker of xdist has metered."""
    if not error:
        node.config.stash[METER].add(node.workeroutput[_KEY])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the figures to the process that reports; there, write the report and hold the total to the budget."""
    config = session.config
    meter = config.stash[METER]
    meter.charge(REST, children=not config.pluginmanager.hasplugin("dsession"))  # which are xdist's workers
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = meter.tests
        return
    path, budget = config.getoption("--meter"), config.getoption("--budget")
    if path:
        path.write_text(report(meter.tests), encoding="utf-8")
    if budget and _minutes(meter.tests) > budget and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the total and the budget."""
    meter = config.stash[METER]
    path, budget = config.getoption("--meter"), config.getoption("--budget")
    minutes, allowed = _minutes(meter.tests), budget or BUDGET_MINUTES
    verdict = "within" if minutes <= allowed else "OVER"
    where = f"; see {path}" if path else ""
    terminalreporter.write_line(
        f"processor time: {minutes:.1f} minutes, {verdict} the budget of {allowed:g} minutes for all tests{where}"
    )


def report(tests: Mapping[str, Spent]) -> str:
    """Return the report: totals by folder, the dearest tests, and every test, in seconds."""
    folders: dict[str, Spent] = defaultdict(lambda: (0.0, 0.0))
    for name, (user, system) in tests.items():
        folder = name if name == REST else str(PurePosixPath(name.partition("::")[0]).parent)
        folders[folder] = (folders[folder][0] + user, folders[folder][1] + system)
    by_cost = sorted(tests, key=lambda name: -sum(tests[name]))
    only_tests = [name for name in by_cost if name != REST]
    return "\n".join(
        [
            f"Processor time of {len(only_tests):,} tests: {_minutes(tests):.1f} minutes, child processes included.",
            *_table("By folder", {name: folders[name] for name in sorted(folders, key=lambda n: -sum(folders[n]))}),
            *_table(f"The {DEAREST} dearest tests", {name: tests[name] for name in only_tests[:DEAREST]}),
            *_table("Every test", {name: tests[name] for name in only_tests}),
            "",
        ]
    )


def _table(title: str, rows: Mapping[str, Spent]) -> list[str]:
    lines = [f"{sum(both):9.2f} {both[0]:9.2f} {both[1]:9.2f}  {name}" for name, both in rows.items()]
    return ["", title, f"{'seconds':>9} {'user':>9} {'system':>9}", *lines]


def _minutes(tests: Mapping[str, Spent]) -> float:
    return sum(user + system for user, system in tests.values()) / 60
