"""The data files that scikit-learn bundles, read without importing it, which would take two seconds."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from outcross.resources.errors import BadInput


def read_bundled(name: str, *, header_lines: int = 0) -> np.ndarray:
    """Return the numbers of a file of comma-separated values, shape ``(rows, columns)``.

    Args:
        name: of the file in ``sklearn/datasets/data``; one that ends in ``.gz`` is compressed.
        header_lines: number of lines before the first row.

    Raises:
        BadInput: scikit-learn is not installed, or comes without that file.
    """
    package = find_spec("sklearn")
    folders = [] if package is None else [Path(each) for each in package.submodule_search_locations or []]
    path = next((each for folder in folders if (each := folder / "datasets/data" / name).is_file()), None)
    if path is None:
        raise BadInput(f"scikit-learn's '{name}' is not there; install scikit-learn again, in the version of Outcross")
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        return np.loadtxt(lines, delimiter=",", skiprows=header_lines)
