"""A14: strong collapse: pooled least squares where another labeller gave a share of the labels (Dohmatob et al. 2024).

Features are N(0, I_d), n rows; labels Xw₁ + N(0, σ²), a share p of them Xw₂ + N(0, σ²), with ‖w₁ − w₂‖ = c. The excess
risk is ‖ŵ − w₁‖². After Dohmatob et al. 2024, arXiv 2410.04840. Defined for n > d + 1.
"""

from typing import Literal


def mixed_labels_risk(
    *,
    rows: int,
    dimensions: int,
    noise: float,
    share: float,
    distance: float,
    counts: Literal["exact", "random"] = "exact",
) -> float:
    """A14 for any number of rows: c²[p² + t(1 − 2/n + (nd−2)/(n−d−1))] + σ²d/(n−d−1), t = p(1−p)n/((n+2)(n−1)).

    Derived: ŵ − w₁ = G⁻¹(A₂δ + Xᵀε), with A₂ = G^½BG^½ the Gram matrix of the mislabelled rows. B is matrix-Beta and
    independent of G, with E[B_ij B_kl] = (p² − 2t/n)δ_ijδ_kl + t(δ_ikδ_jl + δ_ilδ_jk) by matching the second moments of
    A₂; so E[δᵀA₂G⁻²A₂δ] = c²/d·E[tr GBG⁻¹B] = c²[p² − 2t/n + t + t(nd−2)/(n−d−1)], as E[tr G·tr G⁻¹] = (nd−2)d/(n−d−1).

    Args:
        rows: n.
        dimensions: d.
        noise: σ.
        share: p.
        distance: c.
        counts: ``exact`` where p·n rows are mislabelled; ``random`` where each row is mislabelled with probability p:
            then p² grows by p(1−p)/n on average, and p(1−p) shrinks by the factor 1 − 1/n.
    """
    spread = share * (1 - share)
    bias = share**2
    if counts == "random":
        bias, spread = bias + spread / rows, spread * (1 - 1 / rows)
    free = rows - dimensions - 1
    mixing = spread * rows / ((rows + 2) * (rows - 1))
    bias += mixing * (1 - 2 / rows + (rows * dimensions - 2) / free)
    return distance**2 * bias + noise**2 * dimensions / free


def many_rows_risk(
    *,
    rows: int,
    dimensions: int,
    noise: float,
    share: float,
    distance: float,
    counts: Literal["exact", "random"] = "random",
) -> float:
    """A14 to first order in 1/n: p²c² + σ²d/n + p(1−p)c²(d+2)/n; d + 1 in place of d + 2 where p·n is an exact count.

    Expansion of :func:`mixed_labels_risk`; the term p²c² does not depend on n. After Dohmatob et al. 2024.
    """
    extra = dimensions + (2 if counts == "random" else 1)
    variance = noise**2 * dimensions + share * (1 - share) * distance**2 * extra
    return (share * distance) ** 2 + variance / rows
