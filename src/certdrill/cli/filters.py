"""The filter options and the query that listing commands share, with their completion."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from certdrill.corpus.load import Corpus
from certdrill.corpus.select import STATES, Filters, matching, resolve
from certdrill.errors import CertdrillError
from certdrill.model import KINDS, LEVELS, Card, Unit

if TYPE_CHECKING:
    from certdrill.cli.context import Context
    from certdrill.history.store import History
    from certdrill.study.query import Query, Test
    from certdrill.study.queue import States

F = TypeVar("F", bound=Callable[..., Any])
QUERY_HELP = (
    'QUERY: words, "some words", domain:gov, objective:3.11, tag:mcp, kind:choice, level:apply, since:2026, '
    "id:chunk-*, is:due (new, learning, review, suspended, buried, leech), prop:r<0.8 (r, s, d, ivl, due, reps, "
    "lapses), rated:7, rated:7:again, added:30; side by side means and; or, - or not, ( ). Keep it in single quotes."
)


def filter_options(command: F) -> F:
    """Add --domain, --objective, --tag, --kind, --level and --state; each may be given several times."""
    for name, help_text in reversed(_OPTIONS.items()):
        command = click.option(
            f"--{name}",
            f"{name}s",
            multiple=True,
            metavar=name.upper(),
            help=help_text,
            shell_complete=_complete(name),
        )(command)
    return command


def resolved(corpus: Corpus, options: dict[str, tuple[str, ...]]) -> Filters:
    """Return the filters of a command's options, names made exact; raises UnknownNameError."""
    return resolve(Filters(**{f"{name}s": options[f"{name}s"] for name in _OPTIONS}), corpus)


class Selection:
    """The units that the options and the query of one command let through; mock items never."""

    def __init__(self, corpus: Corpus, filters: Filters, query: Query | None = None) -> None:
        self.corpus, self.filters, self.query = corpus, filters, query
        self._cards: list[Card] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing was asked for."""
        return not any(self.filters) and self.query is None

    @property
    def needs_history(self) -> bool:
        """Whether the states of units decide."""
        if self.filters.states or self.query is None:
            return bool(self.filters.states)
        from certdrill.study.query import needs_history

        return needs_history(self.query)

    def asks_for(self, *states: str) -> bool:
        """Tell whether one of the states was asked for by the query or by --state."""
        if self.query is None or set(states) & set(self.filters.states):
            return bool(set(states) & set(self.filters.states))
        from certdrill.study.query import asks_for

        return asks_for(self.query, states)

    def cards(self) -> list[Card]:
        """Return the cards that pass the options, states and query left out."""
        if self._cards is None:
            self._cards = matching(self.corpus.cards, self.filters)
        return self._cards

    def is_empty(self, context: Context) -> bool:
        """Tell whether nothing can match, as far as that is known without the history."""
        if self.needs_history or self.query is None:
            return not self.cards()
        test = self.test(context, {})
        return not any(self.units(card, {}, 0, test) for card in self.cards())

    def test(self, context: Context, states: States, history: History | None = None) -> Test | None:
        """Return what says whether a unit matches the query; None when there is none."""
        if self.query is None:
            return None
        return _test(self.query, self.corpus, context, states, history)

    def units(self, card: Card, states: States, day: int, test: Test | None) -> list[Unit]:
        """Return the units of a card, one of `cards`, that are in the states and match the query."""
        from certdrill.study.queue import units_in_state

        found = units_in_state(card, states, self.filters.states, day)
        return [unit for unit in found if test(card, unit)] if test else found


def selected(corpus: Corpus, options: dict[str, tuple[str, ...]], words: Sequence[str]) -> Selection:
    """Read a command's options and the words of its query; raises UnknownNameError or QueryError."""
    return Selection(corpus, resolved(corpus, options), query_of(corpus, words))


def query_of(corpus: Corpus, words: Sequence[str]) -> Query | None:
    """Read the words of a command line as one query, names made exact; ids alone are alternatives.

    None when there is nothing to read.
    """
    text = " ".join(words)
    if not text.strip():
        return None
    from certdrill.study.query import Field, Or, parse
    from certdrill.study.query import resolved as with_names

    known = {name for card in corpus.cards for name in (card.id, *(str(Unit(card.id, part)) for part in card.units))}
    if known.issuperset(text.split()):
        named = tuple(Field("id", word) for word in text.split())
        return Or(named) if len(named) > 1 else named[0]
    return with_names(parse(text), corpus, text)


def look_alikes(corpus: Corpus) -> Callable[[str], Iterable[str]]:
    """Return what names the cards a card is easily mistaken for (`contrast`), by its id."""
    known: set[str] = set()

    def contrast(card: str) -> Iterable[str]:
        if not known:
            known.update(one.id for one in corpus.cards)
        return corpus.record(card).get("contrast", ()) if card in known else ()

    return contrast


