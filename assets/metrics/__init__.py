"""What a generation is measured by.

A metric is one file that declares two things:

- ``ENDPOINTS``: the numbers that it gives, each with the definition of "model collapse" that it stands for;
- ``METRIC``: a :class:`~outcross.assets.metrics.contract.RowMetric`, which measures synthetic rows, or a
  :class:`~outcross.assets.metrics.contract.ModelMetric`, which measures the models themselves.

The file's name is added as a line to ``FILES`` of :mod:`outcross.assets.metrics.registry`; studies, checks, verdicts
and reports know the metric from then on. A metric knows instruments and resources, and no study.
"""
