"""The query language for cards: a text parsed into frozen values, printed again, resolved and asked of units.

    query  = [either]
    either = all { "or" all }
    all    = factor { ["and"] factor }
    factor = ( "-" | "not" ) factor | "(" either ")" | term
    term   = name ":" value | word | quoted text

A term is asked of one unit of one card; what it says about the card is the same for all of the card's units.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import NamedTuple, NoReturn

from certdrill.corpus.load import Corpus
from certdrill.corpus.select import domain_named, exact, tags_of
from certdrill.errors import QueryError, UnknownCardError, UnknownNameError
from certdrill.model import KINDS, LEVELS, Card, Unit
from certdrill.scheduling import NEW, Memory, Phase, Rating, Settings, UnitState, recall
from certdrill.study.queue import LEECH_LAPSES, States, is_due

DEEPEST = 100  # brackets and negations within one another
LONGEST_DAYS = 36_500
FIELDS = ("domain", "objective", "tag", "kind", "level", "since", "id")
STATES = ("due", "new", "learning", "review", "suspended", "buried", "leech")
RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
PROPERTIES: dict[str, Callable[[Memory, Facts], float]] = {
    "r": lambda memory, facts: recall(memory, facts.day, facts.settings),
    "s": lambda memory, _: memory.stability,
    "d": lambda memory, _: memory.difficulty,
    "ivl": lambda memory, _: memory.interval,
    "due": lambda memory, facts: memory.due_day - facts.day,
    "reps": lambda memory, _: memory.reps,
    "lapses": lambda memory, _: memory.lapses,
}
_COUNTED = ("reps", "lapses")  # 0 for a unit never rated, which has none of the other properties
_TERMS = (*FIELDS, "is", "prop", "rated", "added")


@dataclass(frozen=True, slots=True)
class Text:
    """Words somewhere in the card, or its id. `at` is where a term stands in the query, from 0."""

    words: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A card's domain, objective, tag, kind, level, edition or id; `*` in a tag or id stands for anything."""

    name: str
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    """Where a unit stands."""

    state: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Property:
    """A number of a unit's memory compared with another; a unit never rated only has `reps` and `lapses`, 0."""

    name: str
    relation: str
    number: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating that stands on one of the last `days` study days, today being the first; 0 is any rating."""

    days: int
    rating: int = 0
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Added:
    """First recorded in `ids.lock` on one of the last `days` study days, today being the first."""

    days: int
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What `of` does not match."""

    of: Query


@dataclass(frozen=True, slots=True)
class And:
    """What all parts match; the empty query is an And without parts and matches everything."""

    parts: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """What at least one part matches."""

    parts: tuple[Query, ...]


Term = Text | Field | Is | Property | Rated | Added
Query = Term | Not | And | Or


class Facts(NamedTuple):
    """What terms are asked of, all but the states looked up when a term needs it.

    `text` gives a card's visible text by id, folded. `edition` names the exam edition that brought a card, or is
    empty. `added_day` is the study day a card was first recorded on. `ratings` gives study day and rating of the
    ratings of all units that stand, since a study day.
    """

    day: int
    states: States
    settings: Settings
    text: Callable[[str], str]
    edition: Callable[[Card], str]
    added_day: Callable[[str], int]
    ratings: Callable[[int], Mapping[Unit, Sequence[tuple[int, int]]]]


Test = Callable[[Card, Unit], bool]


def parse(text: str) -> Query:
    """Read a query; raise QueryError with the place of what cannot be read."""
    return _Parser(text).query()


def show(query: Query) -> str:
    """Write a query so that `parse` reads the same values from it."""
    match query:
        case And(parts):
            return " ".join(map(_grouped, parts))
        case Or(parts):
            return " or ".join(map(_grouped, parts))
        case Not(of):
            return f"-{_grouped(of)}"
        case Text(words):
            return words if _BARE.fullmatch(words) and not _KEYWORD.fullmatch(words) else _quoted(words)
        case Field(name, value):
            return f"{name}:{value if _VALUE.fullmatch(value) else _quoted(value)}"
        case Is(state):
            return f"is:{state}"
        case Property(name, relation, number):
            return f"prop:{name}{relation}{f'{number:.9f}'.rstrip('0').rstrip('.')}"
        case Rated(days, rating):
            return f"rated:{days}:{rating}" if rating else f"rated:{days}"
        case Added(days):
            return f"added:{days}"


