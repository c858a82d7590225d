"""A11: verification of noisy labels (Feng et al. 2025, arXiv 2406.07515).

There are two classes. A label is flipped with probability ε. The verifier keeps a right label with probability φ and a
wrong one with probability ψ.
"""


def margin(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """A11: the margin (1−ε)φ − εψ.

    With many rows a linear student's accuracy tends to 100 % where the margin is positive, and to 0 where it is
    negative.

    It is the mean of (label × true label) over all rows, where a rejected row counts 0. The student's direction is this
    multiple of the true one, plus noise of order √(d/n). Feng et al. 2025, arXiv 2406.07515.
    """
    return (1 - flipped) * keeps_right - flipped * keeps_wrong


def share_kept(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """Return the share of rows that the verifier keeps, (1−ε)φ + εψ."""
    return (1 - flipped) * keeps_right + flipped * keeps_wrong


def right_among_kept(*, flipped: float, keeps_right: float, keeps_wrong: float) -> float:
    """Return the share of right labels among those kept, by Bayes' rule; above 1/2 iff the margin is positive."""
    settings = {"flipped": flipped, "keeps_right": keeps_right, "keeps_wrong": keeps_wrong}
    return (1 + margin(**settings) / share_kept(**settings)) / 2
