"""What a study made, read back as Polars frames."""

import os
from collections.abc import Iterable, Sequence
from html import escape

import polars as pl

from outcross._api.report import Report
from outcross._api.study import StudyLike, load_study
from outcross.assets.artefacts import ANCHOR, HOLDOUT, SYNTHETIC, THINGS, VERDICT, Artefacts, Slot
from outcross.assets.checks import checks_address, has_checks
from outcross.assets.dataset.make import load_dataset
from outcross.assets.stored_comparisons import load_comparisons
from outcross.assets.stored_verdicts import load_verdicts
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.assets.verdict.dose_response import Ladder
from outcross.assets.verdict.make import load_evaluations, refine_ladders
from outcross.assets.verdict.written_report import read_report
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.typed_rows import for_users

DEFAULT_ROOT = "data"
"""Folder of the store where none is named, in the working directory."""


class StudyRun:
    """A study with what it made so far; every method reads the store anew.

    What has not been made raises ``MissingArtefact``; what was made under other settings, ``StaleArtefact``. Both name
    the thing and the remedy.

    Attributes:
        study: the settings.
        store: where everything lies; ``store.url`` is its root.
    """

    def __init__(self, study: Study, store: Store) -> None:
        self.study, self.store = study, store

    def verdicts(self) -> pl.DataFrame:
        """Return a line per ladder and endpoint, and per size where ``rows`` is a list, the largest first.

        ``ladder``, ``endpoint``, ``primary`` (whether bounds read it), ``definition`` (of collapse), ``tolerance``,
        ``tolerance_of`` (``relative``, ``absolute`` or ``gain``), ``tolerated_runs``, ``outcome``, ``safe_share``
        (estimate, 0 to 1; null where no degradation is defined), ``lower_95`` (largest share shown to be safe),
        ``upper_95`` (smallest shown to be harmful), ``decided``, ``replicates``, ``generations``, ``added_shares``
        (rungs added where they decide), ``reason`` (why it is not decided), ``replicates_needed``, ``unseen`` (share of
        runs in which an event could stay unseen), ``drift`` (of real rows alone since generation 0),
        ``forecast_share`` with its ``forecast`` of the damage, ``forecast_lower`` and ``forecast_upper`` (95 %
        interval) at ``forecast_generations`` models (an extrapolation; may be null), ``rows`` (of a generation),
        ``rows_change`` (of the damage with each doubling of the rows, with ``rows_change_lower`` and
        ``rows_change_upper``; null without a ladder of rows), ``limit_if_5``, ``limit_if_10`` and ``limit_if_20`` (the
        limit as if that share of the holdout, in per cent, were synthetic; of the primary endpoint), ``helps``,
        ``best_share``, ``gain`` with ``gain_lower_95`` and ``gain_over`` (what it is a gain over), ``worth`` with
        ``worth_interval`` (null unless the study asks for its ``benefit``), ``sentence``.
        """
        return load_verdicts(self._artefacts)

    def comparisons(self) -> pl.DataFrame:
        """Return a line per endpoint and pair of arms; none where an earlier version reached the verdict.

        ``endpoint``, ``primary``, ``first`` and ``second`` (arms), ``first_mean`` and ``second_mean`` (of the last
        generation), ``difference`` (above zero where the second is worse; of ratios that of their logarithms),
        ``lower_95``, ``upper_95``, ``p``, ``p_holm`` (corrected), ``family`` (comparisons corrected together),
        ``effect`` (Hedges' g of paired samples), ``replicates``, ``generations``, ``first_real_rows`` …
        ``second_synthetic_rows`` (what the last generation was fitted to), ``reason`` (why there is no interval),
        ``sentence``.
        """
        return load_comparisons(self._artefacts)

    def evaluations(self) -> pl.DataFrame:
        """Return every measurement: a line per lineage, generation, replicate, reference, metric and ``about``.

        ``lineage``, ``arm`` (``shared`` in generation 0), ``generation``, ``replicate``, ``reference`` (``holdout``,
        ``previous``, ``population``), ``metric``, ``about`` (empty for all rows, else a column or group), ``family``
        (the definition of collapse), ``direction``, ``value``, ``standard_error`` (NaN where there is none).

        Raises:
            IncompleteStudy: a lineage has not been evaluated in every generation; each is named.
        """
        return load_evaluations(self._artefacts)

    def rows(self, generation: int, lineage: str | None = None) -> pl.DataFrame:
        """Return the rows that the models of a generation were fitted to, real and synthetic.

        Args:
            generation: 0 for the real rows alone, up to ``study.generations`` − 1.
            lineage: a key of ``study.lineages``, such as ``fixed-0.5``; generation 0 is the same for all.

        Returns ``replicate``, ``weight`` (mean 1 within a replicate), ``origin`` (``real`` or ``synthetic``),
        ``row_id``, then the columns of the data.

        Raises:
            BadInput: there is no such generation or lineage.
        """
        return self._for_users(load_dataset(self._slot(generation, lineage)))

    def synthetic(self, generation: int, lineage: str | None = None) -> pl.DataFrame:
        """Return the rows that the models of a generation sampled; the arguments are those of :meth:`rows`.

        Returns ``replicate``, ``row``, ``row_id``, ``depth`` (models that the row has passed through), then the columns
        of the data.
        """
        return self._for_users(self._slot(generation, lineage).load(SYNTHETIC))

    def anchor(self) -> pl.DataFrame:
        """Return the real rows that generations may be fitted to: ``row_id``, then the columns of the data."""
        return self._for_users(self._artefacts.load(self._artefacts.address(ANCHOR)).drop("row"))

    def holdout(self) -> pl.DataFrame:
        """Return the real rows that no generation sees, and that metrics are measured against, as :meth:`anchor`."""
        return self._for_users(self._artefacts.load(self._artefacts.address(HOLDOUT)).drop("row"))

    def checks(self) -> pl.DataFrame:
        """Return a line per number that a check held to its bounds, of every thing that has been checked.

        ``generation``, ``lineage``, ``thing``, ``check``, ``metric``, ``group``, ``value``, ``lower``, ``upper`` (null:
        open on that side), ``passed``, ``blocking``.
        """
        artefacts, frames = self._artefacts, []
        for slot in artefacts.slots:
            for thing in THINGS:
                address = checks_address(slot, thing)
                if not has_checks(thing, slot.generation) or not self.store.exists(address):
                    continue
                about = [
                    pl.lit(slot.generation, dtype=pl.Int32).alias("generation"),
                    pl.lit(slot.lineage).alias("lineage"),
                    pl.lit(thing).alias("thing"),
                ]
                blocking = pl.lit(bool(artefacts.provenance(address)["blocking"])).alias("blocking")
                frames.append(artefacts.load(address).select(*about, pl.all(), blocking))
        if not frames:
            raise BadInput(f"{self._named}: nothing has been checked; make it with outcross.run")
        return pl.concat(frames)

    def ladder(self, name: str | None = None) -> Ladder:
        """Return the arms of a ladder with their shares, as :func:`outcross.safe_share` takes them.

        Args:
            name: a key of ``study.ladders``; may be left out where there is one.

        With ``refine`` it has the rungs that were added as well.

        Raises:
            BadInput: there is no such ladder, or there are several and none is named.
            IncompleteStudy: it adds rungs, and a lineage has not been evaluated in every generation.
        """
        known = self.study.ladders
        if name is None and len(known) == 1:
            (name,) = known
        if name not in known:
            raise BadInput(f"study '{self.study.study}' has no ladder {name!r}; name one of {_listed(known)}")
        return next(each.ladder for each in refine_ladders(self._artefacts) if each.ladder.name == name)

    def report(self) -> Report:
        """Return the report: a notebook shows it, and its ``save`` writes it to a file."""
        return Report(self.study.study, read_report(self._artefacts).decode())

    def __repr__(self) -> str:
        return "\n".join([self._named, *(f"• {each}" for each in self._sentences)])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(each)}</li>" for each in self._sentences)
        return f"<p>{escape(self._named)}</p><ul>{items}</ul>"

    def _for_users(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Give rows the types and names that their columns have in the source."""
        return for_users(rows, self._artefacts.schema)

    @property
    def _artefacts(self) -> Artefacts:
        return Artefacts(self.study, self.store)

    @property
    def _named(self) -> str:
        return f"study '{self.study.study}' in {self.store.url}"

    @property
    def _sentences(self) -> Sequence[str]:
        if not self._artefacts.is_current(self._artefacts.address(VERDICT)):
            return ["no verdict yet: outcross.run makes what is missing"]
        return self.verdicts()["sentence"].to_list() or ["no verdict, since the study has no ladder"]

    def _slot(self, generation: int, lineage: str | None) -> Slot:
        if not 0 <= generation < self.study.generations:
            raise BadInput(
                f"study '{self.study.study}' has no generation {generation}; "
                f"choose one from 0 to {self.study.generations - 1}"
            )
        if generation == 0:
            lineage = SHARED
        elif lineage not in self.study.lineages:
            raise BadInput(
                f"study '{self.study.study}' has no lineage {lineage!r}; name one of {_listed(self.study.lineages)}"
            )
        return Slot(self._artefacts, generation, lineage)


def open_study(study: StudyLike, *, root: str | os.PathLike[str] = DEFAULT_ROOT) -> StudyRun:
    """Open what a study made, without making anything: by :func:`outcross.run` or by ``outcross study``.

    Args:
        study: as :func:`outcross.load_study` takes it, with the settings that it ran with.
        root: of the store, a path or URL; the command line's is ``.outcross/data`` unless ``--root`` names another.

    Raises:
        BadInput: there is no such study, or the store has nothing of it.
    """
    opened = StudyRun(load_study(study), Store(root))
    if not opened.store.exists(Artefacts(opened.study, opened.store).address(ANCHOR)):
        raise BadInput(
            f"the store at {opened.store.url} has nothing of study '{opened.study.study}'; "
            "name another 'root', or make it with outcross.run"
        )
    return opened


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in names) or "none"
