"""The health guards of a generation: the degradation against generation 0 above which a check warns."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.settings import Settings


class Bound(Settings):
    """The highest value with which a vital passes: a relative degradation, or for ``share`` the share itself.

    That of ``loss`` is a share of what the model gains over independent columns or words; nats where that is unknown.

    Attributes:
        upper: the highest value that passes.
    """

    upper: float = Field(ge=0)


@dataclass(frozen=True)
class Guard:
    """A vital, the check that it belongs to, its default bound, and the reason for that bound.

    ``version`` is raised when the same evaluation would be judged differently: it makes outcomes of checks out of date.
    """

    vital: str
    check: str
    upper: float | None
    reason: str
    version: str = "1"


SHARE = "share"

GUARDS: tuple[Guard, ...] = (
    Guard("loss", "loss_growth", 0.05, "a twentieth of what the model gains over independent columns or words is lost"),
    Guard("frechet", "drift", 1.0, "the distance to real data has doubled"),
    Guard("precision", "drift", 0.15, "one in seven rows that were inside the real manifold no longer is"),
    Guard("variance_ratio", "diversity", 0.2, "a fifth of the variance has vanished or is spurious"),
    Guard("entropy_ratio", "diversity", 0.1, "a tenth of the entropy has vanished or is spurious"),
    Guard("recall", "diversity", 0.15, "one in seven real rows is no longer inside the synthetic manifold"),
    Guard("coverage", "tails", 0.15, "one in seven real neighbourhoods has lost its synthetic rows"),
    Guard("class_survival", "tails", 0.05, "one class in twenty has vanished"),
    Guard("rare_survival", "tails", 0.2, "one in five rare categories has vanished"),
    Guard("vocabulary_survival", "tails", 0.1, "one in ten word types has vanished"),
    Guard("utility", "utility", 0.05, "the accuracy is 5 % lower than that of generation 0"),
    Guard(SHARE, "safe_share", None, "the lower limit of the study's verdict, where there is one"),
)


class Guards:
    """Look-ups over :data:`GUARDS`."""

    checks: Mapping[str, str] = {
        check: "Warns beyond a bound, which is by default: "
        + "; ".join(f"{guard.vital}: {guard.reason}" for guard in GUARDS if guard.check == check)
        for check in dict.fromkeys(guard.check for guard in GUARDS)
    }
    """Check → its vitals, each with the reason for its default bound."""

    @staticmethod
    def check_names(bounds: dict[str, Bound]) -> None:
        """Raise ``ValueError`` if a bound names a vital that no guard watches."""
        known = [guard.vital for guard in GUARDS]
        for name in bounds:
            if name not in known:
                raise ValueError(f"'{name}' is not a guard{did_you_mean(name, known)}; choose from {', '.join(known)}")


assert all(guard.vital == SHARE or guard.vital in ENDPOINTS for guard in GUARDS)
