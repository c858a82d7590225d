"""The guards that a batch of pictures is held to besides; those of rows, drift and columns are for all."""

from outcross.assets.corpus.guards.guard import Guard, Level

PICTURES = (
    Guard(
        name="picture_diversity",
        level=Level.BATCH,
        metrics=("spread_ratio", "nearest_ratio"),
        unit="distance of pictures from their mean, or from the nearest other one, ÷ that of as many real rows",
        lower=0.75,
        reason="the pictures are more alike than real ones: a generator that repeats itself, or one class alone",
        remedy="find out what drew or made the pictures, or add real rows",
    ),
    Guard(
        name="blank_pictures",
        level=Level.BATCH,
        metrics=("blank_share_change",),
        unit="share of rows − the anchor's",
        upper=0.01,
        reason="a picture of one grey value is usually a failed export or a lens cap",
        remedy="leave the rows out, or export them again",
    ),
)
