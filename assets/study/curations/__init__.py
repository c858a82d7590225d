"""The curations an arm can name by ``kind``."""

from typing import Annotated

from pydantic import Field

from outcross.assets.study.curations.bradley_terry import BradleyTerry
from outcross.assets.study.curations.contract import Curation
from outcross.assets.study.curations.deduplicate import Deduplicate
from outcross.assets.study.curations.verify import Verify

AnyCuration = Annotated[Verify | Deduplicate | BradleyTerry, Field(discriminator="kind")]
"""Settings of any curation, told apart by ``kind``."""

__all__ = ["AnyCuration", "BradleyTerry", "Curation", "Deduplicate", "Verify"]
