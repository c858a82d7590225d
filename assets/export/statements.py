"""Sentences about a dataset that more than one format says: what is synthetic, how it was guarded, its limits."""

from outcross.assets.export.description import Described


def share(described: Described) -> str:
    """What share of the rows is synthetic, as declared and as estimated."""
    added = described.totals
    said = (
        f"{added.synthetic:,} of {added.rows:,} rows are declared synthetic, a share of {described.declared_share:.4f}"
    )
    if added.undeclared:
        said += f"; the origin of {added.undeclared:,} rows is mixed or unknown"
    return f"{said}. {estimate(described)}"


def estimate(described: Described) -> str:
    """What share of the rows is estimated to be synthetic."""
    found = described.estimated
    if found is None:
        return "No share was estimated."
    if not found.decided:
        return f"An estimate ({found.how}) could not tell the share."
    auc = "" if found.auc is None else f", AUC {found.auc:.2f}"
    interval = f"{found.lower:.4f} to {found.upper:.4f}"
    return f"Estimated ({found.how}{auc}): {found.share:.4f}, with a 95 % interval of {interval}."


def depth(described: Described) -> str:
    """How many models the rows have passed through."""
    added = described.totals
    if added.deepest is None:
        return "The depth of the rows is not known."
    told = ", ".join(
        f"{rows:,} rows of {'unknown depth' if deep is None else f'depth {deep}'}"
        for deep, rows in added.by_depth.items()
    )
    return f"Depth counts the models a row has passed through, 0 for real rows: {told}."


def bound(described: Described) -> str:
    """What the share has to stay within."""
    if described.bound is None:
        return "No bound on the synthetic share was set."
    origin = f" ({described.bound_from})" if described.bound_from else ""
    state = "within it" if described.within_bound else "above it"
    return f"The synthetic share is to stay at or below {described.bound:.4f}{origin}; this dataset is {state}."


def guards(described: Described) -> str:
    """How many of the guards' numbers kept their bounds."""
    if not described.guards:
        return "No guards' results are on record."
    failed = sum(not each.passed for each in described.guards)
    names = sorted({each.guard for each in described.guards})
    told = "all within their bounds" if not failed else f"{failed:,} of them outside their bounds"
    return f"{len(described.guards):,} numbers were checked ({', '.join(names)}), {told}."


def how_made(described: Described) -> list[str]:
    """What was done, in order, a sentence each."""
    return [f"{step.about} (by {step.by}, {step.at})." for step in described.steps]


def biases(described: Described) -> list[str]:
    """What is known to be skewed."""
    said = []
    if described.has_synthetic is not False:
        said.append(
            "Synthetic rows repeat what their generator learnt: rare groups, rare categories and tails thin out with "
            "every model a row has passed through, and what the generator got wrong is wrong in all its rows."
        )
    said += [
        f"Guard '{each.guard}' found {each.metric}{f' of {each.group}' if each.group else ''} outside its bounds."
        for each in described.guards
        if not each.passed
    ]
    return said


def limits(described: Described) -> list[str]:
    """What a user of the dataset should not take it for."""
    said = list(described.notes)
    added = described.totals
    if added.undeclared:
        said.append(
            f"Nobody declared whether {added.undeclared:,} of the rows are real or synthetic, so the declared share is "
            "the least it can be."
        )
    if described.estimated is not None and not described.estimated.decided:
        said.append(f"The synthetic share could not be estimated: {described.estimated.how}.")
    if described.within_bound is False:
        said.append("The synthetic share is above the bound that was set for training on this dataset.")
    if described.has_synthetic is not False:
        said.append(
            "Statistics of synthetic rows are those of a model: do not measure a population, or test a model, on them."
        )
    if not described.licences:
        said.append("No licence is stated; ask whoever answers for the dataset before using it.")
    return said


def social_impact(described: Described) -> str:
    """What the dataset may do to people."""
    told = (
        "Models trained on the output of models lose what is rare first, and with it the people it stands for; the "
        "share and depth of synthetic rows are recorded here so that whoever trains on them can keep below a bound."
    )
    if described.has_synthetic is False:
        told = "All rows are declared real; whoever adds synthetic rows should record their share and depth."
    if described.sensitive:
        told += f" Columns that name groups of people: {', '.join(described.sensitive)}."
    return told
