"""How often each file of CSV is decoded."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from outcross.resources.sources.formats.delimited import Csv


def decoded_files(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count from now on: name of a file → how often it was decoded."""
    found, read = Counter[str](), Csv.read

    def counted(self: Csv, file: Any, *options: Any) -> Any:
        found[Path(file.name).name] += 1
        return read(self, file, *options)

    monkeypatch.setattr(Csv, "read", counted)
    return found
