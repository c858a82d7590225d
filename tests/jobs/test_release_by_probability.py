"""A batch held for its share: its rows are shown by their probability, and the unlikely ones released and counted."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.jobs.automation.batch_metadata import describe_batch
from outcross.jobs.files.corpus_files import CORPORA
from outcross.resources.store import Store
from tests.assets.corpus.people import AT, SETTINGS
from tests.jobs.cli.in_process import outcross

REAL = ("--origin", "real", "--licence", "CC0-1.0", "--consent", "survey")
MADE = ("--origin", "synthetic", "--generator", "vendor", "--licence", "CC0-1.0")
CLEAN, SYNTHETIC = 240, 60


def rows(count: int, seed: int, *, made: bool = False) -> pl.DataFrame:
    """Draw rows whose two numbers go together; in those of the generator they do not."""
    random = np.random.default_rng(seed)
    wage = random.normal(30, 8, count)
    own = random.normal(30, 8, count) if made else wage
    return pl.DataFrame(
        {
            "wage": wage,
            "rent": own / 3 + random.normal(0, 0.6, count),
            "work": random.choice(["shop", "farm"], count),
            "sex": random.choice(["f", "m"], count),
            "y": random.choice(["no", "yes"], count),
        }
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus that knows a generator, and holds a batch of which a fifth is made by it."""
    folder = tmp_path_factory.mktemp("vendor")
    files = {
        "anchor": rows(900, 0),
        "made": rows(300, 1, made=True),
        "week": pl.concat([rows(CLEAN, 2), rows(SYNTHETIC, 3, made=True)]),
    }
    for name, frame in files.items():
        frame.write_parquet(folder / f"{name}.parquet")
    anchor = {"kind": "files", "path": "anchor.parquet", "columns": {"sex": "group", "y": "label"}}
    guards = SETTINGS["guards"] | {"undeclared_share": {"mode": "enforce"}}
    settings = SETTINGS | {"anchor": anchor, "bound": {"share": 0.35}, "guards": guards}
    (folder / "people.yaml").write_text(yaml.safe_dump(settings))
    assert outcross(folder, "ingest", "made.parquet", "--corpus", "people.yaml", *MADE).code == 0
    ran = outcross(folder, "ingest", "week.parquet", "--corpus", "people.yaml", *REAL, "--json")
    (found,) = ran.json["files"]
    assert found["status"] == "held", found
    (folder / "batch").write_text(found["batch"])
    return folder


@pytest.fixture
def own(place: Path, tmp_path: Path) -> Path:
    return shutil.copytree(place, tmp_path / "own")


def batch_of(folder: Path) -> str:
    return (folder / "batch").read_text()


def test_the_likeliest_rows_come_first_and_their_mean_probability_is_the_estimated_share(place: Path) -> None:
    shown = outcross(
        place, "quarantine", "show", "people.yaml", batch_of(place), "--likeliest", "--limit", "300", "--json"
    ).json
    found = pl.DataFrame(shown["rows"])
    assert found["synthetic_probability"].is_sorted(descending=True)
    made = found["position"] >= CLEAN
    of_made, of_real = (found.filter(each)["synthetic_probability"].to_numpy() for each in (made, ~made))
    assert of_made.mean() > 0.6 and of_real.mean() < 0.2
    (why,) = {reason for row in shown["rows"] for reason in row["reasons"] if reason.startswith("undeclared_share")}
    assert f"an estimated {found['synthetic_probability'].mean():.1%} (" in why
    assert (found["synthetic_lower"] <= found["synthetic_probability"]).all()
    assert (found["synthetic_probability"] <= found["synthetic_upper"]).all()
    assert sum(each["rows"] for each in shown["probabilities"]) == CLEAN + SYNTHETIC
    told = outcross(place, "quarantine", "show", "people.yaml", batch_of(place), "--likeliest", "--limit", "2")
    assert f"release people {batch_of(place)} --below 0.1" in told.said


def test_rows_below_a_probability_are_released_and_count_by_it(own: Path) -> None:
    batch, release = batch_of(own), ("quarantine", "release", "people.yaml", batch_of(own), "--reason", "likely real")
    plan = outcross(own, *release, "--below", "0.1", "--dry-run")
    assert (plan.code, "Nothing was changed" in plan.said) == (0, True)
    before = outcross(own, "corpus", "people.yaml", "--json").json
    dry = outcross(own, *release, "--below", "0.1", "--dry-run", "--json").json
    assert outcross(own, "corpus", "people.yaml", "--json").json == before
    version = outcross(own, *release, "--below", "0.1", "--json").json
    assert version["expected"] == dry["expected"]
    assert version["rows_admitted"] == dry["rows"] == version["expected"]["rows"]
    assert dry["rows"] + dry["stay"] == CLEAN + SYNTHETIC and dry["without_probability"] == 0
    expected = version["expected"]["synthetic"]
    listed = pl.read_parquet(next(own.glob(f"home/data/corpora/people/batches/{batch}/released-*")))
    assert (listed["position"] >= CLEAN).sum() <= version["expected"]["upper"]
    after = outcross(own, "corpus", "people.yaml", "--json").json["estimated"]
    count = before["estimated"]["share"] * sum(each["rows"] for each in before["counts"])
    assert after["share"] == pytest.approx((count + expected) / version["rows"])
    assert after["decided"] == before["estimated"]["decided"]
    sql = "select expected_synthetic, released_below from ledger where action = 'release'"
    assert outcross(own, "sql", sql, "--json").json["rows"] == [[expected, 0.1]]
    sql = "select count(synthetic_probability) as known from quarantine where decision = 'released'"
    assert outcross(own, "sql", sql, "--json").json["rows"] == [[dry["rows"]]]
    assert outcross(own, "audit", "people.yaml").code == 0
    again = outcross(own, *release, "--below", "0.1")
    assert (again.code, "has a probability below 0.1" in again.err) == (2, True)


def test_a_batch_held_without_probabilities_is_refused_with_what_to_do(own: Path) -> None:
    (held,) = own.glob(f"home/data/corpora/people/batches/{batch_of(own)}/quarantined-*")
    kept = pl.read_parquet(held)
    kept.drop("synthetic_probability", "synthetic_lower", "synthetic_upper").write_parquet(held)
    release = ("quarantine", "release", "people.yaml", batch_of(own), "--reason", "x", "--below", "0.1")
    ran = outcross(own, *release)
    assert ran.code == 2
    assert "kept no probability of its rows; choose rows with --row or --guard" in " ".join(ran.err.split())
    assert outcross(own, "sql", "select count(synthetic_probability) from quarantine", "--json").json["rows"] == [[0]]
    kept.with_columns(synthetic_probability=pl.lit(None, dtype=pl.Float64)).write_parquet(held)
    assert "no row in quarantine has a probability of being synthetic" in " ".join(outcross(own, *release).err.split())
    assert outcross(own, "corpus", "people.yaml", "--json").json["number"] == 3


def test_the_ui_shows_how_many_rows_are_how_likely(place: Path) -> None:
    settings = CORPORA.load(place / "people.yaml")
    opened = open_corpus(settings, Store(place / "home" / "data"), by="test", at=AT)
    outcome = ingest(opened, place / "week.parquet", Request(claims={}, by="test", at=AT))
    told, _ = describe_batch(opened, outcome, check="admitted_whole")
    assert told is not None
    shown = str(told["synthetic_probability"].value)
    assert "| 0.9 to 1 |" in shown and f"`outcross quarantine show people {batch_of(place)} --likeliest`" in shown
