"""An exam's cards as weighted Anki decks: a plain value, before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import NamedTuple, overload

from certdrill.anki.identity import fixed_id, guid
from certdrill.anki.notes import Headings, field_values, headings
from certdrill.anki.presets import Preset
from certdrill.anki.progress import FIXED, Origin, Study
from certdrill.corpus.files import media_name
from certdrill.corpus.lock import Entry
from certdrill.model import Card, Content, Exam, Unit
from certdrill.weighting import interleave, shares

LAYOUTS = ("one", "domains")


class AnkiCard(NamedTuple):
    """One card of a note: the number of its template or deletion, its place among all new cards, what is known."""

    ord: int
    position: int
    study: Study | None = None


class Note(NamedTuple):
    """One card id's note; `id` is in ms, `changed` in s, both UTC and both from the lock.

    `media` are the pictures and sounds its fields name: the name and the file of each.
    """

    card: str
    kind: str
    domain: str
    guid: str
    id: int
    changed: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    cards: tuple[AnkiCard, ...]
    media: tuple[tuple[str, str], ...] = ()


class Place(NamedTuple):
    """One deck in Anki's list, with the preset it asks for, if any."""

    id: int
    title: str
    description: str = ""
    preset: Preset | None = None


class Notes(Sequence[Note]):
    """The notes of some cards, each made when it is asked for, so that a large deck is never in memory whole."""

    def __init__(self, cards: Sequence[Card], note_of: Callable[[Card], Note]) -> None:
        self._cards, self._note_of = cards, note_of

    def __len__(self) -> int:
        return len(self._cards)

    @overload
    def __getitem__(self, at: int) -> Note: ...
    @overload
    def __getitem__(self, at: slice) -> list[Note]: ...
    def __getitem__(self, at: int | slice) -> Note | list[Note]:
        found = self._cards[at]
        return self._note_of(found) if isinstance(found, Card) else [self._note_of(card) for card in found]

    def __iter__(self) -> Iterator[Note]:
        return map(self._note_of, self._cards)


@dataclass(frozen=True, slots=True)
class Deck:
    """The decks of one exam: the first holds all cards, or all further ones, one for each domain of `homes`.

    Domains are tags in both layouts, and positions alone decide the order of new cards.
    """

    places: tuple[Place, ...]
    homes: dict[str, int]
    kinds: tuple[str, ...]
    counts: dict[str, int]
    notes: Sequence[Note]
    origin: Origin = FIXED

    @property
    def media(self) -> dict[str, str]:
        """The names of all pictures and sounds with their files; every note is made to find them."""
        return {name: path for note in self.notes for name, path in note.media}

    @property
    def id(self) -> int:
        """The id of the deck that is studied."""
        return self.places[0].id

    @property
    def title(self) -> str:
        """The name of the deck that is studied."""
        return self.places[0].title

    @property
    def description(self) -> str:
        """What Anki shows below the deck's name."""
        return self.places[0].description

    def cards_by_domain(self) -> dict[str, int]:
        """Map each domain id, in blueprint order, to its number of Anki cards."""
        return dict(self.counts)


def build(
    exam: Exam,
    cards: Sequence[Card],
    content_of: Callable[[str], Content],
    entries: Mapping[str, Entry],
    weights: Mapping[str, int],
    *,
    layout: str = "one",
    preset: Preset | None = None,
    progress: Mapping[Unit, Study] | None = None,
    origin: Origin = FIXED,
) -> Deck:
    """Return the deck of all drill cards, with new cards in the order of `weights`; mock items stay out.

    Every card needs its entry in the lock, and every card's domain a weight (KeyError otherwise). The layout
    `domains` puts each domain into a subdeck of its own and needs a `preset`, whose new cards a day they share.
    `progress` is what the learner knows, its due days counted from `origin`.
    """
    drilled = sorted((card for card in cards if not card.form), key=lambda card: entries[card.id].seen)
    known = progress or {}
    places = positions(drilled, entries, weights)
    titles = headings(exam)
    counts = Counter[str]()
    for card in drilled:
        counts[card.domain] += len(card.units)
    decks, homes = _decks(exam, weights, layout, preset)

    def note_of(card: Card) -> Note:
        units = [(part, Unit(card.id, part)) for part in card.units]
        sides = tuple(AnkiCard(template_number(part), places[unit], known.get(unit)) for part, unit in units)
        return _note(exam, titles, card, content_of(card.id), entries[card.id], sides)

    return Deck(
        places=decks,
        homes=homes,
        kinds=tuple(sorted({card.kind for card in drilled})),
        counts={domain: counts[domain] for domain in weights},
        notes=Notes(drilled, note_of),
        origin=origin,
    )


def positions(cards: Sequence[Card], entries: Mapping[str, Entry], weights: Mapping[str, int]) -> dict[Unit, int]:
    """Map every unit to its place among the new cards: each domain's list by the lock's order, then woven."""
    lists: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    for card in cards:
        order = entries[card.id].order
        lists[card.domain] += ((order[part], Unit(card.id, part)) for part in card.units)
    for units in lists.values():
        units.sort()
    return {unit: position for position, (_, unit) in enumerate(interleave(lists, weights))}


