"""The mixing policies. A new one is one file here and one line below."""

from typing import Annotated

from pydantic import Field

from outcross.assets.dataset.policies.accumulate import Accumulate
from outcross.assets.dataset.policies.augment import Augment
from outcross.assets.dataset.policies.fixed import Fixed
from outcross.assets.dataset.policies.fresh import Fresh
from outcross.assets.dataset.policies.replace import Replace
from outcross.assets.dataset.policies.subsample import Subsample
from outcross.assets.dataset.policies.weighted import Weighted

AnyPolicy = Annotated[
    Replace | Accumulate | Subsample | Fixed | Fresh | Augment | Weighted, Field(discriminator="policy")
]

__all__ = ["Accumulate", "AnyPolicy", "Augment", "Fixed", "Fresh", "Replace", "Subsample", "Weighted"]
