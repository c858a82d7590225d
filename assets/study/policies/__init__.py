"""The mixing policies. To add one, add a file here and a line that imports it; ``rung_key`` lets it be a ladder."""

from typing import TYPE_CHECKING

from outcross.assets.study.policies.accumulate import Accumulate as Accumulate
from outcross.assets.study.policies.augment import Augment as Augment
from outcross.assets.study.policies.contract import Policy
from outcross.assets.study.policies.fixed import Fixed as Fixed
from outcross.assets.study.policies.fresh import Fresh as Fresh
from outcross.assets.study.policies.part import Part as Part
from outcross.assets.study.policies.repeat import Repeat as Repeat
from outcross.assets.study.policies.replace import Replace as Replace
from outcross.assets.study.policies.resample import Resample as Resample
from outcross.assets.study.policies.subsample import Subsample as Subsample
from outcross.assets.study.policies.weighted import Weighted as Weighted
from outcross.resources.registry import any_of, by_tag, kinds_in

_KINDS = kinds_in(globals(), Policy)  # type: ignore[type-abstract]

POLICIES: dict[str, type[Policy]] = by_tag(_KINDS, "policy")
"""Value of ``policy`` → policy."""

if TYPE_CHECKING:
    AnyPolicy = Policy
else:
    AnyPolicy = any_of(_KINDS, "policy")
"""Settings of any policy, discriminated by ``policy``."""
