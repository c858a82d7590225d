"""What ``outcross corpus`` says of a corpus past its bound: every row that is not known to be real counts."""

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from outcross.assets.corpus.ledger.records import Count, Estimate
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.share_bound import Bound
from outcross.assets.corpus.trim.past_bound import advise_past_bound
from tests.assets.corpus.people import people
from tests.assets.corpus.versions import FIRST
from tests.jobs.cli.in_process import outcross


@pytest.fixture(scope="module")
def version(people_place: Path) -> Version:
    (path,) = people_place.glob("home/data/corpora/people/versions/00000006.json")
    return Version.decode(path.read_bytes(), where=str(path))


def of(version: Version, bound: float | None, **rows: int) -> Version:
    """The version with another bound, and so many rows of each origin."""
    like = version.counts[0]
    counts = tuple(Count(**{**vars(like), "origin": origin, "rows": number}) for origin, number in rows.items())
    return replace(version, bound=bound, counts=counts, declared_share=rows.get("synthetic", 0) / sum(rows.values()))


@pytest.mark.parametrize(
    ("bound", "rows", "says"),
    [
        (0.3, {"real": 7, "synthetic": 3}, None),
        (0.3, {"real": 70, "synthetic": 31}, "31 of 101 rows are not known to be real. 3 more real rows bring it back"),
        (0.3, {"real": 70, "unknown": 31}, "31 of 101 rows are not known to be real. 3 more real rows bring it back"),
        (0.3, {"real": 70, "mixed": 31}, "31 of 101 rows are not known to be real."),
        (0.3, {"real": 70, "synthetic": 11, "mixed": 10, "unknown": 10}, "31 of 101 rows are not known to be real."),
        (0.0, {"real": 9}, None),
        (
            0.0,
            {"real": 9, "unknown": 1},
            "1 of 10 rows are not known to be real. No number of real rows brings it back",
        ),
        (1.0, {"synthetic": 5}, None),
        (None, {"synthetic": 5}, None),
    ],
)
def test_the_advice_counts_rows_of_every_origin_but_real_and_a_tie_keeps_the_bound(
    version: Version, bound: float | None, rows: dict[str, int], says: str | None
) -> None:
    advice = advise_past_bound(of(version, bound, **rows))
    assert (advice is None) == (says is None)
    assert says is None or (advice is not None and f"Past its bound: {says}" in advice)
    assert advice is None or "start with: outcross trim people --dry-run" in advice


def test_the_estimate_and_a_bound_that_was_lowered_since_count_too() -> None:
    """20 of 200 rows are declared synthetic, and at least 50 are estimated to be."""
    found = Estimate(share=0.3, lower=0.25, upper=0.4, auc=None, decided=True, how="")
    version = replace(of(FIRST, 0.3, real=180, synthetic=20), estimated=found)
    assert advise_past_bound(version) is None
    advice = advise_past_bound(version, Bound(0.2, "now"))
    assert advice is not None
    assert (
        "Past its bound: 50 of 200 rows are estimated to be synthetic at least, of which 20 declare it. 50 more"
        in advice
    )
    assert "start with: outcross trim" in advice
    bare = replace(of(FIRST, 0.3, real=200), estimated=found)
    advice = advise_past_bound(bare, Bound(0.2, "now"))
    assert advice is not None and "outcross trim" not in advice, "it could leave out none"


def test_a_corpus_that_unknown_rows_took_past_its_bound_says_so(people_place: Path, tmp_path: Path) -> None:
    """None of them is declared synthetic, so the declared share stays within the bound."""
    folder = shutil.copytree(people_place, tmp_path / "copy")
    sent = ("many.parquet", "--corpus", "people.yaml", "--origin", "unknown", "--licence", "CC0-1.0", "--json")
    (held,) = outcross(folder, "ingest", *sent).json["files"]
    outcross(folder, "quarantine", "release", "people.yaml", held["batch"], "--reason", "once", "--past-bound")
    assert "Past its bound: 340 of " in outcross(folder, "corpus", "people.yaml").said
    assert outcross(folder, "corpus", "people.yaml", "--json").json["declared_share"] < 0.3


def test_a_batch_past_the_bound_names_the_trim_that_makes_room_for_it(people_place: Path, tmp_path: Path) -> None:
    """The corpus has 40 synthetic rows of 403; with 120 more, 160 of 523 are past a bound of 0.3."""
    folder = shutil.copytree(people_place, tmp_path / "copy")
    people(120, 11).write_parquet(folder / "made.parquet")
    sent = ("made.parquet", "--corpus", "people.yaml", "--origin", "synthetic", "--generator", "copula")
    (held,) = outcross(folder, "ingest", *sent, "--licence", "CC0-1.0", "--json").json["files"]
    (reason,) = held["reasons"]
    assert "; add 11 real rows first, or leave out 5 synthetic ones: outcross trim people --share 0.0879" in reason
    (trim,) = re.findall(r"outcross (trim .*)", reason)
    release = ("quarantine", "release", "people", held["batch"], "--reason", "room")
    assert outcross(folder, *release).code == 2
    assert outcross(folder, *shlex.split(trim)).code == 0
    assert outcross(folder, *release).code == 0
