"""Which real rows a replicate has: shared or its own, whoever asks."""

import numpy as np
import pytest

from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.dealing import Dealing, rows_each
from outcross.assets.study.policies.contract import BASE, UNUSED

REPLICATES, ROWS, ANCHOR = 4, 10, 103


def real_rows(dealing: Dealing, *, lineage: str = "arm", replicates: tuple[int, ...] = (0, 1, 2, 3)) -> RealRows:
    return RealRows(
        study="s",
        seed=1,
        lineage=lineage,
        replicates=replicates,
        all_replicates=REPLICATES,
        rows=ROWS,
        anchor_rows=ANCHOR,
        dealing=dealing,
    )


@pytest.mark.parametrize("dealing", ["shared", "own"])
def test_all_lineages_start_from_the_same_rows(dealing: Dealing) -> None:
    first, second = (real_rows(dealing, lineage=name).take(BASE, np.arange(ROWS)) for name in ("shared", "arm"))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (REPLICATES, ROWS)


@pytest.mark.parametrize("dealing", ["shared", "own"])
@pytest.mark.parametrize("part", [BASE, UNUSED])
def test_a_replicate_has_the_same_rows_in_a_lineage_of_its_own(dealing: Dealing, part: str) -> None:
    together = real_rows(dealing).take(part, np.arange(ROWS))
    some = real_rows(dealing, replicates=(1, 3)).take(part, np.arange(ROWS))
    np.testing.assert_array_equal(some, together[[1, 3]])


def test_rows_of_its_own_are_dealt_out_evenly_and_each_once() -> None:
    real = real_rows("own")
    assert real.each == rows_each(ANCHOR, REPLICATES, "own") == 25
    base = real.take(BASE, np.arange(ROWS))
    unused = real.take(UNUSED, np.arange(25 - ROWS))
    used = np.concatenate([base.ravel(), unused.ravel()])
    assert len(set(used.tolist())) == len(used) == 100
    assert set(used.tolist()) <= set(range(ANCHOR))


def test_shared_rows_are_all_of_them_for_every_replicate() -> None:
    real = real_rows("shared")
    assert real.each == rows_each(ANCHOR, REPLICATES, "shared") == ANCHOR
    for base, unused in zip(real.take(BASE, np.arange(ROWS)), real.take(UNUSED, np.arange(ANCHOR - ROWS)), strict=True):
        assert sorted([*base.tolist(), *unused.tolist()]) == list(range(ANCHOR))


@pytest.mark.parametrize(("dealing", "each"), [("own", 25), ("shared", ANCHOR)])
def test_more_rows_than_a_replicate_has_are_refused(dealing: Dealing, each: int) -> None:
    with pytest.raises(ValueError, match=f"{each + 1:,} real rows are asked of each replicate, which has {each:,}"):
        real_rows(dealing).take(UNUSED, np.arange(each - ROWS + 1))
