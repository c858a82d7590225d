"""Files that come along with an installed package, found without importing it."""

from importlib.util import find_spec
from pathlib import Path

from outcross.resources.errors import BadInput


def packaged_file(source: str, *, package: str, path: str, distribution: str) -> Path:
    """Return the file that a package brings along.

    Args:
        source: kind of the source that reads it, for messages.
        package: name to import; it is not imported, for that may take seconds.
        path: of the file within the package.
        distribution: name to install.

    Raises:
        BadInput: the package or its file is not there.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(
            f"source {source!r}: package {distribution!r} is not installed; install it or choose another source"
        )
    file = Path(spec.submodule_search_locations[0]) / path
    if not file.is_file():
        raise BadInput(
            f"source {source!r}: package {distribution!r} lacks its file {path!r} (full path {str(file)!r}); "
            f"install it again: pip install --force-reinstall {distribution}"
        )
    return file
