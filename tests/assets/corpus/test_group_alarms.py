"""A guard of texts or pictures abstains for a group whose own real rows it would hold, and says so."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.group_alarms import spare_groups
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.corpus.guards.vitals import compute_readings, scan_batch
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.schema import Column, Role, Schema
from tests.assets.corpus.batches import parquet, with_provenance
from tests.assets.corpus.pictures import digits, pixels, with_pixels
from tests.assets.corpus.texts import open_texts, take, texts

CYRILLIC = str.maketrans("abdefghiklmnoprstuvwz", "абдефгхиклмнопрстувхз")
ENFORCED = {name: {"mode": "enforce"} for name in ("text_length", "perplexity", "language")}


def rows(kinds: Sequence[str], seed: int) -> pl.DataFrame:
    """Texts of two kinds: in the formal ones, some common words are others."""
    every = zip(texts(len(kinds), seed), kinds, strict=True)
    found = [_formal(text) if kind == "formal" else text for text, kind in every]
    return pl.DataFrame({"text": found, "kind": list(kinds)})


def _formal(text: str) -> str:
    return text.replace(" the ", " the said ").replace(" .", " , as aforesaid .").replace(" with ", " together with ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registers")


@pytest.fixture(scope="module")
def corpus(folder: Path) -> OpenCorpus:
    rows(["plain"] * 600 + ["formal"] * 200, 1).write_parquet(folder / "kinds.parquet")
    columns = {"text": "text", "kind": "group"}
    source = {"kind": "files", "path": str(folder / "kinds.parquet"), "columns": columns}
    return open_texts(folder, anchor=source, mode="observe", guards=ENFORCED)


def held(found: Outcome) -> set[str]:
    return {reason.split(": ")[0] for reason in found.reasons}


def test_texts_of_a_group_whose_clean_batches_would_be_held_are_admitted_and_that_is_told(
    corpus: OpenCorpus, folder: Path
) -> None:
    found = take(corpus, folder, rows(["formal"] * 40, 2))
    assert found.rows_admitted == 40
    (told,) = (what for what in found.not_looked_into if "kind=formal" in what)
    assert {"perplexity", "text_length"} <= set(told.split(": ")[0].split(", "))
    assert not any("fewer than 20" in what for what in found.not_looked_into)
    assert (
        "texts of kind=formal are not looked into: 1 of 1 clean batches of its real rows would be held, and 0 of "
        in told
    )


def test_rows_of_other_groups_are_held_as_before(corpus: OpenCorpus, folder: Path) -> None:
    batch = rows(["plain"] * 60 + ["formal"] * 40, 3)
    words = [" ".join(np.random.default_rng(1).permutation(text.split(" "))) for text in batch["text"][:60]]
    broken = batch.with_columns(pl.Series("text", [*words, *batch["text"][60:]]))
    assert "perplexity" in held(take(corpus, folder, broken))


def test_a_guard_that_holds_no_clean_batch_of_a_group_holds_its_faults(corpus: OpenCorpus, folder: Path) -> None:
    batch = rows(["formal"] * 40, 4)
    found = take(
        corpus, folder, batch.with_columns(pl.Series("text", [t.lower().translate(CYRILLIC) for t in batch["text"]]))
    )
    assert "language" in held(found)
    assert not any("language" in what and "kind=formal" in what for what in found.not_looked_into)


def test_texts_of_a_script_are_spared_by_all_guards_but_that_of_scripts() -> None:
    schema = Schema((Column(name="text", role=Role.TEXT),))
    latin, cyrillic = (pl.DataFrame({"text": texts(200, seed)}) for seed in (5, 6))
    cyrillic = cyrillic.with_columns(pl.Series("text", [text.lower().translate(CYRILLIC) for text in cyrillic["text"]]))
    every = pl.concat([latin, cyrillic[:160]]).sample(fraction=1.0, shuffle=True, seed=1)
    anchor, real = every[:240], every[240:]
    batch = scan_batch(
        [parquet(with_provenance(cyrillic[160:]))],
        fit_profile(anchor, real, schema, seed=1),
        anchor,
        text_profile=TextProfile.fit(anchor, real, "text", seed=1),
    )
    kept, told = spare_groups(list(compute_readings(batch)), batch, real, {})
    assert {each.guard for each in told} and "language" not in {each.guard for each in told}
    assert all(each.why.startswith("texts of script=Cyrillic are not looked into: ") for each in told)
    assert any(each.guard == "language" and each.group == "Cyrillic" and each.value > 0.3 for each in kept)


def test_pictures_of_a_group_whose_clean_batches_would_be_held_are_not_looked_into() -> None:
    columns = (
        Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16),
        Column(name="light", role=Role.GROUP),
    )
    schema = Schema(columns)
    whole = digits().select("image")
    dark = with_pixels(whole, pixels(whole) / 2).with_columns(light=pl.lit("dark"))
    every = pl.concat([whole[:600].with_columns(light=pl.lit("bright")), dark[600:800]]).sample(
        fraction=1.0, shuffle=True, seed=1
    )
    anchor, real = every[:600], every[600:]
    batch = scan_batch(
        [parquet(with_provenance(dark[800:840]))],
        fit_profile(anchor, real, schema, seed=1),
        anchor,
        picture_profile=PictureProfile.fit(anchor, real, schema, seed=1),
    )
    readings = list(compute_readings(batch))
    kept, told = spare_groups(readings, batch, real, {})
    assert {each.guard for each in told} >= {"column_drift", "drift"}
    assert all(each.why.startswith("pictures of light=dark are not looked into: ") for each in told)
    gone = {each.guard for each in readings} - {each.guard for each in kept}
    assert {each.guard for each in told} - {"column_drift", "drift"} <= gone
    assert any(each.guard == "column_drift" and each.group.startswith("brightness") for each in readings)
    assert not any(each.guard == "column_drift" and each.group.startswith("brightness") for each in kept)
    assert spare_groups(readings, batch, real.filter(pl.col("light") == "bright"), {}) == (readings, [])
