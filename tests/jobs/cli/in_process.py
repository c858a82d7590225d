"""Run ``outcross`` in this process, as its main function does in one of its own."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from outcross.jobs.cli.app import main


@dataclass(frozen=True)
class Ran:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """What it printed, on one line."""
        return " ".join((self.out + self.err).split())


def outcross(folder: Path, *words: str, **environment: str) -> Ran:
    """Run a command in a folder, whose home is ``home`` unless the environment names another."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(("OUTCROSS", "DAGSTER")):
            del os.environ[name]
    os.environ.update({"OUTCROSS_HOME": str(folder / "home"), "COLUMNS": "250", "LOGNAME": "anna", **environment})
    try:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["outcross", *words])
            main()
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return Ran(code, out.getvalue(), err.getvalue())
