"""Real rows whose columns, or words, are shuffled among the rows: what a model can learn from each column alone."""

import numpy as np
import polars as pl

from outcross.assets.metrics.fitted_models import FittedModels
from outcross.resources.seeds import generator
from outcross.resources.tokens import detokenize, tokenize

_OWN = ("replicate", "weight")


def make_independent(models: FittedModels) -> pl.DataFrame | None:
    """Return the rows that the models were fitted to, with each column permuted by itself within a replicate.

    Of texts, the words are permuted among all rows; each row keeps its number of words. Missing cells move with the
    others. The permutation has a seed of its own for each replicate.

    Returns:
        ``replicate``, ``weight``, then the columns; None if there is one column and it is no text.
    """
    rows = models.dataset()
    columns = [name for name in rows.columns if name not in _OWN]
    if len(columns) == 1 and not models.is_text:
        return None
    parts = []
    for (replicate,), part in rows.partition_by("replicate", as_dict=True, maintain_order=True).items():
        stream = generator(models.seed(int(str(replicate)), "independent"))
        parts.append(part.with_columns(_shuffle(part[name], stream, text=models.is_text) for name in columns))
    return pl.concat(parts)


def _shuffle(column: pl.Series, stream: np.random.Generator, *, text: bool) -> pl.Series:
    if not (text and column.dtype == pl.String):
        return column.gather(stream.permutation(len(column)).tolist())
    rows = [tokenize(each or "") for each in column.to_list()]
    words = [word for row in rows for word in row]
    shuffled = iter([words[place] for place in stream.permutation(len(words)).tolist()])
    return pl.Series(column.name, [detokenize([next(shuffled) for _ in row]) for row in rows])
