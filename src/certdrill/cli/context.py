"""What every command needs: the cards, the history and the time; alone reads the clock and the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from certdrill.cli.folders import user_folder
from certdrill.cli.progress import watching
from certdrill.corpus.load import Corpus, find_folder, load
from certdrill.errors import BadTimeError, NowNeedsCardsError, NowNeedsHistoryError
from certdrill.history.store import History, open_history
from certdrill.scheduling import CUTOFF_HOUR, Moment, Settings, checked, study_day


class Context:
    """The global options of one run."""

    def __init__(
        self, cards: str | None, history: str | None, now: str | None, *, named: frozenset[str] = frozenset()
    ) -> None:
        self._cards, self._history, self._now = cards, history, _parsed(now)
        self._named = named  # the options given on the command line itself, not by a variable
        self._corpus: Corpus | None = None

    def corpus(self) -> Corpus:
        """Load the corpus, once."""
        if self._corpus is None:
            folder, origin = find_folder(self._cards, os.getcwd())
            self._corpus = load(folder, origin, user_folder("cache"))
        return self._corpus

    def corpus_again(self) -> Corpus:
        """Load the corpus anew, after its files were changed."""
        self._corpus = None
        return self.corpus()

    def folder(self) -> tuple[str, str]:
        """Return the folder of the cards and where it comes from, unread."""
        return find_folder(self._cards, os.getcwd())

    @property
    def history_path(self) -> str:
        """Where the history lives."""
        return self._history or os.path.join(user_folder("data"), "history.sqlite")

    @property
    def program(self) -> str:
        """How this run was called, for the commands that messages name."""
        if "history" not in self._named:
            return "certdrill"
        from shlex import quote

        return f"certdrill --history {quote(self.history_path)}"

    @contextmanager
    def history(self, *, write: bool, retention: float = 0.9, exam: str | None = None) -> Iterator[History]:
        """Open the history of `exam`, by default the corpus's; refuse to write a made-up time into the default file.

        The first writing command of a study day makes a backup first; when it cannot, one line on stderr says so.
        """
        if write:
            self.check_time_may_be_written()
        settings = checked(Settings(retention=retention))
        path = self.history_path
        exam = self.corpus().exam.id if exam is None else exam
        if write and not os.path.exists(path):
            self._say_what_is_missing()
        now = self.now() if write else None
        with open_history(path, exam, settings, write=write, now=now, program=self.program) as history:
            if history.backup_failure:
                click.echo(f"certdrill: {history.backup_failure}; going on without", err=True)
            history.watch = watching("Replaying the log")
            yield history

    def check_time_may_be_written(self) -> None:
        """Refuse a made-up time for a history that was not named on the command line."""
        if self._now is not None and "history" not in self._named:
            raise NowNeedsHistoryError

    def _say_what_is_missing(self) -> None:
        """Say on stderr that a history that is not there has backups."""
        from certdrill.history.backup import listed

        backups = listed(self.history_path)
        if backups:
            click.echo(
                f"certdrill: {self.history_path} is not there and is begun anew; "
                f"`{self.program} history restore {backups[-1].path}` brings the old one back",
                err=True,
            )

    def now(self) -> Moment:
        """Return the present, or what --now says."""
        if self._now is not None:
            return self._now
        seconds = time.time()
        return Moment(int(seconds * 1000), time.localtime(seconds).tm_gmtoff // 60)

    def lock_time(self) -> int:
        """Return the time to write into a corpus (UTC ms); refuse a made-up one for cards that were not named."""
        if self._now is not None and "cards" not in self._named:
            raise NowNeedsCardsError
        return self.now().ms

    def date(self) -> str:
        """Return the calendar day of the present, as YYYY-MM-DD."""
        now = self.now()
        return time.strftime("%Y-%m-%d", time.gmtime(now.ms / 1000 + now.offset * 60))

    def today(self) -> int:
        """Return the study day of the present."""
        return study_day(self.now(), CUTOFF_HOUR)


def named_editor() -> str:
    """Return the command of the person's editor, from VISUAL or else EDITOR, or an empty text."""
    return os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip()


def corpus_line(corpus: Corpus) -> str:
    """Return the line that says which cards a list is about."""
    number = sum(not card.form for card in corpus.cards)
    return f"{corpus.exam.title} - {number} cards from {corpus.origin}"


def warn_of_problems(corpus: Corpus) -> None:
    """Say in one line on stderr that some cards were left out."""
    if corpus.errors:
        number = len(corpus.errors)
        click.echo(f"{number} problem{'s' * (number > 1)} in the cards; `certdrill check` shows them.", err=True)


def _parsed(text: str | None) -> Moment | None:
    if text is None:
        return None
    from datetime import UTC, datetime, timedelta

    try:
        when = datetime.fromisoformat(text)
        when = when.astimezone() if when.tzinfo is None else when
        when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTimeError(text) from None
    offset = when.utcoffset()
    if offset and abs(offset) > timedelta(hours=18):
        raise BadTimeError(text)
    return Moment(int(when.timestamp() * 1000), int(offset.total_seconds()) // 60 if offset else 0)
