"""Real data that is too large to ship: in the folder that ``OUTCROSS_TEST_DATA`` names."""

import os
from pathlib import Path

from tests.wants import skip_for_want_of

VARIABLE = "OUTCROSS_TEST_DATA"
_BESIDE_THE_CHECKOUT = Path(__file__).parents[1] / "../shared/data"


def shared_data(name: str) -> Path:
    """Return the path of a file, or skip the test that asks for it."""
    folder = Path(os.environ.get(VARIABLE) or _BESIDE_THE_CHECKOUT).resolve()
    if not (folder / name).is_file():
        skip_for_want_of(name, f"put it into a folder, and set {VARIABLE} to that; it is not in {folder}")
    return folder / name