def resolved(query: Query, corpus: Corpus, text: str) -> Query:
    """Return the query with every name as the corpus has it; raise QueryError with the nearest names.

    `text` is what the query was parsed from.
    """
    names = _Names(corpus)
    return _mapped(query, lambda term: _resolved(term, names, text))


def needs_history(query: Query) -> bool:
    """Tell whether a query asks where units stand."""
    return any(isinstance(term, Is | Property | Rated) for term, _ in _terms(query))


def asks_for(query: Query, states: Sequence[str]) -> bool:
    """Tell whether one of the states is asked for, not left out."""
    return any(isinstance(term, Is) and term.state in states and wanted for term, wanted in _terms(query))


def matcher(query: Query, facts: Facts) -> Test:
    """Return the function that says whether a unit of a card matches a resolved query."""
    match query:
        case Not(of):
            inner = matcher(of, facts)
            return lambda card, unit: not inner(card, unit)
        case And(parts):
            every = [matcher(part, facts) for part in sorted(parts, key=_cost)]
            return lambda card, unit: all(one(card, unit) for one in every)
        case Or(parts):
            some = [matcher(part, facts) for part in sorted(parts, key=_cost)]
            return lambda card, unit: any(one(card, unit) for one in some)
        case Text(words):
            folded = " ".join(words.casefold().split())
            return lambda card, unit: words in (card.id, str(unit)) or folded in facts.text(card.id)
        case Field(name, value):
            return _FIELD_TESTS[name](value, facts)
        case Is(state):
            return _is(_STATE_TESTS[state], facts)
        case Property():
            return _property(query, facts)
        case Rated(days, rating):
            return _rated(days, rating, facts)
        case Added(days):
            return lambda card, _: facts.added_day(card.id) > facts.day - days


def _cost(query: Query) -> int:
    """Return what a term costs to ask: what stands in memory, what a card's record says, its text."""
    if isinstance(query, Not):
        return _cost(query.of)
    if isinstance(query, And | Or):
        return max(map(_cost, query.parts), default=0)
    return 2 if isinstance(query, Text) else int(isinstance(query, Field) and query.name == "since")


def _terms(query: Query, *, wanted: bool = True) -> list[tuple[Term, bool]]:
    """Return every term, and whether it is asked for (or left out by an odd number of negations)."""
    if isinstance(query, Not):
        return _terms(query.of, wanted=not wanted)
    if isinstance(query, And | Or):
        return [found for part in query.parts for found in _terms(part, wanted=wanted)]
    return [(query, wanted)]


def _mapped(query: Query, change: Callable[[Term], Query]) -> Query:
    if isinstance(query, Not):
        return Not(_mapped(query.of, change))
    if isinstance(query, And | Or):
        return type(query)(tuple(_mapped(part, change) for part in query.parts))
    return change(query)


# --- what terms mean


def _is(holds: Callable[[Card, UnitState, int], bool], facts: Facts) -> Test:
    return lambda card, unit: holds(card, facts.states.get(unit, NEW), facts.day)


_STATE_TESTS: dict[str, Callable[[Card, UnitState, int], bool]] = {
    "due": is_due,
    "new": lambda _, state, __: state.memory is None,
    "learning": lambda _, state, __: state.memory is not None and state.memory.phase is not Phase.REVIEW,
    "review": lambda _, state, __: state.memory is not None and state.memory.phase is Phase.REVIEW,
    "suspended": lambda _, state, __: state.suspended,
    "buried": lambda _, state, day: state.buried_day >= day,
    "leech": lambda _, state, __: state.memory is not None and state.memory.lapses >= LEECH_LAPSES,
}

_FIELD_TESTS: dict[str, Callable[[str, Facts], Test]] = {
    "domain": lambda value, _: lambda card, __: card.domain == value,
    "objective": lambda value, _: lambda card, __: card.objective == value,
    "kind": lambda value, _: lambda card, __: card.kind == value,
    "level": lambda value, _: lambda card, __: card.level == value,
    "tag": lambda value, _: lambda card, __: any(_like(tag, value) for tag in card.tags),
    "id": lambda value, _: lambda card, unit: _like(card.id, value) or _like(str(unit), value),
    "since": lambda value, facts: lambda card, __: facts.edition(card).startswith(value),
}


def _like(name: str, pattern: str) -> bool:
    """Tell whether a name fits a pattern in which only `*` is special."""
    return name == pattern or ("*" in pattern and fnmatchcase(name, re.sub(r"[\[?]", r"[\g<0>]", pattern)))