def picked(cards: Sequence[Card], entries: Mapping[str, Entry], weights: Mapping[str, int], size: int) -> list[Card]:
    """Return `size` cards, each domain its share by largest remainder and from the front of its list.

    A domain with fewer cards than its share gives all it has, and the others share the rest by their weights. All
    cards are returned when there are no more than `size`.
    """
    lists: dict[str, list[Card]] = {domain: [] for domain in weights}
    for card in cards:
        if not card.form:
            lists[card.domain].append(card)
    for own in lists.values():
        own.sort(key=lambda card: min(entries[card.id].order.values()))
    wanted: dict[str, int] = {}
    left = {domain: weight for domain, weight in weights.items() if weight and lists[domain]}
    while left:
        split = shares(left, max(0, size - sum(wanted.values())))
        short = {domain: len(lists[domain]) for domain in left if len(lists[domain]) <= split[domain]}
        wanted.update(short or split)
        left = {domain: weight for domain, weight in left.items() if domain not in wanted}
    chosen = {card.id for domain, number in wanted.items() for card in lists[domain][:number]}
    return [card for card in cards if card.id in chosen]


def deck_title(exam: Exam) -> str:
    """Return the exam's title as a name that Anki keeps and does not split into subdecks."""
    return _name(exam.title) or exam.id


def _name(text: str) -> str:
    words = re.sub(r'[\x00-\x1f\x7f"]', " ", text).split()
    return re.sub(r"\s*:(?:\s*:)+\s*", " - ", " ".join(words)).strip(" -")


def template_number(part: str) -> int:
    """Return which template or deletion of its note asks for a unit, counted from 0."""
    if part.startswith("c"):
        return int(part[1:]) - 1
    return 1 if part == "r" else 0


def unit_part(kind: str, number: int) -> str:
    """Return the unit that the template or deletion `number` of a note asks for; the way back."""
    if kind == "cloze":
        return f"c{number + 1}"
    return ("f", "r")[number] if kind == "reversed" and number < 2 else ""


def _decks(
    exam: Exam, weights: Mapping[str, int], layout: str, preset: Preset | None
) -> tuple[tuple[Place, ...], dict[str, int]]:
    title, about = deck_title(exam), _description(exam, weights)
    if layout == "one" or preset is None:
        whole = Place(fixed_id("deck", exam.id), title, about, preset)
        return (whole,), dict.fromkeys(weights, whole.id)
    parent = Place(fixed_id("deck", exam.id, "domains"), f"{title} (by domain)", about, preset)
    daily = shares(weights, preset.new_per_day)
    names = exam.titles()
    parts = {
        domain: Place(
            fixed_id("deck", exam.id, "domain", domain),
            f"{parent.title}::{_name(names.get(domain, domain)) or domain}",
            "",
            preset._replace(name=f"{preset.name} - {domain}", new_per_day=daily[domain], owner=domain),
        )
        for domain in weights
    }
    return (parent, *parts.values()), {domain: part.id for domain, part in parts.items()}


def _note(
    exam: Exam, titles: Headings, card: Card, content: Content, entry: Entry, cards: tuple[AnkiCard, ...]
) -> Note:
    media = tuple([(media_name(one.path), one.path) for one in content.media]) if content.media else ()
    return Note(
        card=card.id,
        kind=card.kind,
        domain=card.domain,
        guid=guid(exam.id, card.id),
        id=entry.seen,
        changed=entry.changed,
        fields=field_values(titles, card, content, [name for name, _ in media] if media else ()),
        tags=tags(exam, card),
        cards=cards,
        media=media,
    )


def tags(exam: Exam, card: Card) -> tuple[str, ...]:
    """Return a note's tags: exam, domain and objective as one path; kind, level and the card's own."""
    return _tags(exam.id, card.domain, card.objective, card.kind, card.level, card.tags)


@lru_cache(maxsize=4096)
def _tags(exam: str, domain: str, objective: str, kind: str, level: str, own: tuple[str, ...]) -> tuple[str, ...]:
    path = "::".join(_token(part) for part in (exam, domain, objective) if part)
    ours = [f"certdrill::{_token(word)}" for word in (kind, level) if word]
    return tuple(sorted({path, *ours, *map(_token, own)}))


def _token(text: str) -> str:
    """Return text as a part of a tag that Anki neither splits nor renames."""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-") or "other"


def _description(exam: Exam, weights: Mapping[str, int]) -> str:
    titles = exam.titles()
    whole = sum(weights.values())
    rows = [f"<li>{escape(titles.get(one, one))}: {weight / whole:.0%}</li>" for one, weight in weights.items()]
    return (
        f"<p>New cards come in the exam's proportions:</p><ul>{''.join(rows)}</ul>"
        "<p>That holds while new cards are gathered in order of position (Anki's default). "
        "Random order falls back to the mix of the whole deck.</p>"
        "<p>Made by certdrill. Not affiliated with or endorsed by the exam's vendor.</p>"
    )
