"""The frozen values every room speaks of: exam, card, content, unit and problem."""

from __future__ import annotations

from typing import NamedTuple

PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "svg")
SOUNDS = ("mp3", "ogg", "m4a", "wav")
KINDS = ("basic", "reversed", "cloze", "typed", "choice", "order")
LEVELS = ("remember", "understand", "apply", "analyze")
ERROR, WARNING = "error", "warning"


class Place(NamedTuple):
    """A position in a text file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One mistake in the user's text: where it is, what is wrong and what would be right."""

    place: Place
    message: str
    remedy: str
    rule: str
    severity: str = ERROR
    excerpt: str = ""
    card: str = ""

    def __str__(self) -> str:
        """Compose `FILE:LINE:COL: severity: message; remedy`, then the line with a caret below its fault."""
        first = f"{self.place}: {self.severity}: {self.message}; {self.remedy} [{self.rule}]"
        if not self.excerpt:
            return first
        start = max(0, self.place.column - 80)
        line = self.excerpt[start : start + 120]
        return f"{first}\n    {line}\n    {' ' * (self.place.column - 1 - start)}^"


class Domain(NamedTuple):
    """One weighted part of an exam's blueprint."""

    id: str
    title: str
    weight: int


class Objective(NamedTuple):
    """One thing a candidate must be able to do; `since` is the exam edition that introduced it."""

    id: str
    domain: str
    text: str
    since: str = ""


class Exam(NamedTuple):
    """A blueprint: an immutable id, the exam's facts, its domains, objectives and weight profiles."""

    id: str
    title: str
    domains: tuple[Domain, ...]
    objectives: tuple[Objective, ...] = ()
    profiles: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    items: int = 0
    minutes: int = 0
    guide: str = ""
    url: str = ""
    strict: bool = False

    def weights(self, profile: str = "default") -> dict[str, int]:
        """Map each domain id, in blueprint order, to its weight under `profile` (KeyError when unknown)."""
        if profile == "default":
            return {domain.id: domain.weight for domain in self.domains}
        given = dict(dict(self.profiles)[profile])
        return {domain.id: given[domain.id] for domain in self.domains}

    def titles(self) -> dict[str, str]:
        """Map each domain id, in blueprint order, to its title."""
        return {domain.id: domain.title for domain in self.domains}


class Card(NamedTuple):
    """What the scheduler and the filters know of a card; what a person reads is its `Content`.

    `units` are the scheduling units' suffixes: `("",)` for most kinds, `("f", "r")` for a reversed card,
    `("c1", "c2", ...)` for a cloze. `order` holds each unit's place in its domain's append-only list. `form` names
    the mock form the item belongs to, or is empty.
    """

    id: str
    kind: str
    domain: str
    units: tuple[str, ...] = ("",)
    objective: str = ""
    level: str = ""
    tags: tuple[str, ...] = ()
    rev: int = 1
    form: str = ""
    file: str = ""
    line: int = 1
    order: tuple[int, ...] = (0,)


class Unit(NamedTuple):
    """One separately scheduled side of a card."""

    card: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.card}#{self.part}" if self.part else self.card


class Option(NamedTuple):
    """One answer of a choice item, with the reason why it is right or wrong."""

    text: str
    correct: bool = False
    why: str = ""


class Source(NamedTuple):
    """A public page a fact was read on."""

    url: str
    section: str = ""


class Media(NamedTuple):
    """A picture or a sound of a card, on its question or its answer side.

    `file` is its path inside the corpus, `path` the one that opens it; `alt` says in words what it shows.
    """

    file: str
    alt: str = ""
    side: str = "question"
    path: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it is heard, not seen."""
        return self.file.lower().endswith(SOUNDS)


class Content(NamedTuple):
    """What a person reads of a card; only the fields of the card's kind are filled.

    basic, reversed: `front`, `back`. cloze: `text`. typed: `front`, `answer`, `accept`, `match`.
    choice: `stem`, `options`, `select`. order: `stem`, `steps` in the right order.
    """

    front: str = ""
    back: str = ""
    text: str = ""
    answer: str = ""
    accept: tuple[str, ...] = ()
    match: str = "trim"
    stem: str = ""
    options: tuple[Option, ...] = ()
    select: int = 1
    steps: tuple[str, ...] = ()
    why: str = ""
    sources: tuple[Source, ...] = ()
    media: tuple[Media, ...] = ()
