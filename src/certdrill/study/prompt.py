"""One showing of a unit: its question, its options in this showing's order, and the grade of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from certdrill import cloze
from certdrill.markup import plain
from certdrill.model import Card, Content, Unit

LETTERS = "abcdefghi"
GRADED = ("choice", "typed", "order")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A unit as shown once: `order` maps each letter's place to an option or step of the content."""

    card: Card
    unit: Unit
    content: Content
    order: tuple[int, ...] = ()

    @property
    def is_graded(self) -> bool:
        """Whether the program grades the answer, not the learner."""
        return self.card.kind in GRADED

    @property
    def question(self) -> str:
        """The question's text."""
        content, part = self.content, self.unit.part
        if self.card.kind == "cloze":
            return cloze.question(content.text, int(part[1:]))
        if self.card.kind in ("choice", "order"):
            return content.stem
        return content.back if part == "r" else content.front

    @property
    def answer(self) -> str:
        """The answer's text; empty for choice and order, whose options say it."""
        content, part = self.content, self.unit.part
        if self.card.kind == "cloze":
            return cloze.solved(content.text, int(part[1:]))
        if self.card.kind == "typed":
            return f"`{content.answer}`" if "`" not in content.answer else content.answer
        return content.front if part == "r" else content.back

    @property
    def expected(self) -> str:
        """What a learner who types would have to type; empty where nothing is typed."""
        if self.card.kind == "cloze":
            return plain(cloze.answer(self.content.text, int(self.unit.part[1:])))
        return self.content.answer

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Letter and text of every option or step, in this showing's order."""
        texts = self.content.steps or [option.text for option in self.content.options]
        return [(LETTERS[place], texts[index]) for place, index in enumerate(self.order)]

    @property
    def key(self) -> str:
        """The letters of the right answer, in order."""
        if self.card.kind == "order":
            return "".join(LETTERS[self.order.index(index)] for index in range(len(self.order)))
        right = [option.correct for option in self.content.options]
        return "".join(LETTERS[place] for place, index in enumerate(self.order) if right[index])


def make(card: Card, unit: Unit, content: Content, seed: str) -> Prompt:
    """Return a showing whose options or steps are shuffled by `seed`; steps never stand in the right order."""
    number = len(content.options) or len(content.steps)
    order = list(range(number))
    random = Random(f"{unit}/{seed}")  # noqa: S311 - variety, not secrecy
    random.shuffle(order)
    if content.steps and order == sorted(order):
        order = order[1:] + order[:1]
    return Prompt(card, unit, content, tuple(order))


def picked(prompt: Prompt, text: str) -> str | None:
    """Read letters such as `b`, `a c` or `B,D` as an answer; None when they are not as many as asked or unknown."""
    letters = "".join(letter for letter in text.casefold() if letter not in " ,;")
    if any(letter not in LETTERS[: len(prompt.order)] for letter in letters) or len(set(letters)) < len(letters):
        return None
    wanted = len(prompt.order) if prompt.card.kind == "order" else prompt.content.select
    return letters if len(letters) == wanted else None


def is_right(prompt: Prompt, answer: str) -> bool:
    """Grade an answer: letters for choice (any order, all or nothing) and order (in order), text for typed."""
    if prompt.card.kind == "typed":
        content = prompt.content
        return any(_same(answer, right, content.match) for right in (content.answer, *content.accept))
    if prompt.card.kind == "order":
        return answer == prompt.key
    return sorted(answer) == sorted(prompt.key)


def _same(answer: str, right: str, match: str) -> bool:
    if match == "exact":
        return answer == right
    given, wanted = " ".join(answer.split()), " ".join(right.split())
    return given == wanted if match == "trim" else given.casefold() == wanted.casefold()
