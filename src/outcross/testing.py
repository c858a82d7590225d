"""Check that a generator keeps to its contract, as scikit-learn's ``check_estimator`` does for estimators.

``check_generator(Forest(trees=5))`` asks every law and raises the first that is broken. For one test a law::

    import pytest
    from outcross.testing import generator_checks

    CHECKS = dict(generator_checks(Forest(trees=5)))

    @pytest.mark.parametrize("law", CHECKS)
    def test_forest_keeps_the_law(law):
        CHECKS[law]()
"""

from outcross.resources.generators.conformance.data import Data
from outcross.resources.generators.conformance.law import LawBroken
from outcross.resources.generators.conformance.suite import check_generator, generator_checks

__all__ = ["Data", "LawBroken", "check_generator", "generator_checks"]
