"""The environment in which the peers are installed, apart from ours."""

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
_ASK = (
    "import importlib.metadata as m, json, platform, sys;"
    "print(json.dumps({'python': platform.python_version(), **{n: m.version(n) for n in sys.argv[1:]}}))"
)


def peer_python() -> Path:
    """Return the peers' interpreter: of ``.venv-peers``, or of the folder that ``OUTCROSS_PEERS`` names.

    Raises:
        BadInput: there is none.
    """
    folder = Path(os.environ.get(_VARIABLE, _FOLDER))
    python = folder / "bin" / "python"
    if not python.exists():
        raise BadInput(
            f"{folder} has no Python, so there are no peers to compare with; run: make peers "
            f"(or set {_VARIABLE} to the folder of an environment with jobs/bench/peers.txt installed)"
        )
    return python


def peer_versions() -> dict[str, str]:
    """Return package → version, and that of Python.

    Raises:
        BadInput: the environment lacks one.
    """
    asked = subprocess.run(  # noqa: S603 - the interpreter that the user chose
        [peer_python(), "-c", _ASK, *_PACKAGES], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        reason = asked.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise BadInput(f"the peers' environment is not whole ({reason[0]}); run: make peers")
    return json.loads(asked.stdout)
