"""Rows as they came: what nothing models goes through mixing to a learner outside, byte for byte."""

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outcross.assets.anchor.carried import REAL, SUFFIX, as_they_came, load_real
from outcross.assets.anchor.make import given_is_current, make_anchor, read_study_rows
from outcross.assets.anchor.make import tests_are_current as named_tests_are_current
from outcross.assets.artefacts import ANCHOR, CARRIED, LEARNER, POOL, TESTS, Artefacts
from outcross.assets.dataset.make import load_dataset
from outcross.assets.pool.make import KEPT, make_pool, pool_is_current
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.store import Store

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "hazel", "inlet", "jasper", "knoll", "larch")
TRAIN = "import shutil, sys\nshutil.copy(sys.argv[1], sys.argv[2])\nshutil.copy(sys.argv[1], sys.argv[3])\n"
JUDGE = (
    "import json, shutil, sys\nshutil.copy(sys.argv[1], sys.argv[2])\njson.dump({'rows': 1}, open(sys.argv[3], 'w'))\n"
)


def said(number: int, of: str) -> str:
    """A sentence that shares few words with those of other numbers."""
    return " ".join(f"{WORDS[(number * step + step) % len(WORDS)]}{of}{number}" for step in range(1, 9))


def chat(number: int, of: str) -> str:
    """A chat as somebody's program spelled it: spaces, escapes, numbers and keys that nothing models."""
    turns = [{"role": "user", "content": said(number, of)}, {"role": "assistant", "content": f"café {number} ☕"}]
    spelled = json.dumps(turns, ensure_ascii=bool(number % 2))
    return f'{{"id": "{of}-{number}",  "messages": {spelled}, "score": {number}.50, "tags": {{"n": [1, null]}} }}'


def study_in(folder: Path, source: dict[str, Any], pool: dict[str, Any], **changes: Any) -> Study:
    (folder / "train.py").write_text(TRAIN)
    (folder / "judge.py").write_text(JUDGE)
    suffix = ".jsonl" if changes.pop("rows_as", "json_lines") == "json_lines" else ".parquet"
    seen = str(folder / "seen-")
    settings = {
        "study": "carried",
        "source": {"kind": "files", **source},
        "generator": {"kind": "pool", **pool},
        "learner": {
            "kind": "external",
            "train": [sys.executable, "-I", "train.py", "{train}", "{model}", f"{seen}train{suffix}", "{seed}"],
            "judge": [sys.executable, "-I", "judge.py", "{test}", f"{seen}test{suffix}", "{out}", "{model}"],
            "metrics": {"rows": "higher"},
            "rows": "json_lines" if suffix == ".jsonl" else "parquet",
        },
        "holdout": 0.3,
        "rows": 12,
        "generations": 2,
        "replicates": 1,
        "metrics": ["empty_rows"],
        "benefit": False,
        "arms": {"half": {"policy": "fixed", "share": 0.5}},
        **changes,
    }
    return Study.model_validate(settings, context={"base": folder})


