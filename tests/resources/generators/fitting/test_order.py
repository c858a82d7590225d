"""The order of the training rows."""

import numpy as np

from outcross.resources.generators.fitting.order import Order


def test_an_order_is_the_same_from_any_start():
    whole = Order(7, 3).take(0, 30)
    assert np.array_equal(Order(7, 3).take(12, 18), whole[12:])
    assert sorted(whole[:7]) == sorted(whole[7:14]) == list(range(7))
    assert not np.array_equal(whole[:7], whole[7:14])
