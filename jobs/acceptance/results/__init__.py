"""Acceptance results by id."""

from outcross.jobs.acceptance.result import Result
from outcross.jobs.acceptance.results.categorical import A7, A12
from outcross.jobs.acceptance.results.gaussian import A3, A4, A5, A6
from outcross.jobs.acceptance.results.mean_estimation import A1, A9, A10
from outcross.jobs.acceptance.results.pool import A16, A17
from outcross.jobs.acceptance.results.regression import A2, A14
from outcross.jobs.acceptance.results.support import A13
from outcross.jobs.acceptance.results.text import A8, A15, A15T
from outcross.jobs.acceptance.results.verification import A11

RESULTS: dict[str, Result] = {
    result.id: result for result in (A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A15T, A16, A17)
}
