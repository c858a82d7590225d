"""The collector of cycles waits while a library is imported, and no longer."""

import gc

import pytest

from outcross.resources.import_time import without_collection


def test_the_collector_waits_and_goes_on_whatever_happens() -> None:
    assert gc.isenabled()
    with pytest.raises(ImportError), without_collection():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()


def test_one_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with without_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
