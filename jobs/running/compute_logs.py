"""The output of runs: kept in a file for the UI, and copied to where the process prints, by the process itself."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import Any, TextIO

from outcross.resources.dagster_logs import COMPLETE, CapturedLogs, LocalLogs, LogConfig, redirect_to_file

INTERVAL_SECONDS = 0.2
LAST_SECONDS = 5.0
"""How long a run waits at its end for whoever reads what it prints."""


class FileLogs(LocalLogs):
    """Captured output in files below the instance.

    Dagster's own starts ``tail`` and a watcher of it for either stream of each run. A process that is killed between
    the two starts leaves ``tail`` running for ever, and what ``tail`` has not yet read at the end of a run is lost.
    """

    @classmethod
    def from_config_value(cls, inst_data: LogConfig | None, config_value: Mapping[str, Any]) -> "FileLogs":
        """Return the instance's, with the settings of ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogs]:
        """Keep what this process prints in files while a run's steps are executed."""
        with ExitStack() as captured:
            for stream, ending in ((sys.stdout, "out"), (sys.stderr, "err")):
                path = Path(self.get_captured_local_path(log_key, ending))
                path.parent.mkdir(parents=True, exist_ok=True)
                captured.enter_context(copied_to(path, stream))
            yield CapturedLogs(log_key)
        Path(self.get_captured_local_path(log_key, COMPLETE)).touch()


@contextmanager
def copied_to(path: Path, stream: TextIO) -> Iterator[None]:
    """Append what a stream is given to a file; a thread passes it on to where the stream goes."""
    with ExitStack() as closing:
        with suppress(
            AttributeError, UnsupportedOperation
        ):  # a stream without a file descriptor is not captured, nor passed on
            original = closing.enter_context(os.fdopen(os.dup(stream.fileno()), "wb", buffering=0))
            closing.enter_context(_passed_on(path, original.fileno()))
        with redirect_to_file(stream, str(path)):
            yield


@contextmanager
def _passed_on(path: Path, descriptor: int) -> Iterator[None]:
    path.touch()
    ended = threading.Event()
    with path.open("rb", buffering=0) as written:
        written.seek(0, os.SEEK_END)

        def pass_on() -> None:
            with suppress(OSError):  # nobody reads what this process prints: the file has it
                last = False
                while not last:
                    last = ended.wait(INTERVAL_SECONDS)
                    while block := written.read(1 << 16):
                        os.write(descriptor, block)

        thread = threading.Thread(target=pass_on, name="passes output on", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(LAST_SECONDS)
