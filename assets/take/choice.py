"""Which rung of a study's ladder its rows are taken from: the best share, the largest safe one, or one by number."""

import math
from dataclasses import dataclass
from typing import Any, Final

from outcross.assets.artefacts import DATASET, Artefacts, Slot
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.study import Rung
from outcross.resources.errors import BadInput
from outcross.resources.sources.list_names import list_names
from outcross.resources.store import MissingArtefact

BEST: Final = "best"
SAFE: Final = "safe"
ASKED: Final = "asked for"
"""The reason for a share that was given by number."""
_NEAR = 1e-6


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A rung of a ladder, and why it was chosen."""

    ladder: str
    rung: Rung
    reason: str


def choose(artefacts: Artefacts, share: str, *, ladder: str | None = None, endpoint: str | None = None) -> Choice:
    """Choose the rung whose rows are taken.

    Args:
        artefacts: the study and its store.
        share: ``best``, ``safe``, or a synthetic share as a number from 0 to 1.
        ladder: name of the ladder; None where the study has one.
        endpoint: whose verdict says what is best or safe; by default the primary one, or the first that has a best
            share.

    Raises:
        BadInput: there is no such ladder, endpoint or rung, no share was shown to help or to be safe, or the study has
            no verdict; the message has the shares that were run.
    """
    named = _ladder(artefacts, ladder)
    if share in (BEST, SAFE):
        return _by_verdict(artefacts, named, share, endpoint)
    wanted = _number(share)
    if endpoint is not None:
        raise BadInput(f"--endpoint says whose share is best or safe, and --share {share} names one; leave it out")
    for rung in _rungs(artefacts, named):
        if math.isclose(rung.share, wanted, abs_tol=_NEAR):
            return Choice(ladder=named, rung=rung, reason=ASKED)
    raise BadInput(
        f"study '{artefacts.study.study}' ran no share {wanted:g} in ladder '{named}'; choose "
        f"{_shares(artefacts, named)}"
    )


def _ladder(artefacts: Artefacts, name: str | None) -> str:
    study = artefacts.study
    if not study.ladders:
        raise BadInput(f"study '{study.study}' has no ladder, so it ran no shares; add 'ladders' and run it")
    if name is None and len(study.ladders) == 1:
        return next(iter(study.ladders))
    if name not in study.ladders:
        fault = "has several ladders" if name is None else f"has no ladder '{name}'"
        raise BadInput(f"study '{study.study}' {fault}; give --ladder {' | '.join(study.ladders)}")
    return name


def _number(share: str) -> float:
    try:
        found = float(share)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 1:
        raise BadInput(f"--share {share!r} is no share; give best, safe, or a number from 0 to 1 such as 0.25")
    return found


def _rungs(artefacts: Artefacts, ladder: str) -> list[Rung]:
    """The rungs of a ladder that are made, those that it added included, ascending in share."""
    study = artefacts.study
    added = [rung for rung in study.candidates[ladder] if _is_made(artefacts, rung)]
    return sorted([*study.rungs[ladder], *added], key=lambda rung: rung.share)


def _is_made(artefacts: Artefacts, rung: Rung) -> bool:
    return artefacts.is_current(Slot(artefacts, artefacts.study.generations - 1, rung.arm).address(DATASET))


def _shares(artefacts: Artefacts, ladder: str) -> str:
    return " | ".join(f"--share {rung.share:g}" for rung in _rungs(artefacts, ladder))


def _by_verdict(artefacts: Artefacts, ladder: str, share: str, endpoint: str | None) -> Choice:
    line = _verdict(artefacts, ladder, share, endpoint)
    name = line["endpoint"]
    if share == BEST:
        return _best(artefacts, ladder, line)
    limit = line["lower_95"]
    safe = [rung for rung in _rungs(artefacts, ladder) if limit is not None and 0 < rung.share <= limit + _NEAR]
    if not safe and limit:
        raise BadInput(
            f"study '{artefacts.study.study}': the safe share for {name} is at least {limit:.3g}, and ladder "
            f"'{ladder}' ran no share up to that; add one to it and run it again, or choose "
            f"{_shares(artefacts, ladder)}"
        )
    if not safe:
        raise BadInput(
            f"study '{artefacts.study.study}': no share of ladder '{ladder}' was shown to be safe for {name} "
            f"({line['outcome']}); choose a share yourself, {_shares(artefacts, ladder)}"
        )
    reason = f"the largest share that was run and is safe for {name} (with 95 % confidence, at least {limit:g})"
    return Choice(ladder=ladder, rung=safe[-1], reason=reason)


def _best(artefacts: Artefacts, ladder: str, line: dict[str, Any]) -> Choice:
    if not line["helps"]:
        raise BadInput(
            f"study '{artefacts.study.study}': no share of ladder '{ladder}' was shown to help {line['endpoint']}, so "
            f"there is no best share; choose a share yourself, {_shares(artefacts, ladder)}"
        )
    rung = next(
        each for each in _rungs(artefacts, ladder) if math.isclose(each.share, line["best_share"], abs_tol=_NEAR)
    )
    return Choice(ladder=ladder, rung=rung, reason=f"the share that helps {line['endpoint']} most")


def _verdict(artefacts: Artefacts, ladder: str, share: str, endpoint: str | None) -> dict[str, Any]:
    """The line of the verdict that says what is best or safe on the holdout."""
    study = artefacts.study
    try:
        found = load_verdicts(artefacts).filter(ladder=ladder, reference="holdout").to_dicts()
    except MissingArtefact:
        made = " | ".join(f"--share {rung.share:g}" for rung in study.rungs[ladder] if _is_made(artefacts, rung))
        raise BadInput(
            f"study '{study.study}' has no verdict, so it is not known which share is {share}; run the study, by name "
            f"or by file: outcross study {study.study}{made and f'; or choose {made}'}"
        ) from None
    names = [line["endpoint"] for line in found]
    if endpoint is not None and endpoint not in names:
        raise BadInput(
            f"study '{study.study}' has no verdict on '{endpoint}' for ladder '{ladder}'; give --endpoint "
            f"{' | '.join(names)}"
        )
    asked = [line for line in found if endpoint in (None, line["endpoint"])]
    if share == BEST:
        asked = [line for line in asked if line["helps"] is not None]
        if not asked:
            raise BadInput(
                f"study '{study.study}' did not ask whether synthetic rows help {list_names(names)}; set 'benefit: "
                f"true' and run it again, or choose {_shares(artefacts, ladder)}"
            )
    return next((line for line in asked if line["primary"]), asked[0])
