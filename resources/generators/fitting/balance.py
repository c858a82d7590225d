"""The setting ``balance``: target shares of the classes in sampled rows, whatever their shares in the training rows."""

from typing import Annotated

from pydantic import AfterValidator

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role, Schema


def _check_shares(value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    for column, shares in value.items():
        if not shares or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
            raise ValueError(f"the shares of '{column}' must be 0 or more and add up to 1; found {shares}")
    return value


Balance = Annotated[dict[str, dict[str, float]], AfterValidator(_check_shares)]
"""Column with role label or group → level → share of the sampled rows."""


def check_balance(balance: Balance, schema: Schema, *, kind: str) -> None:
    """Reject a balance on a column that is neither label nor group.

    Raises:
        BadInput: the message names the generator ``kind``, the column and the remedy.
    """
    known = [column.name for column in schema.with_role(Role.LABEL, Role.GROUP)]
    for name in balance:
        if name not in known:
            raise BadInput(
                f"generator '{kind}': 'balance' names '{name}', which has no role label or group "
                f"(these have: {', '.join(known) or 'none'}); correct it, or give that column such a role"
            )
