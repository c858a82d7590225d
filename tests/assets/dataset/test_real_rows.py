"""Which real rows a replicate has: shared or its own, whoever asks."""

import numpy as np
import pytest

from outcross.assets.dataset.real_rows import RealRows
from outcross.assets.study.dealing import Dealing, rows_each
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import BASE, UNUSED
from outcross.resources.seeds import derive_seed, generator

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


def drawn(replicate: int, stage: str, *, lineage: str = SHARED, of: int = ANCHOR) -> np.ndarray:
    return generator(derive_seed("s", 1, lineage, 0, replicate, stage)).permutation(of)


def test_rows_are_dealt_and_ordered_by_seeds_that_no_version_changes() -> None:
    """A study that an earlier version began goes on with the rows that it began with."""
    own = real_rows("own")
    assert own.take(BASE, np.arange(25)).tolist() == np.sort(drawn(0, "deal")[:100].reshape(4, 25)).tolist()
    shared, places = real_rows("shared"), np.arange(ANCHOR - ROWS)
    for replicate in range(REPLICATES):
        order = drawn(replicate, "anchor")
        rest = drawn(replicate, "fresh", lineage="arm", of=ANCHOR - ROWS)
        unused = np.sort(order[ROWS:])[rest]
        index = np.full(len(places), replicate)
        assert shared.take(BASE, np.arange(ROWS))[replicate].tolist() == sorted(order[:ROWS])
        assert shared.look_up(UNUSED, index, places).tolist() == unused.tolist()
        assert shared.look_up(BASE, index[:ROWS], np.arange(ROWS)).tolist() == order[:ROWS].tolist()


@pytest.mark.parametrize("dealing", ["shared", "own"])
def test_as_many_rows_as_a_replicate_has_are_given_and_none_are_none(dealing: Dealing) -> None:
    real = real_rows(dealing)
    assert real.take(UNUSED, np.arange(real.each - ROWS)).shape == (REPLICATES, real.each - ROWS)
    assert real.take(BASE, np.arange(0)).shape == (REPLICATES, 0)
