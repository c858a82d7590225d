"""Sentences about a dataset that several formats share: what is synthetic, how it was guarded, its limits."""

from outcross.assets.export.description import Description


def share(dataset: Description) -> str:
    """What share of the rows is synthetic, as declared and as estimated."""
    sums = dataset.totals
    text = f"{sums.synthetic:,} of {sums.rows:,} rows are declared synthetic, a share of {dataset.declared_share:.4f}"
    if sums.undeclared:
        text += f"; the origin of {sums.undeclared:,} rows is mixed or unknown"
    return f"{text}. {estimate(dataset)}"


def estimate(dataset: Description) -> str:
    """What share of the rows can be told to be synthetic, as estimated."""
    result = dataset.estimated
    if result is None:
        return "No share was estimated."
    if not result.decided:
        least = f"; it is at least {result.lower:.4f}" if result.lower > 0 else ""
        return f"An estimate ({result.how}) could not tell the share{least}."
    auc = "" if result.auc is None else f", AUC {result.auc:.2f}"
    interval = f"{result.lower:.4f} to {result.upper:.4f}"
    told = f"{result.share:.4f} of the rows can be told to be synthetic, with a 95 % interval of {interval}"
    return f"Estimated ({result.how}{auc}): {told}."


def depth(dataset: Description) -> str:
    """How many models the rows have passed through."""
    sums = dataset.totals
    if sums.deepest is None:
        return "The depth of the rows is not known."
    depths = ", ".join(f"{rows:,} rows of {depth_name(each)}" for each, rows in sums.by_depth.items())
    return f"Depth counts the models a row has passed through, 0 for real rows: {depths}."


def depth_name(number: int | None) -> str:
    """A depth as a sentence or a key names it."""
    return "unknown depth" if number is None else f"depth {number}"


def bound(dataset: Description) -> str:
    """What the share has to stay within."""
    if dataset.bound is None:
        return "No bound on the synthetic share was set."
    origin = f" ({dataset.bound_from})" if dataset.bound_from else ""
    state = "within it" if dataset.within_bound else "above it"
    return f"The synthetic share is to stay at or below {dataset.bound:.4f}{origin}; this dataset is {state}."


def guards(dataset: Description) -> str:
    """How many of the guards' numbers kept their bounds."""
    if not dataset.guards:
        return "No guards' results are on record."
    checked = [each for each in dataset.guards if not each.abstained]
    failed = sum(not each.passed for each in checked)
    names = sorted({each.guard for each in checked})
    outcome = "all within their bounds" if not failed else f"{failed:,} of them outside their bounds"
    of = "" if dataset.guarded is None else f" of {dataset.guarded.about} {dataset.guarded.name.rsplit('/', 1)[-1]}"
    return f"{len(checked):,} numbers{of} were checked ({', '.join(names)}), {outcome}."


def history(dataset: Description) -> list[str]:
    """What was done, in order, a sentence each."""
    return [f"{step.about} (by {step.by}, {step.at})." for step in dataset.steps]


def biases(dataset: Description) -> list[str]:
    """What is known to be skewed."""
    sentences = []
    if dataset.has_synthetic is not False:
        sentences.append(
            "Synthetic rows repeat what their generator learnt: rare groups, rare categories and tails thin out with "
            "every model a row has passed through, and what the generator got wrong is wrong in all its rows."
        )
    sentences += [
        f"Guard '{each.guard}' found {each.metric}{f' of {each.group}' if each.group else ''} outside its bounds."
        for each in dataset.guards
        if not (each.passed or each.abstained)
    ]
    return sentences


def limits(dataset: Description) -> list[str]:
    """What a user of the dataset should not take it for."""
    sentences = list(dataset.notes)
    sentences += [f"Not looked into ({each.guard}): {each.why}." for each in dataset.guards if each.abstained]
    sums = dataset.totals
    if sums.undeclared:
        sentences.append(
            f"Nobody declared whether {sums.undeclared:,} of the rows are real or synthetic, so the declared share is "
            "the least it can be."
        )
    if dataset.estimated is not None and not dataset.estimated.decided:
        sentences.append(f"The synthetic share could not be estimated: {dataset.estimated.how}.")
    if dataset.within_bound is False:
        sentences.append("The synthetic share is above the bound that was set for training on this dataset.")
    if dataset.has_synthetic is not False:
        sentences.append(
            "Statistics of synthetic rows are those of a model: do not measure a population, or test a model, on them."
        )
    if not dataset.licences:
        sentences.append("No licence is stated; ask whoever answers for the dataset before using it.")
    return sentences


def social_impact(dataset: Description) -> str:
    """What the dataset may do to people."""
    text = (
        "Models trained on the output of models lose what is rare first, and with it the people it stands for; the "
        "share and depth of synthetic rows are recorded here so that whoever trains on them can keep below a bound."
    )
    if dataset.has_synthetic is False:
        text = "All rows are declared real; whoever adds synthetic rows should record their share and depth."
    if dataset.sensitive:
        text += f" Columns that name groups of people: {', '.join(dataset.sensitive)}."
    return text
