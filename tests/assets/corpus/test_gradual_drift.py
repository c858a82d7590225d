"""A world that moves a little each month: the first month that is held names the renewal after which it passes."""

import os
import re
from pathlib import Path

from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.renewal.renew import plan_renewal, renew
from tests.assets.corpus.drifting import AT, reopen, rows, start, take

ALL = os.environ.get("OUTCROSS_FAULTS") == "all"
"""`make faults` sets the variable: two years then, at two standard deviations."""
MONTHS, ROWS, STEP = (24, 120, 1 / 12) if ALL else (3, 220, 0.2)
_ADVISED = re.compile(r"outcross corpus drifting --renew-anchor --last (\d+) --alone --dry-run$")


def test_months_that_drift_pass_after_the_renewal_that_the_first_held_one_names(tmp_path: Path) -> None:
    start(tmp_path)
    renewals = 0
    for month in range(1, MONTHS + 1):
        sent = rows(ROWS, 100 + month, moved=month * STEP)
        came = take(reopen(tmp_path), tmp_path, sent, f"month-{month}")
        if came.status == "admitted":
            continue
        (near,) = [each for each in came.explained if "far from the anchor" in each]
        advised = _ADVISED.search(near)
        assert advised is not None, near
        corpus = reopen(tmp_path)
        renew(corpus, plan_renewal(corpus, last=int(advised[1]), alone=True), reason="moved", by="test", at=AT)
        renewals += 1
        again = take(reopen(tmp_path), tmp_path, sent, f"month-{month}")
        assert again.status == "admitted", (month, again.reasons)
    assert 1 <= renewals <= MONTHS / 3, "early enough, and not each month"
    corpus = reopen(tmp_path)
    made = [read_version(corpus.files, number).action for number in numbers(corpus.files)]
    assert made.count("renewal") == renewals and audit(corpus).problems == ()
