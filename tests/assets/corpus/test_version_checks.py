"""Each inconsistency of a version is found by itself, in one sentence, and its edge is consistent."""

import dataclasses
from typing import Any

import pytest

from outcross.assets.corpus.ledger.records import Count, Estimate, PartRef
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence, Tally
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import (
    check,
    check_follows,
    find_faults,
    find_faults_against_parent,
    list_parts,
)
from outcross.resources.errors import BadInput
from tests.assets.corpus.versions import FIRST, SECOND, TRIMMED, part

MADE = SECOND.counts[1]
HELD = part("batches/b2/quarantined", 2, "b2")
DECIDED = part("batches/b2/decided-3", 2, "b2")
REJECTED = dataclasses.replace(
    SECOND,
    number=3,
    parent=2,
    action="reject",
    rows_in=2,
    rows_admitted=0,
    rows_quarantined=2,
    decided=(DECIDED,),
)


def estimate(share: float, lower: float, upper: float) -> Estimate:
    return Estimate(share=share, lower=lower, upper=upper, auc=None, decided=True, how="h")


def counted(*counts: Count, **changes: Any) -> dict[str, Any]:
    """Other counts, with parts that have as many rows."""
    rows = sum(count.rows for count in counts)
    return {"counts": counts, "parts": (part("p", rows, "anchor"),), **changes}


def count(origin: Any, depth: int | None, rows: int = 10, **about: Any) -> Count:
    return Count(**{"origin": origin, "depth": depth, "generator": None, "licence": None, "rows": rows, **about})


def evidence_of(rows: int, *, unfit: int = 0) -> ShareEvidence:
    """The sums of so many rows since the anchor that are not declared synthetic."""
    tally = dataclasses.replace(Tally.empty(0), rows=rows)
    return ShareEvidence(cells="c", merged=False, calibration=((),), since_anchor=tally, unfit=unfit, last=(), rises=())


MORE = dataclasses.replace(
    SECOND,
    rows_in=SECOND.rows_in + 7,
    rows_admitted=SECOND.rows_admitted + 7,
    parts=(SECOND.parts[0], dataclasses.replace(SECOND.parts[1], rows=SECOND.parts[1].rows + 7)),
    counts=(*SECOND.counts, count("unknown", None, 7)),
    declared_share=SECOND.counts[1].rows / (SECOND.rows + 7),
)
"""Its batch has seven rows of unknown origin besides."""
ABOUT_MADE = "origin 'synthetic', depth 1, generator 'copula', licence 'CC-BY-4.0'"
TWICE = dataclasses.replace(SECOND.parts[1], rows=0, path=FIRST.parts[0].path)


