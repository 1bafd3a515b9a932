"""What each kind of card puts into the fields of its note; the fields' names and order are for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from certdrill.anki.hypertext import cloze, items, links, literal, medium, rich
from certdrill.model import Card, Content, Exam
from certdrill.shuffle import shuffled

# Every note type ends with these; the spare ones let a later certdrill add a field without a new note type.
COMMON = ("Explanation", "Source", "Objective", "Domain", "Uid", "Extra1", "Extra2", "Extra3")
OWN: dict[str, tuple[str, ...]] = {
    "basic": ("Question", "Answer"),
    "reversed": ("Front", "Back"),
    "cloze": ("Text",),
    "typed": ("Question", "Answer", "Accepted"),
    "choice": ("Question", "Select", "Options", "Answer", "Reasons"),
    "order": ("Question", "Shuffled", "Steps"),
}


def field_names(kind: str) -> tuple[str, ...]:
    """Return the names of all fields of a kind's note type; the first is the question, and sorted by."""
    return (*OWN[kind], *COMMON)


class Headings(NamedTuple):
    """An exam's titles as HTML: of its domains and of its objectives, by id."""

    domains: dict[str, str]
    objectives: dict[str, str]


def headings(exam: Exam) -> Headings:
    """Return the titles that the notes of an exam's cards show."""
    return Headings(
        {domain.id: literal(domain.title) for domain in exam.domains},
        {one.id: literal(f"{one.id} {one.text}") for one in exam.objectives},
    )


def field_values(titles: Headings, card: Card, content: Content, media: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a note's fields as HTML, in the order of `field_names`; `media` names its pictures and sounds."""
    own, common = _OWN_VALUES[card.kind](card, content), _common(titles, card, content)
    if media:
        shown = {"question": own[0], "answer": common[0]}
        for one, name in zip(content.media, media, strict=True):
            shown[one.side] += medium(name, one.alt, is_sound=one.is_sound)
        return (shown["question"], *own[1:], shown["answer"], *common[1:])
    return (*own, *common)


def _common(titles: Headings, card: Card, content: Content) -> tuple[str, ...]:
    why = rich(content.why) if content.why else ""
    objective = titles.objectives.get(card.objective) or literal(card.objective)
    return why, links(content.sources), objective, titles.domains[card.domain], card.id, "", "", ""


def _basic(_: Card, content: Content) -> tuple[str, ...]:
    return rich(content.front), rich(content.back)


def _cloze(_: Card, content: Content) -> tuple[str, ...]:
    return (cloze(content.text),)


def _typed(_: Card, content: Content) -> tuple[str, ...]:
    return rich(content.front), literal(content.answer), literal(", ".join(content.accept))


def _choice(card: Card, content: Content) -> tuple[str, ...]:
    order = shuffled(card.id, [option.text for option in content.options])
    options = [content.options[at] for at in order]
    right = [letter for letter, option in zip("ABCDEFGH", options, strict=False) if option.correct]
    reasons = [option.why for option in options]
    return (
        rich(content.stem),
        str(len(right)) if len(right) > 1 else "",
        items((option.text for option in options), 'ol type="A"'),
        ", ".join(right),
        items(reasons, 'ol type="A"') if any(reasons) else "",
    )


def _order(card: Card, content: Content) -> tuple[str, ...]:
    mixed = [content.steps[at] for at in shuffled(card.id, content.steps)]
    if len(mixed) > 2 and mixed == list(content.steps):
        mixed = [*mixed[1:], mixed[0]]
    return rich(content.stem), items(mixed, "ul"), items(content.steps)


_OWN_VALUES: dict[str, Callable[[Card, Content], tuple[str, ...]]] = {
    "basic": _basic,
    "reversed": _basic,
    "cloze": _cloze,
    "typed": _typed,
    "choice": _choice,
    "order": _order,
}
