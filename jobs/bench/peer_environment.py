"""The Python environment in which the peers are installed, separate from ours."""

import json
import os
import subprocess
from pathlib import Path

from outcross.resources.errors import BadInput

_VARIABLE = "OUTCROSS_PEERS"
_FOLDER = Path(__file__).resolve().parents[2] / ".venv-peers"
_PACKAGES = (
    "sdv",
    "sdmetrics",
    "ctgan",
    "prdc",
    "datasketch",
    "mauve-text",
    "transformers",
    "diffusers",
    "torch",
    "scikit-learn",
    "pandas",
    "numpy",
)
_PRINT_VERSIONS = (
    "import importlib.metadata as m, json, platform, sys;"
    "print(json.dumps({'python': platform.python_version(), **{n: m.version(n) for n in sys.argv[1:]}}))"
)


def peer_python() -> Path:
    """Return the peers' interpreter, in ``.venv-peers`` or in the folder that ``OUTCROSS_PEERS`` names.

    Raises:
        BadInput: the folder contains no interpreter.
    """
    folder = Path(os.environ.get(_VARIABLE, _FOLDER))
    python = folder / "bin" / "python"
    if not python.exists():
        raise BadInput(
            f"{folder} has no Python, so there are no peers to compare with; run: make peers "
            f"(or set {_VARIABLE} to the folder of an environment in which jobs/bench/peers.txt is installed)"
        )
    return python


def peer_versions() -> dict[str, str]:
    """Return package → version of the peers, and the version of their Python.

    Raises:
        BadInput: the environment lacks a package.
    """
    answer = subprocess.run(  # noqa: S603 - the interpreter that the user chose
        [peer_python(), "-c", _PRINT_VERSIONS, *_PACKAGES], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        reason = answer.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise BadInput(f"the peers' environment is incomplete ({reason[0]}); run: make peers")
    result: dict[str, str] = json.loads(answer.stdout)
    return result