def run(folder: Path, *given: dict[str, Any], **changes: Any) -> Artefacts:
    artefacts = Artefacts(study_in(folder, *given, **changes), Store(folder / "data"))
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    return artefacts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("carried")
    for name, of, count in (("real", "r", 30), ("made", "s", 24)):
        lines = "".join(f"{chat(number, of)}\n" for number in range(count))
        (made / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def chats(folder: Path) -> Artefacts:
    return run(folder, {"path": "real.jsonl", "template": "chatml"}, {"path": "made.jsonl", "template": "chatml"})


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_chats_reach_a_learner_as_the_very_lines_that_they_came_in(chats: Artefacts, folder: Path) -> None:
    real, made = (lines_of(folder / f"{name}.jsonl") for name in ("real", "made"))
    train, test = (lines_of(folder / f"seen-{name}.jsonl") for name in ("train", "test"))
    assert len(train) == 12 and len(set(train)) == 12
    assert sum(line in made for line in train) == 6 and sum(line in real for line in train) == 6
    assert test and set(test) <= set(real) and not set(test) & set(train)
    slot = chats.slots[1]
    rows = load_dataset(slot, places=True)
    told = [json.loads(line)["messages"][0]["content"] for line in train]
    assert all(each in text for each, text in zip(told, rows["text"], strict=True)), "in the order of the dataset"


def test_rows_that_came_are_kept_once_and_a_store_without_them_is_read_again(chats: Artefacts) -> None:
    for address in (chats.address(CARRIED), chats.address(POOL)):
        folder = Path(chats.store.part_path(address)).parent
        assert [each.suffix for each in folder.iterdir() if each.name != "part.parquet"] == [SUFFIX]
    assert given_is_current(chats) and pool_is_current(chats)
    anchor, pool = chats.address(ANCHOR), chats.address(POOL)
    digest = chats.store.digest(anchor)
    Path(chats.store.part_path(chats.address(CARRIED))).unlink()
    part, provenance = chats.store.read(pool), chats.provenance(pool)
    chats.store.write(pool, part, provenance={key: value for key, value in provenance.items() if key != KEPT})
    assert not given_is_current(chats) and not pool_is_current(chats)
    run_plainly(chats, chats.study.lineages, checks=False, resume=True)
    assert given_is_current(chats) and pool_is_current(chats)
    assert all(chats.is_current(slot.address(LEARNER)) for slot in chats.slots)
    assert chats.store.digest(anchor) == digest


def test_the_rows_of_named_test_sets_are_kept_as_they_came_beside_the_real_ones(folder: Path, tmp_path: Path) -> None:
    later = [f"{chat(number, 't')}\n" for number in range(5)]
    (folder / "later.jsonl").write_text("".join(later), encoding="utf-8")
    template = {"template": "chatml"}
    given: list[dict[str, Any]] = [{"path": "real.jsonl", **template}, {"path": "made.jsonl", **template}]
    study = study_in(folder, *given, tests={"later": {"path": "later.jsonl", **template}})
    artefacts = Artefacts(study, Store(tmp_path))
    make_anchor(artefacts)
    kept, places = load_real(artefacts)
    assert {name: came.rows for name, came in kept.items()} == {REAL: 30, "later": 5}
    assert sorted(places["place"]) == list(range(30))
    assert named_tests_are_current(artefacts) and given_is_current(artefacts)
    Path(artefacts.store.part_path(artefacts.address(TESTS))).unlink()
    assert not named_tests_are_current(artefacts) and not given_is_current(artefacts)


def test_chosen_real_rows_are_those_at_their_places_in_the_file_before_anything_is_stored(folder: Path) -> None:
    study = study_in(folder, {"path": "real.jsonl", "template": "chatml"}, {"path": "made.jsonl", "template": "chatml"})
    read = read_study_rows(study)
    came = as_they_came(study, read.data, read.parts.holdout)
    assert came is not None and came.rows == read.parts.holdout.height > 0
    texts = read.data.rows["text"].gather(came.place.tolist())
    assert texts.to_list() == read.parts.holdout["text"].to_list()


def pairs(of: str, count: int) -> pa.Table:
    """Preference pairs, with columns that Polars has in other types or not at all."""
    numbers = range(count)
    turns = {
        answer: [[{"role": "assistant", "content": said(number + shift, of + answer)}] for number in numbers]
        for answer, shift in (("chosen", 3), ("rejected", 5))
    }
    return pa.table(
        {
            **{name: pa.array(values) for name, values in turns.items()},
            "lang": pa.array(["en" if number % 2 else "de" for number in numbers]).dictionary_encode(),
            "score": pa.array([number / 3 for number in numbers], pa.float32()),
            "at": pa.array([number * 10**5 for number in numbers], pa.timestamp("s", "Europe/Berlin")),
            "notes": pa.array([[("key", number)] for number in numbers], pa.map_(pa.string(), pa.int16())),
            "image": pa.array([{"bytes": b"\0\xff%d" % number, "path": None} for number in numbers]),
        }
    ).replace_schema_metadata({"huggingface": "{}"})


def test_columns_of_parquet_reach_a_learner_with_their_types_and_values(tmp_path: Path) -> None:
    for name, of, count in (("real", "r", 30), ("made", "s", 24)):
        pq.write_table(pairs(of, count), tmp_path / f"{name}.parquet")
    source = {"path": "real.parquet", "template": "chatml", "columns": {"rejected": "ignore", "image": "ignore"}}
    artefacts = run(tmp_path, source, {"path": "made.parquet", "template": "chatml"}, rows_as="parquet")
    train, real = (pq.read_table(tmp_path / name) for name in ("seen-train.parquet", "real.parquet"))
    assert train.drop_columns("text").schema.equals(real.schema, check_metadata=True)
    came = [*real.to_pylist(), *pq.read_table(tmp_path / "made.parquet").to_pylist()]
    handed = train.drop_columns("text").to_pylist()
    assert len(handed) == 12 and all(row in came for row in handed)
    other = pq.read_table(tmp_path / "made.parquet").drop_columns("rejected")
    pq.write_table(other.append_column("rejected", pa.array(["no"] * 24)), tmp_path / "made.parquet")
    with pytest.raises(BadInput, match=r"column 'rejected' is large_string in one source and list.* one type in both"):
        make_pool(artefacts)
    (nested,) = [record.line for record in artefacts.columns if record.name == "notes"]
    assert "which nothing models: it is carried as it came" in nested