def _property(term: Property, facts: Facts) -> Test:
    number_of, compare = PROPERTIES[term.name], RELATIONS[term.relation]

    def holds(_: Card, unit: Unit) -> bool:
        memory = facts.states.get(unit, NEW).memory
        if memory is None:
            return term.name in _COUNTED and compare(0, term.number)
        return compare(number_of(memory, facts), term.number)

    return holds


def _rated(days: int, rating: int, facts: Facts) -> Test:
    since_day = facts.day - days + 1

    def holds(_: Card, unit: Unit) -> bool:
        known = facts.ratings(since_day).get(unit, ())
        return any(day >= since_day and rating in (0, given) for day, given in known)

    return holds


# --- names made exact


class _Names:
    """The names a corpus has, listed when they are first asked for."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    def exact(self, name: str, value: str) -> str:
        """Return the exact name; raise UnknownNameError or UnknownCardError."""
        corpus = self.corpus
        if name == "domain":
            return domain_named(value, corpus.exam.titles())
        if name == "id":
            return self._id(value)
        if "*" in value and name == "tag":
            return value
        known: dict[str, Callable[[], Sequence[str]]] = {
            "objective": lambda: [objective.id for objective in corpus.exam.objectives],
            "tag": lambda: tags_of(corpus),
            "kind": lambda: KINDS,
            "level": lambda: LEVELS,
        }
        return exact(name, value, known[name]()) if name in known else value

    def _id(self, value: str) -> str:
        if "*" in value:
            return value
        card, mark, part = value.partition("#")
        units = self.corpus.card(card).units
        if mark and part not in units:
            raise UnknownNameError("unit", value, [str(Unit(card, unit)) for unit in units])
        return value


def _resolved(term: Term, names: _Names, text: str) -> Query:
    if not isinstance(term, Field):
        return term
    try:
        return replace(term, value=names.exact(term.name, term.value))
    except (UnknownNameError, UnknownCardError) as error:
        raise QueryError(str(error), text, term.at) from None


# --- the text read and written

_WORD = re.compile(r'[^\s()":]+')
_NAME = re.compile(r'([^\s()":]*):')
_VALUE = re.compile(r'[^\s()"]+')
_BARE = re.compile(r'(?!-)[^\s()":]+')
_KEYWORD = re.compile(r'(?:and|or|not)(?=[\s()"]|\Z)', re.IGNORECASE)
_COMPARISON = re.compile(r"([^<>=!]*)(<=|>=|!=|<|>|=)(.*)", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?|-?\.[0-9]{1,9}")
_DAYS = re.compile(r"[0-9]{1,5}")
_EDITION = re.compile(r"20[0-9]{2}(-[0-9]{2})?")


def _grouped(query: Query) -> str:
    return f"({show(query)})" if isinstance(query, And | Or) else show(query)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Parser:
    """One reading of one text, from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0

    def query(self) -> Query:
        self._blank()
        if self._is_over():
            return And()
        found = self._either()
        if not self._is_over():
            self._fail("this bracket closes nothing; take it out, or open one before it")
        return found

    def _is_over(self) -> bool:
        return self.at >= len(self.text)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _blank(self) -> None:
        while self._next().isspace():
            self.at += 1

    def _keyword(self) -> str:
        """Return the keyword that stands here, or nothing."""
        found = _KEYWORD.match(self.text, self.at)
        return found[0].lower() if found else ""

    def _takes(self, keyword: str) -> bool:
        """Go on behind a keyword if it stands here."""
        if self._keyword() != keyword:
            return False
        self.at += len(keyword)
        self._blank()
        return True

    def _either(self) -> Query:
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Query:
        parts = [self._factor()]
        while self._takes("and") or not (self._is_over() or self._next() == ")" or self._keyword() == "or"):
            parts.append(self._factor())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _factor(self) -> Query:
        begun = self.at
        if self._next() == "-":
            self.at += 1
            if self._is_over() or self._next().isspace():
                self._fail("a - stands directly before what it leaves out, as in -is:suspended", begun)
            return self._nested(begun, lambda: Not(self._factor()))
        if self._takes("not"):
            return self._nested(begun, lambda: Not(self._factor()))
        if self._next() == "(":
            return self._nested(begun, lambda: self._bracket(begun))
        if self._is_over():
            self._fail("the query ends where a term was to follow")
        if self._next() == ")":
            self._fail("a term was to follow here, not a closing bracket")
        if keyword := self._keyword():
            self._fail(f'{keyword!r} stands between two terms; in quotes it is a word to look for: "{keyword}"')
        term = self._term()
        self._blank()
        return term

    def _nested(self, begun: int, read: Callable[[], Query]) -> Query:
        self.depth += 1
        if self.depth > DEEPEST:
            self._fail(f"brackets and negations stand more than {DEEPEST} deep", begun)
        found = read()
        self.depth -= 1
        return found

    def _bracket(self, begun: int) -> Query:
        self.at += 1
        self._blank()
        if self._next() == ")":
            self._fail("there is nothing between these brackets", begun)
        found = self._either()
        if self._next() != ")":
            self._fail("this bracket is not closed", begun)
        self.at += 1
        self._blank()
        return found

    def _term(self) -> Query:
        begun = self.at
        if self._next() == '"':
            return Text(self._quotes(), begun)
        if name := _NAME.match(self.text, begun):
            self.at = name.end()
            return self._named(name[1], begun)
        word = _WORD.match(self.text, begun)
        assert word  # noqa: S101 - a blank, a bracket, a quote and a colon were looked for before
        self.at = word.end()
        self._ends_word()
        return Text(word[0], begun)

    def _ends_word(self) -> None:
        if self._next() == '"':
            self._fail("a quote begins a text or stands directly after a colon; put a blank before it")

    def _quotes(self) -> str:
        """Read a quoted text: a backslash stands before a quote or a backslash within."""
        begun = self.at
        found = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self.text, begun)
        if not found:
            self._fail("this quote is not closed", begun)
        if not found[1].strip():
            self._fail("there is nothing between these quotes", begun)
        self.at = found.end()
        if not (self._is_over() or self._next().isspace() or self._next() in "()"):
            self._fail("a blank or a bracket was to follow the closing quote")
        return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL)

    def _named(self, name: str, begun: int) -> Query:
        """Read the value of `name:` and make the term of it."""
        known = name.lower()
        if known not in _TERMS:
            whole = _VALUE.match(self.text, begun)
            assert whole  # noqa: S101 - at least the colon stands there
            self._fail(f'{UnknownNameError("term", name + ":", [f"{one}:" for one in _TERMS])}; '
                       f'to look for the text, put it in quotes: "{whole[0]}"', begun)  # fmt: skip
        at = self.at
        if self._next() == '"':
            value = self._quotes()
        elif found := _VALUE.match(self.text, at):
            value, self.at = found[0], found.end()
            self._ends_word()
        else:
            self._fail(f"{known}: needs a value directly after the colon")
        if known in FIELDS:
            if known == "since" and not _EDITION.fullmatch(value):
                self._fail("an edition of the exam is a year, or a year and month: since:2026, since:2026-03", at)
            return Field(known, value, at)
        read: dict[str, Callable[[str, int], Query]] = {
            "is": self._state,
            "prop": self._property,
            "rated": self._rated,
            "added": lambda text, place: Added(self._days(text, place), place),
        }
        return read[known](value, at)

    def _state(self, value: str, at: int) -> Query:
        try:
            return Is(exact("state", value, STATES), at)
        except UnknownNameError as error:
            self._fail(str(error), at)

    def _property(self, value: str, at: int) -> Query:
        parts = _COMPARISON.fullmatch(value)
        if not parts:
            self._fail(f"prop: compares one of {', '.join(PROPERTIES)} with a number, as in prop:r<0.8", at)
        name, relation, number = parts.groups()
        try:
            name = exact("property", name, tuple(PROPERTIES))
        except UnknownNameError as error:
            self._fail(str(error), at)
        if not _NUMBER.fullmatch(number):
            self._fail(f"a number was to follow {relation}, such as 3, 0.8 or -1", at + parts.start(3))
        if name == "r" and not 0 <= float(number) <= 1:
            self._fail("recall is a number from 0 to 1", at + parts.start(3))
        return Property(name, relation, float(number) + 0.0, at)

    def _rated(self, value: str, at: int) -> Query:
        days, mark, rating = value.partition(":")
        names = {one.name.lower(): int(one) for one in Rating}
        known = {**names, **{str(number): number for number in names.values()}}
        if mark and rating.lower() not in known:
            self._fail("a rating is again, hard, good or easy, or 1 to 4: rated:7:again", at + len(days) + 1)
        return Rated(self._days(days, at), known[rating.lower()] if mark else 0, at)

    def _days(self, value: str, at: int) -> int:
        if not _DAYS.fullmatch(value) or not 1 <= int(value) <= LONGEST_DAYS:
            self._fail(f"a number of days was to follow, 1 (today) to {LONGEST_DAYS}", at)
        return int(value)

    def _fail(self, message: str, at: int | None = None) -> NoReturn:
        raise QueryError(message, self.text, self.at if at is None else at)
