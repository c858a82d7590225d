"""A separate folder for a test that runs ``outcross``: a home, a store, and a small study of real rows."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import yaml

from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.event_log import PooledSqliteStorage
from outcross.resources.dagster_sqlite import read_migrations_once
from tests.jobs.command_server import RUN, ForkedCommand, run_forked

SMALL: dict[str, Any] = {
    "study": "small",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula", "draws": 8},
    "generations": 3,
    "replicates": 3,
    "metrics": ["loss", "neighbours"],
    "arms": {"accumulate": {"policy": "accumulate"}},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 0.5, 1]}},
    "endpoints": {"loss": {"gain": 0.05}},
}


TWO: dict[str, Any] = {
    "generations": 2,
    "replicates": 2,
    "metrics": ["loss"],
    "arms": {},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 1]}},
}
"""Changes of the small study: two lineages, one for each of two workers."""


@dataclass(frozen=True)
class Workplace:
    """A folder with a study file; ``outcross`` runs in it against an instance and a store of its own."""

    folder: Path

    @property
    def study(self) -> Path:
        return self.folder / "small.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "home" / "data"

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OUTCROSS", "DAGSTER"))}
        return {**kept, "OUTCROSS_HOME": str(self.folder / "home"), "DAGSTER_HOME": str(PACKAGE), "COLUMNS": "200"}

    def copy_to(self, folder: Path) -> "Workplace":
        """Copy it with everything it has made, so that the copy can be changed; its home knows the copied study."""
        shutil.copytree(self.folder, folder)
        for register in (folder / "home").glob("*.json"):
            register.write_text(register.read_text().replace(str(self.folder.resolve()), str(folder.resolve())))
        return Workplace(folder)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "outcross.jobs.cli", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``outcross`` in a process forked from one that has its imports."""
        return run_forked(list(words), folder=self.folder, environment=self.environment)

    def run_anew(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``outcross`` in a process that Python starts, as a user does."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def run_json(self, *words: str) -> Any:
        ran = self.run(*words, "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def start(self, *words: str) -> ForkedCommand:
        """Start ``outcross`` in such a process, in a session of its own."""
        return ForkedCommand(RUN, list(words), folder=self.folder, environment=self.environment)


def make_workplace(folder: Path, **changes: Any) -> Workplace:
    """Write the small study, with keys changed."""
    folder.mkdir(parents=True, exist_ok=True)
    workplace = Workplace(folder)
    workplace.study.write_text(yaml.safe_dump({**SMALL, **changes}))
    return workplace


@contextmanager
def own_instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance below a folder, without telemetry, with the storage that workers open.

    It captures no output: Dagster starts two programs for either stream of each run to do so.
    """
    if not (folder / "instance").exists():
        write_empty_tables(folder / "instance")
    with _instance_in(folder / "instance") as made:
        yield made


def write_empty_tables(folder: Path) -> None:
    """Write the databases of a new instance into a folder, in less time than Dagster makes them."""
    for name, content in _empty_tables().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _instance_in(folder: Path) -> dg.DagsterInstance:
    module, storage = PooledSqliteStorage.__module__, PooledSqliteStorage.__name__
    settings = {"module": module, "class": storage, "config": {"base_dir": str(folder)}}
    silent = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    overrides = {"telemetry": {"enabled": False}, "storage": {"custom": settings}, "compute_logs": silent}
    return dg.DagsterInstance.local_temp(str(folder), overrides=overrides)


@cache
def _empty_tables() -> dict[str, bytes]:
    """The files of a new instance: Dagster reads all its migrations to make them, so one is made and copied."""
    read_migrations_once()
    with TemporaryDirectory() as folder:
        with _instance_in(Path(folder)) as made:
            made.get_runs()
            made.get_dynamic_partitions("none")
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}
