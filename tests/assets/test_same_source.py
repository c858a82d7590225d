"""Files that were moved, copied or linked are the same source; other content, or another way to read it, is none."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.graph.keys import asset_key, settings_version
from outcross.assets.study.study import Study
from outcross.jobs.running.study_definitions import study_definitions
from outcross.resources.store import Store

ROWS = pl.DataFrame({"x": [each / 7 for each in range(60)], "y": ["a", "b", "c"] * 20})


def study(path: str, folder: Path, **source: Any) -> Study:
    settings = {
        "study": "moved",
        "source": {"kind": "files", "path": path, **source},
        "generator": {"kind": "copula"},
        "generations": 2,
        "replicates": 1,
        "metrics": ["loss"],
        "arms": {"replace": {"policy": "replace"}},
    }
    return Study.model_validate(settings, context={"base": folder})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moved")
    (folder / "a").mkdir()
    ROWS.write_csv(folder / "a" / "rows.csv")
    make_anchor(Artefacts(study("a/rows.csv", folder), Store(folder / "data")))
    for other in ("b", "b/year=2026"):
        (folder / other).mkdir()
        ROWS.write_csv(folder / other / "copy.csv")
    (folder / "link.csv").symlink_to(folder / "a" / "rows.csv")
    ROWS.write_csv(folder / "rows.tsv")
    ROWS[:59].write_csv(folder / "fewer.csv")
    return folder


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("a/rows.csv", True),
        ("./a/rows.csv", True),
        ("b/copy.csv", True),
        ("link.csv", True),
        ("b/*.csv", True),
        ("fewer.csv", False),
        ("b/year=2026/copy.csv", False),
        ("rows.tsv", False),
        ("gone.csv", False),
    ],
)
def test_the_content_is_what_counts_not_the_path(made: Path, path: str, same: bool) -> None:
    asked = study(path, made)
    artefacts = Artefacts(asked, Store(made / "data"))
    assert all(artefacts.is_current(artefacts.address(thing)) == same for thing in (ANCHOR, HOLDOUT))
    first = settings_version(study("a/rows.csv", made))
    node = study_definitions([asked], root=str(made / "data")).resolve_asset_graph().get(asset_key(asked, ANCHOR))
    assert (node.code_version == first) == same, "the UI says the same"


def test_other_settings_of_the_same_files_are_another_source(made: Path) -> None:
    artefacts = Artefacts(study("b/copy.csv", made, columns={"y": "label"}), Store(made / "data"))
    assert not artefacts.is_current(artefacts.address(ANCHOR))


def test_an_anchor_made_again_from_the_moved_files_keeps_the_name_by_which_the_store_knows_them(made: Path) -> None:
    moved = Artefacts(study("b/copy.csv", made), Store(made / "data"))
    before = moved.provenance(moved.address(ANCHOR))
    make_anchor(moved)
    assert moved.provenance(moved.address(ANCHOR)) == before
    first = Artefacts(study("a/rows.csv", made), Store(made / "data"))
    assert first.is_current(first.address(ANCHOR))
