"""What the oracles read is there, keeps the rules that stand in our own words, and is broken where it is said to be."""

import json
from pathlib import Path

from tests.assets.export.croissant_rules import problems
from tests.assets.export.oracle_files import EXPECTED, write


def test_every_export_is_there_for_the_oracles(tmp_path: Path) -> None:
    write(tmp_path)
    expected = json.loads((tmp_path / EXPECTED).read_text())
    for path in (*expected["records"], *expected["valid"]):
        assert problems(json.loads((tmp_path / path).read_text())) == [], path
    for path, count in expected["events"].items():
        lines = (tmp_path / path).read_text().removesuffix("\n").split("\n")
        assert [json.loads(line)["eventType"] for line in lines] == ["COMPLETE"] * count, path
    refused = [*expected["refused"]["croissant"], *expected["refused"]["openlineage"]]
    assert refused
    assert all((tmp_path / path).is_file() for path in refused)
