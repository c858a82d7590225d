"""Files that were moved, copied or linked are the same source; other content, or another way to read it, is none."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import ANCHOR, HOLDOUT, POOL, TESTS, Artefacts
from outcross.assets.graph.keys import asset_key, settings_version
from outcross.assets.pool.make import make_pool
from outcross.assets.same_source import FILES
from outcross.assets.study.study import Study
from outcross.jobs.running.study_definitions import known_to_store, study_definitions
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


def of_pool(folder: Path, pool: str, test: str, name: str = "bought") -> Study:
    made = {"kind": "pool", "path": pool, "repeats": "keep"}
    own = study("a/rows.csv", folder).model_dump(mode="json", by_alias=True)
    return Study.model_validate(
        {**own, "study": name, "generator": made, "tests": {"april": test}}, context={"base": folder}
    )


@pytest.fixture(scope="module")
def bought(made: Path) -> Path:
    for place in ("first", "moved"):
        (made / place).mkdir()
        for name, start in (("pool", 1000), ("april", 5000)):
            x = [each / 7 for each in range(start, start + 400)]
            pl.DataFrame({"x": x, "y": ["a", "b"] * 200}).write_csv(made / place / f"{name}.csv")
    (made / "other.csv").write_text((made / "first/pool.csv").read_text() + "3.5,a\n")
    artefacts = Artefacts(of_pool(made, "first/pool.csv", "first/april.csv"), Store(made / "data"))
    make_anchor(artefacts)
    make_pool(artefacts)
    return made


@pytest.mark.parametrize(
    ("pool", "test", "same"),
    [
        ("first/pool.csv", "moved/april.csv", True),
        ("moved/pool.csv", "first/april.csv", True),
        ("moved/*ool.csv", "moved/april.csv", True),
        ("other.csv", "moved/april.csv", False),
        ("moved/pool.csv", "other.csv", False),
        ("gone.csv", "first/april.csv", False),
    ],
)
def test_a_pool_and_a_named_test_set_are_known_by_their_content_too(
    bought: Path, pool: str, test: str, same: bool
) -> None:
    asked, root = of_pool(bought, pool, test), bought / "data"
    artefacts = Artefacts(asked, Store(root))
    assert all(artefacts.is_current(artefacts.address(thing)) == same for thing in (ANCHOR, HOLDOUT, TESTS, POOL))
    first = of_pool(bought, "first/pool.csv", "first/april.csv")
    for lineage in first.lineages:
        known = known_to_store(asked, root=str(root))
        assert (known.fingerprint(lineage) == first.fingerprint(lineage)) == same, "the sensor of the UI says the same"


def test_a_pool_that_changed_where_it_lay_and_was_moved_later_is_the_pool_of_then(bought: Path) -> None:
    place = bought / "changing.csv"
    place.write_bytes((bought / "first/pool.csv").read_bytes())
    asked = of_pool(bought, "changing.csv", "first/april.csv", "changed")
    before = Artefacts(asked, Store(bought / "data"))
    make_anchor(before)
    make_pool(before)
    place.write_bytes((bought / "other.csv").read_bytes())
    make_pool(before)
    place.rename(bought / "changed.csv")
    after = Artefacts(of_pool(bought, "changed.csv", "first/april.csv", "changed"), Store(bought / "data"))
    assert all(after.is_current(after.address(thing)) for thing in (ANCHOR, POOL))
    place = bought / "other.csv"
    other = Artefacts(of_pool(bought, "moved/pool.csv", "first/april.csv", "changed"), Store(bought / "data"))
    assert not other.is_current(other.address(ANCHOR)), "its content is that of before the change"


def test_what_an_earlier_version_recorded_no_files_of_stays_current_under_its_own_path(bought: Path) -> None:
    asked = of_pool(bought, "first/pool.csv", "first/april.csv", "earlier")
    artefacts = Artefacts(asked, Store(bought / "data"))
    make_anchor(artefacts)
    address = artefacts.address(ANCHOR)
    kept = {key: value for key, value in artefacts.provenance(address).items() if key != FILES}
    artefacts.store.write(address, artefacts.store.read(address), provenance=kept)
    assert Artefacts(asked, artefacts.store).is_current(address)
    moved = Artefacts(of_pool(bought, "moved/pool.csv", "first/april.csv", "earlier"), artefacts.store)
    assert not moved.is_current(address)


def test_a_checkpoint_is_known_by_its_files_also_where_an_arm_names_one(tmp_path: Path) -> None:
    from outcross.resources.generators.transformer.checkpoint import CONFIG, TOKENIZER, WEIGHTS

    for name in ("one", "copy", "two", "second"):
        (tmp_path / name).mkdir()
        for file in (WEIGHTS, CONFIG, TOKENIZER):
            (tmp_path / name / file).write_text("{}" if file != WEIGHTS or name in {"one", "copy"} else name)
    (tmp_path / "text.txt").write_text("\n".join(f"word {each} and more" for each in range(400)))

    def asked(own: str, of_arm: str) -> Study:
        settings = {
            "study": "told",
            "source": {"kind": "text_files", "path": "text.txt", "block": 8},
            "generator": {"kind": "transformer", "checkpoint": own, "steps": 1},
            "generations": 2,
            "replicates": 1,
            "metrics": ["loss"],
            "arms": {"replace": {"policy": "replace"}, "late": {"policy": "replace", "generator": {}}},
        }
        settings["arms"]["late"]["generator"] = {"checkpoint": of_arm, "temperature": 0.5}  # type: ignore[index]
        return Study.model_validate(settings, context={"base": tmp_path})

    store, first = Store(tmp_path / "data"), asked("one", "second")
    make_anchor(Artefacts(first, store))
    for own, of_arm, same in (("copy", "second", True), ("one", "two", False), ("two", "second", False)):
        known = Artefacts(asked(own, of_arm), store).known_study
        found = {each: known.fingerprint(each) == first.fingerprint(each) for each in ("shared", "replace", "late")}
        wanted = {"shared": own != "two", "replace": own != "two", "late": of_arm == "second"}
        assert found == wanted, (own, of_arm, same)
