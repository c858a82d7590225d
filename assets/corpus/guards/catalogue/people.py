"""The guards of groups and labels, and of the records that synthetic rows may disclose."""

from outcross.assets.corpus.guards.guard import Guard, Level

PEOPLE = (
    Guard(
        name="representation",
        level=Level.BATCH,
        metrics=("share_ratio",),
        unit="share of a protected group or joint cell ÷ the anchor's",
        lower=0.8,
        upper=1.25,
        reason="four fifths, the rule of thumb of United States employment law (29 CFR 1607.4 D), and its inverse",
        remedy="add rows of the group, or find out what filtered them",
    ),
    Guard(
        name="label_balance",
        level=Level.BATCH,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="a tenth of the rows changed their label",
        remedy="check how the batch was drawn and labelled",
    ),
    Guard(
        name="label_rates",
        level=Level.BATCH,
        metrics=("label_share_change",),
        unit="difference of a share",
        lower=-0.1,
        upper=0.1,
        reason="the label means something else for this group than in the anchor",
        remedy="check who labelled the group's rows, and by which rule",
    ),
    Guard(
        name="copies",
        level=Level.BATCH,
        metrics=("copied_share",),
        unit="share of the synthetic rows",
        upper=0.01,
        reason="a generator that copies its training data in one row of a hundred discloses people; where the anchor "
        "itself has repeats, that many copies are expected by chance",
        remedy="regularise the generator, train it for fewer steps, or leave the copies out",
    ),
    Guard(
        name="nearness",
        level=Level.BATCH,
        metrics=("near_share",),
        unit="share of the synthetic rows",
        upper=0.1,
        reason="one row in twenty of the holdout is this near to the anchor (DCR, distance to closest record); twice "
        "that rate is not chance",
        remedy="regularise the generator, train it for fewer steps, or leave the nearest rows out",
    ),
)
