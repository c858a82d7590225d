"""The safe share from a frame of evaluations, without a study."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import polars as pl

from outcross._api.frames import Rows, as_frame
from outcross.assets.study.tolerance import Tolerance
from outcross.assets.verdict.details import details
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.sentence import sentence
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.resources.errors import BadInput

_NEEDED = {"arm": pl.String(), "generation": pl.Int64(), "replicate": pl.Int64(), "value": pl.Float64()}
_COLUMNS = "arm, generation, replicate, metric and value"


@dataclass(frozen=True)
class SafeShare:
    """The answer for one ladder and one endpoint.

    Attributes:
        verdict: all that was found; its ``curve`` has a rung per share.
        sentence: the same in a sentence of at most 35 words.
        details: what is to be known beside, a sentence each.
    """

    verdict: Verdict
    sentence: str
    details: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Estimate of the largest share within the tolerance, 0 to 1; None where no degradation is defined."""
        return self.verdict.safe_share

    @property
    def lower_95(self) -> float | None:
        """Largest share tried that is shown to be safe, at 95 % confidence; None where the replicates are too few."""
        return self.verdict.lower_95

    @property
    def decided(self) -> bool:
        """Whether the evaluations settle the share; ``verdict.reason`` says why not."""
        return self.verdict.decided

    def curve(self) -> pl.DataFrame:
        """Return the dose–response curve, a line per share.

        ``share``, ``arm``, ``mean`` (degradation against real rows alone), ``fitted`` (the monotone curve), ``lower``
        and ``upper`` (90 % interval of the mean).
        """
        types = {"share": pl.Float64(), "arm": pl.String()} | {
            name: pl.Float64() for name in ("mean", "fitted", "lower", "upper")
        }
        rungs = [{name: getattr(rung, name) for name in types} for rung in self.verdict.curve]
        return pl.DataFrame(rungs, schema=types)

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>"


def safe_share(
    evaluations: Rows,
    *,
    ladder: Ladder | Mapping[float, str],
    endpoint: str,
    tolerance: float | Tolerance,
    generations: int | None = None,
    seed: int = 0,
    policy: str = "fixed",
    generator: str = "used",
    data: str = "these rows",
    study: str = "unnamed",
) -> SafeShare:
    """Find the largest synthetic share at which an endpoint stays within a tolerance.

    Args:
        evaluations: a line per measurement, as ``outcross.run(…).evaluations()`` returns them or of your own: ``arm``,
            ``generation``, ``replicate``, ``metric``, ``value``. Generation 0, before any synthetic row, has the arm
            ``shared``; every arm needs every later generation of every replicate. ``metric`` may be left out where all
            lines are of the endpoint; ``reference`` (only ``holdout`` and ``population`` are read) and ``about`` (only
            the empty one is) where all lines count.
        ladder: synthetic share (0 to 1) → arm, for arms that differ in nothing else; or the ladder of a study, as
            ``outcross.run(…).ladder()`` returns it. Others are held against the arm of share 0, real rows alone.
        endpoint: name of the metric, such as ``recall``; it says which way is better.
        tolerance: damage that is still accepted, against real rows alone: a share of their value, such as 0.05. An
            endpoint without a true zero, such as ``loss``, takes ``outcross.Tolerance(0.3, "absolute")``.
        generations: models per arm, generation 0 included; as many as there are by default.
        seed: of the simulation that finds how many replicates would decide.
        policy: how datasets come by their share, for the details: ``fixed``, ``augment``, ``fresh`` or ``weighted``.
        generator: what the details call the generator.
        data: what the details call the data.
        study: what the details call the study.

    Raises:
        BadInput: a column is missing, a measurement is there twice, the ladder has fewer than two shares or none of 0,
            or the endpoint or tolerance cannot be used.
        IncompleteStudy: an arm, generation or replicate is missing; it is named.
    """
    rungs = ladder if isinstance(ladder, Ladder) else _ladder(ladder, policy)
    found = verdict(
        _long_form(as_frame(evaluations, name="the evaluations"), endpoint),
        rungs,
        endpoint=endpoint,
        tolerance=tolerance,
        seed=seed,
        generations=generations,
    )
    more = details(found, study=study, source=data, generator=generator)
    return SafeShare(found, sentence(found), tuple(more))


def _ladder(rungs: Mapping[float, str], policy: str) -> Ladder:
    if not isinstance(rungs, Mapping):
        raise BadInput(f"'ladder' is a {type(rungs).__name__}; give a mapping of share to arm, such as {{0.5: 'half'}}")
    return Ladder("own", policy, tuple((float(share), arm) for share, arm in rungs.items()))


def _long_form(evaluations: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """The columns that a verdict reads, with what may be left out filled in."""
    defaults = {"metric": endpoint, "reference": "holdout", "about": ""}
    absent = [pl.lit(value).alias(name) for name, value in defaults.items() if name not in evaluations.columns]
    if lacking := [name for name in _NEEDED if name not in evaluations.columns]:
        raise BadInput(f"the evaluations lack the column '{lacking[0]}'; give {_COLUMNS}")
    try:
        return evaluations.with_columns(*absent, *(pl.col(name).cast(dtype) for name, dtype in _NEEDED.items()))
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n")[0]
        raise BadInput(
            f"the evaluations cannot be read ({reason}); 'generation' and 'replicate' are whole numbers, 'value' is one"
        ) from None
