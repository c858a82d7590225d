"""A corpus of texts: clean batches are admitted, each fault is stopped by its guard, and near copies are found."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.files import TEXTS
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.intake.batch_checks import NOT_LOOKED_INTO
from outcross.assets.corpus.intake.estimate_file import estimate_file
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.intake.row_index import cut_into_runs, read_index
from outcross.assets.corpus.intake.text_copies import least_alike
from outcross.assets.corpus.intake.text_index import as_sketches, index_of_texts
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.resources.store import Store
from tests.assets.corpus.texts import AT, open_texts, reword, settings, take, texts
from tests.cases.text_batches import CASES

SYNTHETIC = {"origin": "synthetic", "generator": "gpt"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


@pytest.fixture(scope="module")
def corpus(folder: Path) -> OpenCorpus:
    """A corpus of texts; tests may add to it texts of seeds of their own."""
    return open_texts(folder)


def reasons(corpus: OpenCorpus, found: Outcome) -> dict[int, list[str]]:
    held = pl.read_parquet(corpus.files.location(f"batches/{found.batch}") + "/quarantined-*.parquet")
    return dict(held.select("position", "reasons").iter_rows())


def test_clean_texts_are_admitted_and_what_was_not_looked_into_is_told(corpus: OpenCorpus, folder: Path) -> None:
    found = take(corpus, folder, texts(200, 1))
    assert (found.status, found.rows_admitted, found.reasons) == ("admitted", 200, ())
    assert [what.split(":")[0] for what in found.not_looked_into] == ["undeclared_share"]
    assert take(corpus, folder, texts(200, 1)).not_looked_into == found.not_looked_into, "the ledger has it"
    few = take(corpus, folder, texts(12, 2))
    assert few.rows_admitted == 12
    (told,) = (what for what in few.not_looked_into if "personal_data" in what)
    assert told.endswith(": fewer than 20 of its rows are texts that it is for")
    unlooked = [each for each in read_version(corpus.files).guards if each.metric == NOT_LOOKED_INTO]
    assert unlooked and not any(each.passed or each.blocking for each in unlooked)


@pytest.mark.parametrize("name", CASES)
def test_each_fault_of_texts_is_stopped_by_its_guard(name: str, folder: Path, corpus: OpenCorpus) -> None:
    case = CASES[name]
    enforcing = open_texts(folder, mode="observe", guards={case.guard: {"mode": "enforce"}})
    seed = 100 + list(CASES).index(name)
    batch = case.make(texts(120, seed), corpus.rows["text"].to_list(), corpus.holdout["text"].to_list())
    found = take(enforcing, folder, batch, **(SYNTHETIC if case.declared else {}))
    if case.whole:
        assert found.status == "held" and found.rows_quarantined == len(batch)
        assert {reason.split(": ")[0] for reason in found.reasons} == {case.guard}
        assert all(GUARDS[case.guard].remedy in reason for reason in found.reasons)
    else:
        assert found.status == "partly admitted"
        whys = reasons(enforcing, found)
        assert sorted(whys) == [0, 1, 2]
        assert {reason.split(": ")[0] for each in whys.values() for reason in each} == {case.guard}


def test_a_text_is_compared_with_every_set_of_rows(tmp_path: Path) -> None:
    corpus = open_texts(tmp_path)
    real, made = texts(60, 11), texts(30, 12)
    take(corpus, tmp_path, real)
    assert take(corpus, tmp_path, made, **SYNTHETIC).rows_admitted == 30
    again = [
        real[3].upper(),
        reword(made[4], 1),
        corpus.rows["text"][5] + " \u200b",
        reword(corpus.holdout["text"][6], 2),
    ]
    fresh = texts(30, 13)
    found = take(corpus, tmp_path, [*again, *fresh, reword(fresh[0], 3)])
    whys = reasons(corpus, found)
    nearly = "the row is nearly"
    expected = {
        0: f"near_duplicates: {nearly} another row of the corpus: it has the same words",
        1: f"near_duplicates: {nearly} a synthetic row of the corpus: ",
        2: f"near_duplicates: {nearly} a row of the anchor: it has the same words",
        3: f"holdout_overlap: {nearly} a row of the holdout, which no dataset may contain: ",
        34: f"near_duplicates: {nearly} an earlier row of the batch: ",
    }
    assert {position: [each[: len(expected[position])] for each in why] for position, why in whys.items()} == {
        position: [each] for position, each in expected.items()
    }
    assert not audit(corpus).problems


def test_rows_that_a_trim_left_out_may_be_sent_again(tmp_path: Path) -> None:
    corpus = open_texts(tmp_path)
    made = texts(40, 21)
    take(corpus, tmp_path, made, **SYNTHETIC)
    trimmed = plan(corpus, share=0.02)
    apply(corpus, trimmed, reason="too much", by="test", at=AT)
    gone = sorted(trimmed.chosen["position"].to_list())
    found = take(corpus, tmp_path, [reword(made[place], 1) for place in gone], **SYNTHETIC)
    assert gone and found.rows_admitted == len(gone)


def test_the_index_is_made_again_from_the_rows_where_it_is_missing(tmp_path: Path) -> None:
    """As it is in a corpus of an earlier version, and after a process was killed before it had written it."""
    corpus = open_texts(tmp_path)
    first = texts(40, 31)
    take(corpus, tmp_path, first)
    take(corpus, tmp_path, texts(40, 32))
    files = corpus.files.list(TEXTS)
    before = {path: corpus.files.get(path) for path in files}
    for path in files:
        Path(corpus.files.location(path)).unlink()
    again = open_corpus(settings(tmp_path), Store(tmp_path / "data"), by="test", at=AT)
    found = take(again, tmp_path, [reword(first[0], 1), *texts(30, 33)])
    assert list(reasons(again, found)) == [0]
    assert {path: again.files.get(path) for path in before} == before


def test_an_intake_opens_few_files_however_many_batches_there_are() -> None:
    parts = [PartRef(path=f"{number}", sha256=f"{number}", rows=1, batch=f"{number}") for number in range(1_000)]
    for count in (1, 15, 16, 17, 200, 255, 256, 1_000):
        runs = list(cut_into_runs(parts[:count]))
        assert [part for _, run in runs for part in run] == parts[:count]
        assert len(runs) <= 34
    assert [start for start, _ in cut_into_runs(parts[:35])] == [0, 16, 32, 33, 34]


def test_a_file_of_many_parts_has_the_rows_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = open_texts(tmp_path)
    for seed in range(3):
        take(corpus, tmp_path, texts(5, 40 + seed))
    one_by_one = list(read_index(corpus, read_version(corpus.files), index_of_texts(corpus)))
    monkeypatch.setattr("outcross.assets.corpus.intake.row_index.STEP", 2)
    monkeypatch.setattr("outcross.assets.corpus.intake.row_index.STEPS", (4, 2, 1))
    (together,) = read_index(corpus, read_version(corpus.files), index_of_texts(corpus))
    for name in ("part", "position", "made"):
        assert np.array_equal(getattr(together, name), np.concatenate([getattr(each, name) for each in one_by_one]))
    features = np.concatenate([as_sketches(each.values).features for each in one_by_one])
    assert np.array_equal(as_sketches(together.values).features, features)


def test_texts_that_are_alike_by_chance_are_not_compared_and_that_is_told(tmp_path: Path) -> None:
    def orders(rows: int, seed: int) -> list[str]:
        random = np.random.default_rng(seed)
        return [
            f"Your order of {random.integers(99)} shoes is on its way to you , case {random.integers(99)} ."
            for _ in range(rows)
        ]

    pl.DataFrame({"text": orders(800, 1)}).write_parquet(tmp_path / "orders.parquet")
    source = {"kind": "files", "path": str(tmp_path / "orders.parquet"), "columns": {"text": "text"}}
    corpus = open_texts(tmp_path, anchor=source)
    assert least_alike(corpus.texts, 800) is None
    fresh = [text for text in dict.fromkeys(orders(400, 2)) if text not in set(orders(800, 1))][:60]
    found = take(corpus, tmp_path, [f"{text} " for text in fresh])
    assert found.rows_admitted >= 55
    (told,) = (what for what in found.not_looked_into if "a row of the anchor" in what)
    assert told.startswith("near_duplicates: texts are not compared with a row of the anchor: ")


def test_near_copies_of_known_synthetic_texts_are_certain(tmp_path: Path) -> None:
    corpus = open_texts(tmp_path, limits={"rows": 1_000})
    path = tmp_path / "file.parquet"
    pl.DataFrame({"text": texts(60, 51)}).write_parquet(path)
    unknown = estimate_file(corpus, path).to_json()
    assert unknown["certain"]["near copy"] is None and unknown["not_looked_into"]
    made = texts(120, 52)
    take(corpus, tmp_path, made, **SYNTHETIC)
    pl.DataFrame({"text": [*texts(30, 53), *(reword(text, 1) for text in made[:30])]}).write_parquet(path)
    found = estimate_file(corpus, path).to_json()
    assert found["certain"]["near copy"] >= 28 and not found["not_looked_into"]


def test_a_group_whose_real_texts_are_alike_is_not_compared_and_that_is_told(tmp_path: Path) -> None:
    def forms(rows: int, seed: int) -> list[str]:
        drawn = np.random.default_rng(seed).integers(10**6, size=rows)
        return [
            f"Hereby the office of {place % 7} confirms that form {place} has come and will be read ."
            for place in drawn
        ]

    def rows(free: int, formal: int, seed: int) -> pl.DataFrame:
        kinds = ["free"] * free + ["form"] * formal
        return pl.DataFrame({"text": [*texts(free, seed), *forms(formal, seed)], "kind": kinds})

    rows(700, 6, 1).write_parquet(tmp_path / "kinds.parquet")
    columns = {"text": "text", "kind": "group"}
    source = {"kind": "files", "path": str(tmp_path / "kinds.parquet"), "columns": columns}
    corpus = open_texts(tmp_path, anchor=source, mode="observe", guards={"near_duplicates": {"mode": "enforce"}})
    batch = rows(40, 12, 2)
    again = batch.head(3).with_columns(pl.Series("text", [reword(text, 1) for text in batch["text"][:3]]))
    found = take(corpus, tmp_path, pl.concat([batch, again]))
    assert sorted(reasons(corpus, found)) == [52, 53, 54]
    (told,) = (what for what in found.not_looked_into if "kind=form" in what)
    assert told.startswith("near_duplicates: texts of kind=form are not compared: ")
