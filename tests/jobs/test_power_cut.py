"""After a power cut every store has whole files: content is flushed, then the name is given, then the folder is."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.artefacts import MODEL, Artefacts
from outcross.assets.corpus.rows_file import store_part
from outcross.assets.model.checkpoint import StoredCheckpoint
from outcross.assets.study.study import Study
from outcross.jobs.automation.outbox import OUTBOX, SENT, UNADDRESSED, Outbox
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.files.replaced_keys import replace_keys
from outcross.jobs.files.study_files import STUDIES
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.atomic_file import create_folder, make_folder, move_file
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import Address, Store
from tests.assets.corpus.people import people, reopen, state, take
from tests.resources.power_cut import FLUSH, FOLDER, NAME, Disk, Step, recorded

SETTINGS = {
    "study": "tiny",
    "source": {"kind": "population", "rows": 30, "of": {"family": "gaussian", "dimensions": 1}},
    "generator": {"kind": "gaussian"},
    "metrics": ["loss"],
    "generations": 2,
    "replicates": 1,
    "arms": {"replace": {"policy": "replace"}},
}
PART = Address(study="s", thing="model", generation=1, lineage="arm")


def write_a_part(root: Path) -> None:
    Store(root).write(PART, pl.DataFrame({"a": [1]}), provenance={})


def write_a_blob(root: Path) -> None:
    Store(root).write_blob(PART, b"weights", suffix=".safetensors")


def write_a_checkpoint(root: Path) -> None:
    import numpy as np

    artefacts = Artefacts(Study.model_validate(SETTINGS), Store(root))
    StoredCheckpoint(artefacts, artefacts.address(MODEL, 1, "replace"), ()).save({"a": np.zeros(1)})


def put_a_corpus_file(root: Path) -> None:
    CorpusStore(Store(root), "adult").put("profile.json", b"{}")


def put_a_new_corpus_file(root: Path) -> None:
    CorpusStore(Store(root), "adult").put_new("versions/00000001.json", b"{}")


def store_a_part_of_a_corpus(root: Path) -> None:
    local = root.with_suffix(".local")
    local.write_bytes(b"rows")
    store_part(CorpusStore(Store(root), "adult"), local, "batches/b/admitted", rows=1, batch="b")


def add_an_alert(root: Path) -> None:
    Outbox(root / "alerts").add("a", {"corpus": "people"})


def refuse_an_alert(root: Path) -> None:
    add_an_alert(root)
    assert Outbox(root / "alerts").deliver({"corpus/people": "file:///nowhere"}).refused == 1


def set_an_alert_aside(root: Path) -> None:
    box = Outbox(root / "alerts")
    box.add("a", {"corpus": "people"})
    box.deliver({"corpus/people": None})
    assert (box.names(OUTBOX), box.names(SENT), box.names(UNADDRESSED)) == ([], [], ["a"])


def create_a_folder(root: Path) -> None:
    create_folder(root / "mix", [("real.jsonl", b"{}"), ("pictures/a.png", b"a"), ("README.md", b"# card")])


def study_file(root: Path) -> Path:
    path = root.with_suffix(".yaml")
    path.write_text(json.dumps(SETTINGS))
    return path


def register_a_study(root: Path) -> None:
    STUDIES.register(study_file(root), root)


def replace_keys_of_a_study(root: Path) -> None:
    replace_keys(study_file(root), {"generations": 3}, root)


def run_a_study(root: Path) -> None:
    study = Study.model_validate(SETTINGS)
    run_plainly(Artefacts(study, Store(root)), study.lineages, checks=False)


WRITERS = [
    write_a_part, write_a_blob, write_a_checkpoint, put_a_corpus_file, put_a_new_corpus_file, store_a_part_of_a_corpus,
    add_an_alert, refuse_an_alert, set_an_alert_aside, create_a_folder, register_a_study,
    replace_keys_of_a_study, run_a_study,
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder whose own name is on the disk already."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_a_power_cut_after_the_write_takes_nothing_of_it(
    write: Callable[[Path], None], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(root, monkeypatch) as disk:
        write(root)
    assert any(path.is_file() for path in root.rglob("[!.]*"))
    assert disk.lost() == []
    assert disk.hasty() == []


def test_a_power_cut_after_an_ingest_takes_nothing_and_a_version_names_only_parts_that_are_on_the_disk(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(root, monkeypatch) as disk:
        state(root / "people")
        corpus = reopen(root / "people")
        found = take(corpus, root / "batch.parquet", people(20, 1))
    assert found.version == 2
    stored = [name for name in disk.lost() if name.startswith("people/data/")]
    assert stored == []
    assert disk.hasty() == []
    named = [step.path for step in disk.steps if step.kind == NAME]
    assert named[-1].endswith("versions/00000002.json"), "the version comes last"


@pytest.mark.parametrize("fault", ["no flush of the file", "name before flush", "no flush of the folder", "new folder"])
def test_the_record_tells_each_step_that_is_left_out(fault: str, root: Path) -> None:
    folder, file, partial = str(root / "f"), str(root / "f" / "file"), str(root / "f" / ".partial")
    made, kept = Step(FOLDER, folder), Step(FLUSH, str(root))
    flush, name, flush_folder = Step(FLUSH, partial), Step(NAME, file, partial), Step(FLUSH, folder)
    (root / "f").mkdir()
    (root / "f" / "file").write_bytes(b"")
    disk = Disk(root)
    disk.steps = [made, kept, flush, name, flush_folder]
    assert disk.lost() == []
    faulty = {
        "no flush of the file": [made, kept, name, flush_folder],
        "name before flush": [made, kept, name, flush, flush_folder],
        "no flush of the folder": [made, kept, flush, name],
        "new folder": [made, flush, name, flush_folder],
    }
    disk.steps = faulty[fault]
    assert disk.lost() == (["f"] if fault == "new folder" else ["f/file"])
    disk.steps = [flush, name, name]
    assert disk.hasty() == [file]


def test_a_file_that_is_moved_is_at_its_new_name_before_it_leaves_its_earlier_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(root / "from")
    (root / "from" / "file").write_bytes(b"content")
    with recorded(root, monkeypatch) as disk:
        move_file(root / "from" / "file", root / "to" / "file")
    flushed = [step.path for step in disk.steps if step.kind == FLUSH]
    assert flushed == [str(root), str(root / "to"), str(root / "from")]
    assert (root / "to" / "file").read_bytes() == b"content"


def test_a_file_where_a_folder_should_be_is_an_error(root: Path) -> None:
    (root / "file").write_bytes(b"")
    for path in (root / "file" / "below", root / "file"):
        with pytest.raises(OSError, match="file"):
            move_file(root / "file", path / "x")


TEMPORARY = "a temporary folder; what is kept of it is copied into a store"
NAMED = "a file that a person named; the same command writes it again"
OTHER_WRITES = {
    "resources/atomic_file.py": "the one place",
    "resources/warehouse.py": "views for DuckDB clients, defined anew by every command",
    "jobs/running/compute_logs.py": "what a run prints, appended as it comes",
    "assets/corpus/rows_file.py": TEMPORARY,
    "resources/browser.py": TEMPORARY,
    "assets/corpus/intake/staging.py": TEMPORARY,
    "assets/corpus/intake/sorting.py": TEMPORARY,
    "assets/corpus/intake/packed_pictures.py": TEMPORARY,
    "assets/corpus/intake/row_index.py": "goes through the corpus's store, and is made anew where it is missing",
    "assets/corpus/intake/judged_again.py": TEMPORARY,
    "assets/corpus/withdrawal/erase.py": "goes through the corpus's store",
    "assets/corpus/withdrawal/in_anchors.py": "goes through the corpus's store",
    "assets/corpus/withdrawal/recount.py": TEMPORARY,
    "resources/corpus_store.py": TEMPORARY,
    "resources/gx_docs.py": "pages that the same command makes again, from stored results",
    "assets/study/learners/external.py": TEMPORARY,
    "assets/study/learners/handover.py": TEMPORARY,
    "resources/generators/external/model.py": TEMPORARY,
    "jobs/acceptance/results/pool.py": TEMPORARY,
    "src/outcross/_api/frames.py": TEMPORARY,
    "jobs/cli/calibrate.py": NAMED,
    "jobs/running/event_log_damage.py": "databases opened to read only",
    "jobs/year/__main__.py": NAMED,
    "jobs/year/whole.py": TEMPORARY,
    "jobs/running/engine.py": "the logs of workers, removed when the command ends",
    "jobs/running/worker_process.py": "the same logs, opened for a worker",
    "jobs/serving/supervise.py": "where the processes of one UI meet, removed when it ends",
}
"""Module → why what it writes need not outlast a power cut. All others write through ``resources/atomic_file.py``."""

_WRITING = {
    "write_text", "write_bytes", "write_parquet", "write_csv", "write_ndjson", "sink_parquet", "ParquetWriter",
    "savefig", "save_file", "pipe_file", "put_file", "link", "symlink", "symlink_to", "hardlink_to", "copyfile",
    "copy2", "copytree", "move", "rename", "replace", "NamedTemporaryFile", "mkstemp", "connect", "mkdir",
    "makedirs", "touch",
}  # fmt: skip


def writes(call: ast.Call) -> bool:
    """Whether a call may write a file, make a folder, or give a name."""
    if not isinstance(call.func, ast.Attribute) and not isinstance(call.func, ast.Name):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
    texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if name == "open":
        return any(set(text) <= set("rwxabt+") and set(text) & set("wxa+") for text in texts)
    if name not in _WRITING or not isinstance(call.func, ast.Attribute):
        return False
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Name) and first.id == "buffer":
        return False
    if name in {"rename", "replace"}:  # of a path; a string's takes two, a frame's a dictionary or a text
        return (
            len(call.args) == 1 and not call.keywords and not isinstance(first, ast.Dict | ast.DictComp | ast.Constant)
        )
    return first is not None or not name.startswith(("connect", "write_"))  # without a path they write to memory


def product_files() -> Iterator[Path]:
    root = PACKAGE.parents[1]
    for room in ("assets", "resources", "jobs", "src/outcross/_api"):
        yield from (path for path in sorted((root / room).rglob("*.py")) if "bench" not in path.parts)


def test_every_module_that_writes_files_goes_through_one_place_or_says_why_not() -> None:
    root = PACKAGE.parents[1]
    found = {
        str(path.relative_to(root))
        for path in product_files()
        if any(isinstance(node, ast.Call) and writes(node) for node in ast.walk(ast.parse(path.read_text())))
    }
    assert found == set(OTHER_WRITES)


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("path.write_text(text)", True),
        ("path.open('w')", True),
        ("open(path, 'ab')", True),
        ("path.open('rb')", False),
        ("path.replace(target)", True),
        ("text.replace('a', 'b')", False),
        ("frame.rename({'a': 'b'})", False),
        ("frame.write_parquet(buffer)", False),
        ("frame.write_ndjson()", False),
        ("duckdb.connect()", False),
        ("frame.write_parquet(path)", True),
    ],
)
def test_a_call_that_writes_is_told_from_one_that_does_not(line: str, written: bool) -> None:
    (call,) = [node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Call)]
    assert writes(call) == written