def _test(query: Query, corpus: Corpus, context: Context, states: States, history: History | None) -> Test:
    """Tie the query's terms to the corpus, its lock and the history, each read when it is first asked for."""
    from functools import cache

    from certdrill.scheduling import Settings
    from certdrill.study.query import Facts, matcher

    editions = {objective.id: objective.since for objective in corpus.exam.objectives}

    @cache
    def text(card: str) -> str:
        return _visible_text(corpus, card)

    @cache
    def edition(card: Card) -> str:
        return str(corpus.record(card.id).get("since") or editions.get(card.objective, ""))

    @cache
    def ratings(since_day: int) -> dict[Unit, list[tuple[int, int]]]:
        found: dict[Unit, list[tuple[int, int]]] = {}
        for card, part, day, rating, *_ in history.counted(since_day) if history else ():
            found.setdefault(Unit(card, part), []).append((day, rating))
        return found

    settings = history.settings if history else Settings()
    added_day = _added_days(corpus, context)
    return matcher(query, Facts(context.today(), states, settings, text, edition, added_day, ratings))


def _visible_text(corpus: Corpus, card: str) -> str:
    """Return all that can be read on a card, folded, its parts on lines of their own."""
    from certdrill.cloze import pieces
    from certdrill.markup import plain

    content = corpus.content(card)
    cloze = "".join(piece.text for piece in pieces(content.text))
    hints = [piece.hint for piece in pieces(content.text) if piece.hint]
    options = [text for option in content.options for text in (option.text, option.why)]
    sides = [content.front, content.back, content.answer, content.stem, content.why, cloze, *hints]
    return "\n".join(plain(part) for part in (*sides, *content.accept, *options, *content.steps) if part).casefold()


def _added_days(corpus: Corpus, context: Context) -> Callable[[str], int]:
    """Return what says on which study day a card was first recorded in the lock; today for one that is not."""
    from functools import cache

    from certdrill.scheduling import Moment, study_day

    @cache
    def entries() -> dict[str, Any]:
        from certdrill.corpus.files import LOCK
        from certdrill.corpus.lock import BadLockError, parse

        try:
            with open(os.path.join(corpus.folder, LOCK), "rb") as file:
                return parse(file.read()).cards
        except (OSError, BadLockError):
            return {}  # `certdrill check` says what is wrong with it

    def added_day(card: str) -> int:
        entry = entries().get(card)
        return study_day(Moment(entry.seen, context.now().offset)) if entry else context.today()

    return added_day


class QueryCommand(click.Command):
    """A command whose words are a query: a word such as `-is:suspended` is not taken for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hand click the options first and the words behind `--`."""
        options, words = parted(self, args)
        return super().parse_args(ctx, [*options, "--", *words] if words else options)


def parted(command: click.Command, arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part a command line into options with their values and the words of a query.

    A word with one dash is an option only if its first letter names one; with two it always is.
    """
    known = [option for option in command.params if isinstance(option, click.Option)]
    valued = {name for option in known if not (option.is_flag or option.count) for name in option.opts}
    short = {name for option in known for name in option.opts if len(name) == 2} | {"-h"}
    options: list[str] = []
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            words += rest
        elif argument.startswith("--") or _is_short(argument, short, valued):
            options.append(argument)
            if argument in valued:
                value = next(rest, None)
                if value is None:
                    return [argument], []  # click says that its value is missing
                options.append(value)
        else:
            words.append(argument)
    return options, words


def _is_short(argument: str, short: set[str], valued: set[str]) -> bool:
    """Tell whether a word is a short option, alone or with its value behind it; `-objective:3.1` is none."""
    return argument in short or (argument[:2] in valued and not argument.startswith("-objective:"))


_OPTIONS = {
    "domain": "Only this domain: its id, its title or a unique beginning.",
    "objective": "Only this objective.",
    "tag": "Only cards with this tag.",
    "kind": f"Only this kind: {', '.join(KINDS)}.",
    "level": f"Only this level: {', '.join(LEVELS)}.",
    "state": f"Only units in this state: {', '.join(STATES)}.",
}


def _complete(name: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        del param
        fixed = {"kind": KINDS, "level": LEVELS, "state": STATES}
        names = fixed.get(name) or _from_corpus(ctx, name)
        return [known for known in names if known.startswith(incomplete)]

    return complete


def _from_corpus(ctx: click.Context, name: str) -> list[str]:
    from certdrill.cli.context import Context

    top = ctx.find_root()
    try:
        corpus = Context(top.params.get("cards"), None, None).corpus()
    except CertdrillError:
        return []  # a shell has no place for a message
    if name == "domain":
        return list(corpus.exam.titles())
    if name == "objective":
        return [objective.id for objective in corpus.exam.objectives]
    return sorted({tag for card in corpus.cards for tag in card.tags})
