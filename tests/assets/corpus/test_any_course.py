"""All rows stay accounted for, whatever is ingested, released, rejected and left out, in any order."""

import hashlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.ledger.ledger import numbers, read_version, version_path
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.quarantine import list_quarantine, read_quarantine, reject, release
from outcross.assets.corpus.trim.trim import apply, plan
from outcross.resources.errors import BadInput
from tests.assets.corpus.people import AT, mixed, people, start, take

ASKED = {"reason": "by chance", "by": "test", "at": AT}
TAKE = st.tuples(st.sampled_from(["real", "synthetic", "mixed", "unlicensed"]), st.integers(1, 40))
DECIDE = st.tuples(st.sampled_from(["release", "reject"]), st.integers(0, 3))
TRIM = st.tuples(st.just("trim"), st.sampled_from([0.0, 0.05, 0.2]))


def do(corpus: OpenCorpus, folder: Path, step: int, what: str, number: float) -> None:
    """Take one step; a refused step changes nothing."""
    path = folder / f"{step}.parquet"
    if what == "mixed":
        take(corpus, path, mixed(corpus, seed=step + 1))
    elif what in ("real", "synthetic", "unlicensed"):
        changes = {"licence": "ours"} if what == "unlicensed" else {}
        claims = "synthetic" if what == "synthetic" else "real"
        take(corpus, path, people(int(number), 100 + step), claims, **changes)
    elif what == "trim":
        found = plan(corpus, share=number)
        if found.leave_out:
            apply(corpus, found, **ASKED)
    elif quarantine := list_quarantine(corpus):
        batch = quarantine[int(number) % len(quarantine)].batch
        positions = read_quarantine(corpus, batch)["position"].to_list()[:: int(number) + 1]
        try:
            if what == "release":
                release(corpus, batch, positions=positions, past_bound=bool(number), **ASKED)
            else:
                reject(corpus, batch, positions=positions, **ASKED)
        except BadInput:
            assert what == "release", "rows in quarantine can always be rejected"


def fingerprints(corpus: OpenCorpus) -> dict[int, tuple[str, str]]:
    """Map each version to the sha256 of its file, and of its rows in their order."""
    found = {}
    for number in numbers(corpus.files):
        rows = scan_rows(corpus, read_version(corpus.files, number)).collect()
        contents = [corpus.files.get(version_path(number)), rows.write_json().encode()]
        found[number] = tuple(hashlib.sha256(each).hexdigest() for each in contents)
    return found  # type: ignore[return-value]


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TAKE | DECIDE | TRIM, min_size=4, max_size=8), TAKE)
def test_every_row_is_accounted_for_after_any_sequence_of_steps(
    steps: list[tuple[str, float]], first: tuple[str, float]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = start(folder / "people")
        seen: dict[int, tuple[str, str]] = {}
        for step, (what, number) in enumerate([first, *steps]):
            do(corpus, folder, step, what, number)
            now = fingerprints(corpus)
            assert seen.items() <= now.items(), "earlier versions read back unchanged"
            seen = now
        found = audit(corpus)
        assert found.problems == ()
        assert found.rows_in == found.rows_admitted + found.rows_quarantined
        assert found.rows_released + found.rows_rejected + sum(each.rows for each in list_quarantine(corpus)) == (
            found.rows_quarantined
        )
        last = read_version(corpus.files)
        assert scan_rows(corpus, last).collect().height == last.rows
        out = sum(part.rows for part in last.left_out)
        assert last.rows == corpus.rows.height + found.rows_admitted + found.rows_released - out
