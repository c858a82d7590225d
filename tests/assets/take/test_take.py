"""Rows are taken out of a study and out of a corpus as they came, with their provenance, and are admitted again."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from outcross.assets.anchor.make import read_study_rows
from outcross.assets.artefacts import DATASET, VERDICT, Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.provenance import parse_sidecar
from outcross.assets.dataset.make import load_dataset
from outcross.assets.export.card import write as write_card
from outcross.assets.export.generation import describe_generation
from outcross.assets.pool.read import read_pool
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Study
from outcross.assets.take.choice import choose
from outcross.assets.take.of_corpus import take_corpus
from outcross.assets.take.of_study import take_study
from outcross.assets.take.put import put
from outcross.assets.take.taken import Taken
from outcross.assets.verdict.make import make_verdict
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import markdown
from outcross.resources.store import Store
from tests.assets.dataset.test_carried import chat, lines_of

AT = "2026-01-01T00:00:00+00:00"
STUDY: dict[str, Any] = {
    "study": "chats",
    "source": {"kind": "files", "path": "real.jsonl", "template": "chatml"},
    "generator": {"kind": "pool", "path": "made.jsonl", "template": "chatml"},
    "holdout": 0.3,
    "rows": 12,
    "generations": 2,
    "replicates": 3,
    "metrics": ["empty_rows"],
    "ladders": {"sub": {"policy": "fixed", "shares": [0.25, 0.5]}},
    "endpoints": {"empty_rows": {"absolute": 0.1}},
}
PARTS = [{"rows": 20, "generator": "vendor A"}, {"rows": 20, "generator": "vendor-b", "licence": "MIT"}]


def run(folder: Path, root: Path, **changes: Any) -> Artefacts:
    artefacts = Artefacts(Study.model_validate(STUDY | changes, context={"base": folder}), Store(root))
    run_plainly(artefacts, artefacts.study.lineages, checks=False)
    return artefacts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("take")
    for name, of, count in (("real", "r", 30), ("made", "s", 40), ("anchor", "a", 40)):
        lines = "".join(f"{chat(number, of)}\n" for number in range(count))
        (made / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    claims = {"origin": "synthetic", "generator_version": "9", "depth": 2, "parts": PARTS}
    (made / "made.jsonl.provenance.json").write_text(json.dumps(claims))
    return made


@pytest.fixture(scope="module")
def done(folder: Path) -> Artefacts:
    artefacts = run(folder, folder / "data")
    make_verdict(artefacts)
    return artefacts


@pytest.fixture(scope="module")
def half(done: Artefacts) -> Taken:
    return take_study(done, choose(done, "0.5"), replicate=1)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_the_card_of_a_generation_names_who_made_the_rows_of_the_pool(done: Artefacts) -> None:
    slot = next(slot for slot in done.slots if slot.lineage == "fixed-0.5")
    described = describe_generation(slot, licences=("CC0-1.0",))
    counts = {(each.origin, each.generator, each.licence, each.depth): each.rows for each in described.counts}
    assert {key[:2] for key in counts} == {("real", None), ("synthetic", "vendor A"), ("synthetic", "vendor-b")}
    assert counts["real", None, "CC0-1.0", 0] == 18
    assert sum(rows for (origin, *_), rows in counts.items() if origin == "synthetic") == 18
    assert {key[2:] for key in counts if key[1] == "vendor-b"} == {("MIT", 2)}
    card = write_card(described)
    assert "| vendor-b | " in card and "MIT" in card
    alone = describe_generation(next(slot for slot in done.slots if slot.lineage == "fixed-0"))
    assert [(each.origin, each.rows) for each in alone.counts] == [("real", 36)]


def test_a_mix_goes_into_a_folder_of_the_very_lines_that_it_was_mixed_of(
    done: Artefacts, half: Taken, folder: Path, tmp_path: Path
) -> None:
    once = put(half, tmp_path / "one")
    later = replace(half, card=lambda files: f"{half.card(files)} later")
    again = put(later, tmp_path / "two")
    assert once.sha256 == again.sha256
    assert {name for name, each in files_of(again.path).items() if files_of(once.path)[name] != each} == {"README.md"}
    names = ["real.jsonl", "synthetic-vendor-a-9.jsonl", "synthetic-vendor-b-9.jsonl"]
    assert {source.path for source in once.sources} == set(names)
    assert sorted(files_of(once.path)) == sorted(
        [*names, *(f"{name}.provenance.json" for name in names), "README.md", "mixture.json"]
    )
    rows = load_dataset(next(s for s in done.slots if s.lineage == "fixed-0.5"), places=True).filter(replicate=1)
    made, real = lines_of(folder / "made.jsonl"), lines_of(folder / "real.jsonl")
    drawn = [made[place] for place in rows["pool_row"].drop_nulls()]
    assert sorted(drawn) == sorted(line for name in names[1:] for line in lines_of(once.path / name))
    written = lines_of(once.path / "real.jsonl")
    assert len(written) == len(set(written)) == 6 and set(written) <= set(real)
    sidecar = parse_sidecar((once.path / "synthetic-vendor-b-9.jsonl.provenance.json").read_bytes(), name="s")
    assert (sidecar.origin, sidecar.generator, sidecar.licence, sidecar.depth) == ("synthetic", "vendor-b", "MIT", 2)
    card = (once.path / "README.md").read_text()
    assert "a synthetic share of 0.5, asked for" in card and "| synthetic | 2 | vendor-b | MIT |" in card
    assert all(f"| {markdown(each.path)} | {each.rows} |" in card for each in once.sources), "its files, and no others"
    assert "part.parquet" not in card


def test_the_weights_of_a_mix_are_those_that_mixers_of_trainers_want(half: Taken, tmp_path: Path) -> None:
    found = json.loads((put(half, tmp_path / "mix").path / "mixture.json").read_text())
    counts = [each["rows"] for each in found["files"]]
    assert sum(counts) == 12 and found["probabilities"] == pytest.approx([count / 12 for count in counts])
    assert found["share"] == 0.5 and found["replicate"] == 1
    words = found["megatron"].split()
    assert [float(word) for word in words[::2]] == pytest.approx(found["probabilities"], abs=1e-5)
    assert words[1] == "real_text_document"


def test_a_mix_in_one_file_has_the_order_of_the_dataset_and_its_claims_beside_it_or_in_columns(
    half: Taken, tmp_path: Path
) -> None:
    bare, stated = put(half, tmp_path / "a.jsonl"), put(half, tmp_path / "b.jsonl", columns=True)
    lines, wide = lines_of(bare.path), lines_of(stated.path)
    assert [each.encode() + b"\n" for each in half.rows.lines()] == lines
    claims = parse_sidecar((tmp_path / "a.jsonl.provenance.json").read_bytes(), name="a")
    said = claims.claims().of(pl.int_range(12, eager=True))
    assert said.equals(half.claims.select(said.columns)) and claims.origin == "mixed"
    assert claims.contradictions(rows=12, size=bare.path.stat().st_size, sha256=digest(bare.path)) == []
    for line, other, claim in zip(lines, wide, half.claims.iter_rows(named=True), strict=True):
        row = json.loads(other)
        assert other.startswith(line.rstrip(b"}\n ")), "the line is as it came, and columns come after it"
        assert (row["provenance_origin"], row["provenance_weight"]) == (claim["origin"], 1.0)
        assert row.get("provenance_generator") == claim["generator"]
    assert (tmp_path / "a.jsonl.card.md").is_file()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def corpus_in(folder: Path, root: Path) -> OpenCorpus:
    settings = {
        "corpus": "people",
        "anchor": {"kind": "files", "path": "anchor.jsonl", "template": "chatml"},
        "licences": ["CC0-1.0", "MIT"],
        "licence": "CC0-1.0",
        "bound": {"share": 0.9},
        "guards": {"depth": {"upper": 2}},
    }
    return open_corpus(Corpus.model_validate(settings, context={"base": folder}), Store(root), by="a", at=AT)


def send(corpus: OpenCorpus, path: Path, **claims: str) -> Outcome:
    return ingest(corpus, path, Request(claims=claims, by="a", at=AT))


@pytest.fixture(scope="module")
def grown(half: Taken, folder: Path) -> OpenCorpus:
    """A corpus to which a mix was sent as it was written, and a file with a line that is no row."""
    corpus = corpus_in(folder, folder / "corpora")
    mix = put(half, folder / "mix.jsonl")
    torn = [chat(number, "t") for number in range(8)]
    (folder / "torn.jsonl").write_text("\n".join([*torn[:3], '{"torn": ', *torn[3:]]), encoding="utf-8")
    found = send(corpus, mix.path, licence="CC0-1.0", consent="terms")
    assert found.rows_admitted == 12, found.reasons
    assert send(corpus, folder / "torn.jsonl", origin="real", licence="MIT", consent="terms").rows_admitted == 8
    return corpus


def test_a_mix_that_was_written_is_admitted_with_the_provenance_of_each_row(grown: OpenCorpus, half: Taken) -> None:
    taken = take_corpus(grown, 2)
    batch = taken.claims.tail(12)
    keys = ["origin", "generator", "generator_version", "depth"]
    assert batch.select(keys).equals(half.claims.select(keys))
    assert set(batch["licence"]) == {"CC0-1.0"}, "claims of the command go before those of the file"


def test_a_corpus_is_taken_as_its_anchor_and_its_batches_came(
    grown: OpenCorpus, half: Taken, folder: Path, tmp_path: Path
) -> None:
    written = put(take_corpus(grown), tmp_path / "people")
    lines = {name: lines_of(written.path / name) for name in (source.path for source in written.sources)}
    anchor, mix = lines_of(folder / "anchor.jsonl"), lines_of(folder / "mix.jsonl")
    torn = [f"{chat(number, 't')}\n".encode() for number in range(8)]
    every = [line for each in lines.values() for line in each]
    assert len(every) == len(set(every)) == grown.rows.height + 20
    assert set(every) - set(anchor) == {*mix, *torn}
    assert put(take_corpus(grown, 1), tmp_path / "first").sources[0].rows == grown.rows.height


def test_a_corpus_whose_anchor_is_not_what_it_was_gives_what_is_modelled_and_says_so(
    grown: OpenCorpus, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "anchor.jsonl").write_text((folder / "anchor.jsonl").read_text().replace("amber", "coral"))
    moved = corpus_in(tmp_path, folder / "corpora")
    taken = take_corpus(moved, 1)
    assert taken.notes and "the anchor's files are not what they were" in taken.notes[0]
    rows = [json.loads(line) for line in lines_of(put(taken, tmp_path / "p.jsonl").path)]
    assert [row["text"] for row in rows] == grown.rows["text"].to_list() and "messages" not in rows[0]


def with_verdict(done: Artefacts, root: Path, **columns: Any) -> Artefacts:
    """The study in another store, where its verdict says otherwise."""
    shutil.copytree(done.store.path, root)
    there = Artefacts(done.study, Store(root))
    address = there.address(VERDICT)
    changed = load_verdicts(there).with_columns(**{name: pl.lit(value) for name, value in columns.items()})
    there.store.write(address, changed, provenance=there.provenance(address))
    return there


def test_the_best_share_and_the_largest_safe_one_are_those_of_the_verdict(done: Artefacts, tmp_path: Path) -> None:
    assert choose(done, "safe").rung.share == 0.5
    helped = with_verdict(done, tmp_path / "helped", helps=True, best_share=0.25, lower_95=0.3)
    assert choose(helped, "best").rung.arm == "fixed-0.25"
    assert choose(helped, "safe", endpoint="empty_rows", ladder="sub").rung.share == 0.25, "a share that was run"


SHARES = r"--share 0 \| --share 0.25 \| --share 0.5"


@pytest.mark.parametrize(
    ("share", "keys", "said"),
    [
        ("0.3", {}, f"ran no share 0.3 in ladder 'sub'; choose {SHARES}"),
        ("most", {}, "'most' is no share; give best, safe, or a number from 0 to 1"),
        ("nan", {}, "'nan' is no share"),
        ("best", {}, f"did not ask whether synthetic rows help 'empty_rows'; set 'benefit: true' .* {SHARES}"),
        ("safe", {"ladder": "other"}, "has no ladder 'other'; give --ladder sub"),
        ("safe", {"endpoint": "loss"}, "has no verdict on 'loss' for ladder 'sub'; give --endpoint empty_rows"),
    ],
)
def test_a_share_that_was_not_run_or_is_not_known_is_refused(
    done: Artefacts, share: str, keys: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        choose(done, share, **keys)


def test_what_no_verdict_shows_and_no_run_made_is_refused(done: Artefacts, tmp_path: Path) -> None:
    without = with_verdict(done, tmp_path / "without", helps=False, lower_95=0.0, outcome="no share tried is safe")
    with pytest.raises(BadInput, match=f"no share of ladder 'sub' was shown to help empty_rows, so .* {SHARES}"):
        choose(without, "best")
    with pytest.raises(BadInput, match=r"shown to be safe for empty_rows \(no share tried is safe\); choose a share"):
        choose(without, "safe")
    Path(without.store.part_path(without.address(VERDICT))).unlink()
    with pytest.raises(BadInput, match="has no verdict, so it is not known which share is safe; run the study, "):
        choose(without, "safe")
    with pytest.raises(BadInput, match="has replicates 0 to 2; choose one of them"):
        take_study(without, choose(without, "0.5"), replicate=3)
    Path(without.store.part_path(without.address(DATASET, 1, "fixed-0.5"))).unlink()
    with pytest.raises(BadInput, match=r"has not run share 0.5 of ladder 'sub'; run outcross study chats"):
        take_study(without, choose(without, "0.5"))


@pytest.mark.parametrize(
    ("to", "columns", "said"),
    [
        ("there", False, "there is there already; name another folder or file"),
        ("mix.parquet", False, r"these rows came as jsonl; name a file that ends in .jsonl, or a folder"),
        ("file/mix.jsonl", False, "cannot be written .*; choose another place"),
    ],
)
def test_a_target_that_is_there_or_is_no_place_for_the_rows_is_refused(
    half: Taken, tmp_path: Path, to: str, columns: bool, said: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_bytes(b"")
    before = files_of(tmp_path)
    with pytest.raises(BadInput, match=said):
        put(half, tmp_path / to, columns=columns)
    assert files_of(tmp_path) == before


def test_a_folder_that_could_not_be_written_whole_is_not_there(
    half: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("outcross.assets.take.put.create_folder", tearing(fail))
    with pytest.raises(OSError, match=r"No space left on device.*mix"):
        put(half, tmp_path / "mix")
    assert list(tmp_path.iterdir()) == []


def tearing(fail: Callable[..., bytes]) -> Callable[..., None]:
    """The real thing, to which the last file is lost."""
    from outcross.resources.atomic_file import create_folder

    def create(path: Path, files: Any) -> None:
        create_folder(path, ((name, fail() if name == "mixture.json" else content) for name, content in files))

    return create


def test_the_page_on_taking_rows_has_a_study_that_can_be_run(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "take.md").read_text()
    blocks = dict(re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", page, re.DOTALL))
    assert set(blocks) == {"chats.py", "unigram.py", "chats.yaml"}
    for name, body in blocks.items():
        (tmp_path / name).write_text(body)
    subprocess.run([sys.executable, "-I", "chats.py"], cwd=tmp_path, check=True, timeout=60)
    assert [len(lines_of(tmp_path / f"{name}.jsonl")) for name in ("real", "made")] == [300, 600]
    study = Study.model_validate(yaml.safe_load(blocks["chats.yaml"]), context={"base": tmp_path})
    read = read_study_rows(study)
    pool = read_pool(study, read.data.schema, read.parts, {})
    assert pool is not None and pool.rows.height == 600
