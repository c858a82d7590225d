"""The tables of ``outcross calibrate``, in their order. A new calibration adds its own here."""

from typing import Any

from outcross.jobs.calibration.arms import arm_cells, arm_rows, calibrate_arms
from outcross.jobs.calibration.benefit import benefit_rows, calibrate_benefit, pool_cells
from outcross.jobs.calibration.calibration import Calibration
from outcross.jobs.calibration.grid import calibrate, cells, rows
from outcross.jobs.calibration.refined import calibrate_refined, refined_cells, refined_rows


def _marks(about: str) -> tuple[str, str]:
    return f"<!-- {about}: written by outcross calibrate -->", f"<!-- end of {about} -->"


LIMITS = Calibration(
    key="cells",
    doing="calibrating",
    fault="limits cover in less than 93 %",
    columns=(
        *("family", "δ", "rungs", "R", "true"),
        *("covers before", "decides", "limit", "covers now", "decides", "limit", ""),
    ),
    marks=_marks("calibration"),
    cells=cells,
    run=lambda cell, size: calibrate(cell, studies=size.studies, compared=size.compared, seed=size.seed),
    rows=rows,
)
REFINED = Calibration(
    key="refined",
    doing="calibrating refinement",
    fault="limits of refined ladders cover in less than 93 %",
    columns=(
        *("family", "δ", "R", "true"),
        *("covers alone", "decides", "limit", "rungs", "covers refined", "decides", "limit"),
        *("covers fixed", "decides", "limit", ""),
    ),
    marks=_marks("calibration of refinement"),
    cells=refined_cells,
    run=lambda cell, size: calibrate_refined(cell, studies=size.studies, seed=size.seed),
    rows=refined_rows,
)
ARMS = Calibration(
    key="arms",
    doing="comparing arms",
    fault="intervals of compared arms fail",
    columns=(
        *("family", "shares", "R", "true", "Student covers", "covers"),
        *("equal told apart", "told apart", "width", ""),
    ),
    marks=_marks("compared arms"),
    cells=arm_cells,
    run=lambda cell, size: calibrate_arms(cell, studies=size.studies, seed=size.seed),
    rows=arm_rows,
    times=4,
)
BENEFIT = Calibration(
    key="benefit",
    doing="asking whether pools help",
    fault="benefits of pools are less sure than they claim",
    columns=("pool", "R", "best share", "its gain", "limit covers", "helps", "worth covers", ""),
    marks=_marks("benefit of pools"),
    cells=pool_cells,
    run=lambda cell, size: calibrate_benefit(cell, studies=size.studies, seed=size.seed),
    rows=benefit_rows,
)
CALIBRATIONS: tuple[Calibration[Any, Any], ...] = (LIMITS, REFINED, ARMS, BENEFIT)