@pytest.mark.parametrize(
    ("version", "changes", "faults"),
    [
        (FIRST, {}, []),
        (SECOND, {}, []),
        (TRIMMED, {}, []),
        (SECOND, {"held": HELD}, []),
        (REJECTED, {}, []),
        (SECOND, {"number": 3}, ["its number must be one more than its parent's, which is 1"]),
        (SECOND, {"number": 1, "parent": 0}, ["its number must be one more than its parent's, which is 0"]),
        (FIRST, {"number": 2}, ["its number must be one more than its parent's, which is None"]),
        (
            FIRST,
            {"action": "trim"},
            ["only the first version is made by 'anchor', and version 1 is made by 'trim'"],
        ),
        (
            SECOND,
            {"action": "anchor"},
            ["only the first version is made by 'anchor', and version 2 is made by 'anchor'"],
        ),
        (SECOND, {"at": "2026-03-01T12:00:00Z"}, []),
        (SECOND, {"at": "2026-03-01 12:00:00+00:00"}, ["'at' is '2026-03-01 12:00:00+00:00', not a time like"]),
        (SECOND, {"at": "2026-03-01T12:00:00"}, ["'at' is '2026-03-01T12:00:00', not a time like"]),
        (SECOND, {"at": "soon"}, ["'at' is 'soon', not a time like 2026-01-31T12:00:00+00:00"]),
        (SECOND, {"rows_in": 0, "rows_admitted": 2, "rows_quarantined": -2}, ["its number of rows in, admitted or"]),
        (SECOND, {"rows_in": 0, "rows_admitted": -2, "rows_quarantined": 2}, ["its number of rows in, admitted or"]),
        (SECOND, {"rows_in": -2, "rows_admitted": -2, "rows_quarantined": 0}, ["its number of rows in, admitted or"]),
        (SECOND, {"rows_in": 0, "rows_admitted": 0, "rows_quarantined": 0}, []),
        (SECOND, {"rows_in": 28}, ["28 rows in are not 25 admitted and 2 quarantined"]),
        (SECOND, {"held": dataclasses.replace(HELD, rows=3)}, ["has 3 rows in quarantine, and 'ingest' quarantined 2"]),
        (SECOND, {"held": dataclasses.replace(HELD, rows=1)}, ["has 1 rows in quarantine, and 'ingest' quarantined 2"]),
        (SECOND, {"parts": (*SECOND.parts, TWICE)}, ["part 'parts/anchor.parquet' is named twice"]),
        (SECOND, {"held": dataclasses.replace(HELD, path=SECOND.parts[0].path)}, ["'parts/anchor.parquet' is named"]),
        (
            SECOND,
            {"decided": (dataclasses.replace(DECIDED, sha256="A" * 64),)},
            ["the sha256 of part 'batches/b2/decided-3' is not 64 hexadecimal digits"],
        ),
        (
            SECOND,
            {"held": dataclasses.replace(HELD, sha256="a" * 65)},
            ["the sha256 of part 'batches/b2/quarantined' is not 64 hexadecimal digits"],
        ),
        (
            SECOND,
            {"decided": (dataclasses.replace(DECIDED, rows=-1),)},
            ["part 'batches/b2/decided-3' has a negative number of rows"],
        ),
        (SECOND, {"decided": (dataclasses.replace(DECIDED, rows=0),)}, []),
        (
            SECOND,
            {"left_out": (part("left_out/3", 1, ""),)},
            ["its counts add up to 125 rows, and its parts without the rows left out have 124"],
        ),
        (
            SECOND,
            {"counts": (*SECOND.counts, dataclasses.replace(MADE, rows=0))},
            [f"the rows of {ABOUT_MADE} are counted twice"],
        ),
        (SECOND, {"counts": (*SECOND.counts, dataclasses.replace(MADE, rows=0, depth=2))}, []),
        (SECOND, {"counts": (*SECOND.counts, dataclasses.replace(MADE, rows=0, generator="gan"))}, []),
        (SECOND, {"counts": (*SECOND.counts, dataclasses.replace(MADE, rows=0, licence="MIT"))}, []),
        (
            FIRST,
            counted(count("real", 0, 101), count("real", None, -1)),
            ["the number of rows of origin 'real', depth None, generator None, licence None is negative"],
        ),
        (FIRST, counted(count("real", 0), count("real", None, 0)), []),
        (
            FIRST,
            counted(count("real", 1)),
            ["origin 'real', depth 1, generator None, licence None is impossible: real"],
        ),
        (FIRST, counted(count("synthetic", 0), declared_share=1.0), ["'synthetic', depth 0, generator None, licence"]),
        (FIRST, counted(count("synthetic", 1), declared_share=1.0), []),
        (FIRST, counted(count("synthetic", 9), declared_share=1.0), []),
        (FIRST, counted(count("synthetic", None), declared_share=1.0), []),
        (FIRST, counted(count("mixed", 0)), []),
        (FIRST, counted(count("unknown", 5)), []),
        (FIRST, counted(count("mixed", -1)), ["'mixed', depth -1, generator None, licence None is impossible"]),
        (FIRST, counted(), []),
        (FIRST, counted(declared_share=1e-8), ["the declared share is 1e-08, and its counts give 0"]),
        (FIRST, counted(declared_share=5e-10), []),
        (SECOND, {"evidence": evidence_of(0)}, []),
        (
            SECOND,
            {"evidence": evidence_of(0, unfit=1)},
            ["its evidence is of 1 rows, and 0 are not declared synthetic"],
        ),
        (SECOND, {"evidence": evidence_of(3)}, ["its evidence is of 3 rows, and 0 are not declared synthetic"]),
        (MORE, {"evidence": evidence_of(4, unfit=3)}, []),
        (MORE, {"evidence": evidence_of(0)}, ["its evidence is of 0 rows, and 7 are not declared synthetic"]),
        (SECOND, {"declared_share": 0.2 + 1e-8}, ["the declared share is 0.2, and its counts give 0.2"]),
        (SECOND, {"declared_share": 0.2 - 1e-8}, ["the declared share is 0.2, and its counts give 0.2"]),
        (
            FIRST,
            counted(
                count("real", 0), count("synthetic", 1), count("mixed", 1), count("unknown", 1), declared_share=0.76
            ),
            ["the declared share is 0.76, and its counts give 0.25 to 0.75"],
        ),
        (
            FIRST,
            counted(
                count("real", 0), count("synthetic", 1), count("mixed", 1), count("unknown", 1), declared_share=0.75
            ),
            [],
        ),
        (SECOND, {"bound": 0.0}, []),
        (SECOND, {"bound": 1.0}, []),
        (SECOND, {"bound": None}, []),
        (SECOND, {"bound": -0.1}, ["the bound -0.1 is not between 0 and 1"]),
        (SECOND, {"bound": 1.1}, ["the bound 1.1 is not between 0 and 1"]),
        (SECOND, {"estimated": None}, []),
        (SECOND, {"estimated": estimate(0.0, 0.0, 0.0)}, []),
        (SECOND, {"estimated": estimate(1.0, 1.0, 1.0)}, []),
        (SECOND, {"estimated": estimate(0.1, 0.2, 0.3)}, ["the estimated share 0.1 is outside 0.2 to 0.3, or this"]),
        (SECOND, {"estimated": estimate(0.4, 0.2, 0.3)}, ["the estimated share 0.4 is outside 0.2 to 0.3, or this"]),
        (SECOND, {"estimated": estimate(0.1, -0.2, 0.3)}, ["the estimated share 0.1 is outside -0.2 to 0.3, or this"]),
        (SECOND, {"estimated": estimate(0.4, 0.2, 1.3)}, ["the estimated share 0.4 is outside 0.2 to 1.3, or this"]),
    ],
)
def test_a_version_has_exactly_these_faults(version: Version, changes: dict[str, Any], faults: list[str]) -> None:
    found = find_faults(dataclasses.replace(version, **changes))
    assert len(found) == len(faults), found
    assert all(fault in each for each, fault in zip(found, faults, strict=True)), found


