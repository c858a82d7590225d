"""The metrics of a generation.

A metric is one file that declares two things:

- ``ENDPOINTS``: the numbers that it measures, each with the definition of "model collapse" that it stands for;
- ``METRIC``: a :class:`~outcross.assets.metrics.contract.RowMetric`, which measures synthetic rows, or a
  :class:`~outcross.assets.metrics.contract.ModelMetric`, which measures the models themselves.

A line in ``FILES`` of :mod:`outcross.assets.metrics.registry` registers the file; studies, checks, verdicts and reports
then use it. A metric imports instruments and resources, and never a study.
"""
