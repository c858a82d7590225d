"""A11: what a verifier leaves of labels that are partly wrong (Feng et al. 2025, arXiv 2406.07515).

Two classes; a label is flipped with probability ε, the verifier keeps a right label with probability φ and a wrong one
with probability ψ.
"""


def margin(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """A11: (1−ε)φ − εψ. Where it is positive a linear student tends to 100 % accuracy with rows, where negative to 0.

    It is the mean of (label × true label) over all rows, those refused counting 0: the student's direction is this
    multiple of the true one, plus noise of order √(d/n). Feng et al. 2025, arXiv 2406.07515.
    """
    return (1 - flipped) * keeps_right - flipped * keeps_wrong


def kept(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """The share of rows that the verifier keeps: (1−ε)φ + εψ."""
    return (1 - flipped) * keeps_right + flipped * keeps_wrong


def right_among_kept(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """The share of kept labels that are right, above 1/2 exactly where the margin is positive; by Bayes' rule."""
    settings = {"flipped": flipped, "keeps_right": keeps_right, "keeps_wrong": keeps_wrong}
    return (1 + margin(**settings) / kept(**settings)) / 2