def stating(synthetic: int) -> tuple[PartRef, ...]:
    """The parts of the second version, of which the last states its synthetic rows."""
    return (*SECOND.parts[:-1], dataclasses.replace(SECOND.parts[-1], synthetic=synthetic))


@pytest.mark.parametrize(
    ("version", "parent", "changes", "faults"),
    [
        (SECOND, FIRST, {}, []),
        (TRIMMED, SECOND, {}, []),
        (REJECTED, SECOND, {}, []),
        (SECOND, FIRST, {"corpus": "other"}, ["it does not follow version 1 of 'adult'"]),
        (SECOND, FIRST, {"parent": 2}, ["it does not follow version 1 of 'adult'"]),
        (SECOND, FIRST, {"rows_admitted": 24}, ["24 rows were admitted, and its parts have 25 more than its parent's"]),
        (SECOND, FIRST, {"rows_admitted": 26}, ["26 rows were admitted, and its parts have 25 more than its parent's"]),
        (TRIMMED, SECOND, {"action": "release"}, ["'release' left out 5 more rows than its parent"]),
        (TRIMMED, SECOND, {"left_out": ()}, []),
        (
            dataclasses.replace(SECOND, number=4, parent=3, rows_in=0, rows_admitted=0, action="trim"),
            TRIMMED,
            {},
            ["'trim' left out -5 more rows than its parent", "'left_out' does not begin with that of its parent"],
        ),
        (SECOND, FIRST, {"parts": stating(25)}, []),
        (SECOND, FIRST, {"parts": stating(0)}, ["its counts add 25 synthetic rows, and its parts state 0 more"]),
        (SECOND, FIRST, {"parts": SECOND.parts[::-1]}, ["'parts' does not begin with that of its parent"]),
        (
            dataclasses.replace(REJECTED, number=4, parent=3, decided=(dataclasses.replace(DECIDED, rows=4),)),
            REJECTED,
            {},
            ["'decided' does not begin with that of its parent"],
        ),
        (REJECTED, SECOND, {"rows_in": 1}, ["'reject' processed 1 rows, and 2 have left quarantine"]),
        (REJECTED, SECOND, {"action": "release", "rows_in": 3}, ["'release' processed 3 rows, and 2 have left"]),
        (REJECTED, SECOND, {"action": "ingest"}, ["'ingest' processed 2 rows, and 2 have left quarantine"]),
    ],
)
def test_a_version_has_exactly_these_faults_against_its_parent(
    version: Version, parent: Version, changes: dict[str, Any], faults: list[str]
) -> None:
    found = find_faults_against_parent(dataclasses.replace(version, **changes), parent)
    assert len(found) == len(faults), found
    assert all(fault in each for each, fault in zip(found, faults, strict=True)), found


def test_every_kind_of_part_is_listed() -> None:
    whole = dataclasses.replace(TRIMMED, held=HELD, decided=(DECIDED,))
    assert list_parts(whole) == (*TRIMMED.parts, *TRIMMED.left_out, HELD, DECIDED)
    assert list_parts(FIRST) == FIRST.parts


def test_every_fault_is_told_at_once_and_a_consistent_version_passes() -> None:
    check(SECOND)
    check_follows(SECOND, FIRST)
    with pytest.raises(BadInput) as raised:
        check(dataclasses.replace(SECOND, bound=2.0, rows_in=28))
    assert str(raised.value) == (
        "version 2 of corpus 'adult' does not add up: 28 rows in are not 25 admitted and 2 quarantined; the bound 2 is "
        "not between 0 and 1. Nothing was written; count its rows again"
    )
    with pytest.raises(BadInput, match="'parts' does not begin"):
        check_follows(dataclasses.replace(SECOND, parts=SECOND.parts[::-1]), FIRST)


def test_only_what_is_64_lower_hexadecimal_digits_is_a_sha256() -> None:
    anchor: PartRef = FIRST.parts[0]
    for sha256, faults in (("0" * 64, 0), ("f" * 64, 0), ("0" * 63, 1), ("g" * 64, 1), ("0" * 64 + "\n", 1)):
        changed = dataclasses.replace(FIRST, parts=(dataclasses.replace(anchor, sha256=sha256),))
        assert len(find_faults(changed)) == faults, sha256
