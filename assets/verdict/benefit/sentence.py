"""A benefit in words that a person understands."""

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.costs import Costs
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.benefit import Benefit
from outcross.assets.verdict.benefit.worth import Worth
from outcross.assets.verdict.figures import amount, exact_percent, two_digits


def benefit_sentence(benefit: Benefit, endpoint: Endpoint, *, scale: Scale, costs: Costs | None = None) -> str:
    """Say whether synthetic rows help, what the best share buys, and what one of its rows is worth.

    Args:
        benefit: to put in words.
        endpoint: on which it was measured.
        scale: what its gains are measured in.
        costs: of a real and a synthetic row, where the study states them.
    """
    best = benefit.best
    found = gain_clause(
        endpoint, scale=scale, share=best.share, gain=best.gain, lower_95=benefit.lower_95, over=best.over
    )
    return f"{found}; {worth_clause(best.worth, costs)}."


def gain_clause(endpoint: Endpoint, *, scale: Scale, share: float, gain: float, lower_95: float, over: str) -> str:
    """Say whether synthetic rows help, and what the best share buys, without a full stop.

    Args:
        endpoint: on which it was measured.
        scale: what gains are measured in.
        share: the best one tried.
        gain: there, over the best alternative.
        lower_95: lower limit of that gain.
        over: the best alternative.
    """
    name, place = endpoint.metric.replace("_", " "), f"where {exact_percent(share)} of the dataset is synthetic"
    if lower_95 > 0:
        return (
            f"Synthetic rows help: {place}, {name} is {amount(gain, scale, endpoint)} better than with the best "
            f"that was tried without them ({over}), and at least {amount(lower_95, scale, endpoint)} "
            "(95 % confidence)"
        )
    if gain > 0:
        return (
            f"No share was shown to help: {place}, the best share tried, {name} is "
            f"{amount(gain, scale, endpoint)} better than with {over}, but that may be chance"
        )
    return f"No share was shown to help: even {place}, the best share tried, {name} is no better than with {over}"


def worth_clause(worth: Worth, costs: Costs | None) -> str:
    """Say what a synthetic row is worth in real ones, and in money where costs are stated, without a full stop."""
    if worth.worth is None:
        return "what a synthetic row is worth there cannot be read from the learning curve of real rows"
    said = f"one synthetic row is worth about {_number(worth.worth)} real ones there ({_interval(worth)})"
    if costs is not None:
        said += f", or {_number(worth.worth * costs.real)} where a real row costs {costs.real:g} and a synthetic one "
        said += f"{costs.synthetic:g}"
    return said


def _interval(worth: Worth) -> str:
    lower, upper = worth.lower, worth.upper
    if lower is None and upper is None:
        return "with these replicates it may be any number"
    if upper is None:
        return f"{_number(lower or 0.0)} or more, 95 % confidence"
    if lower is None:
        return f"{_number(upper)} or less, 95 % confidence"
    return f"{_number(lower)} to {_number(upper)}, 95 % confidence"


def _number(value: float) -> str:
    return two_digits(value) if abs(value) >= 0.005 else "0"
