"""The mixing policies. A new one is one file here and one line below."""

from typing import Annotated

from pydantic import Field

from outcross.assets.study.policies.accumulate import Accumulate
from outcross.assets.study.policies.augment import Augment
from outcross.assets.study.policies.fixed import Fixed
from outcross.assets.study.policies.fresh import Fresh
from outcross.assets.study.policies.replace import Replace
from outcross.assets.study.policies.subsample import Subsample
from outcross.assets.study.policies.weighted import Weighted

AnyPolicy = Annotated[
    Replace | Accumulate | Subsample | Fixed | Fresh | Augment | Weighted, Field(discriminator="policy")
]

__all__ = ["Accumulate", "AnyPolicy", "Augment", "Fixed", "Fresh", "Replace", "Subsample", "Weighted"]
