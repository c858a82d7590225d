"""Check that a generator, or a metric, satisfies its contract, as scikit-learn's ``check_estimator`` does.

``check_generator(Forest(trees=5))`` checks every law and raises the first violation. For one test per law::

    import pytest
    from outcross.testing import generator_checks

    CHECKS = dict(generator_checks(Forest(trees=5)))

    @pytest.mark.parametrize("law", CHECKS)
    def test_forest_satisfies_the_law(law):
        CHECKS[law]()

``check_metric`` and ``metric_checks`` ask the laws of a metric in the same way.
"""

from outcross.assets.metrics.conformance import check_metric, metric_checks
from outcross.resources.generators.conformance.data import Data
from outcross.resources.generators.conformance.law import LawBroken
from outcross.resources.generators.conformance.suite import check_generator, generator_checks

__all__ = ["Data", "LawBroken", "check_generator", "check_metric", "generator_checks", "metric_checks"]
