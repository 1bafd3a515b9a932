"""What both screens show of a unit, as lines: the question, the answer with its reasons, and the keys to press."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from certdrill.markup import Span, visible
from certdrill.model import Option, Source
from certdrill.scheduling import Phase, Plan, Rating
from certdrill.screen.lines import Paint, cut, indented, lay_out, width_of, wrap
from certdrill.study.compare import compared
from certdrill.study.prompt import Prompt


class Counts(NamedTuple):
    """How many units a session has left: never rated, being learnt, and due."""

    new: int
    learning: int
    due: int

    def __str__(self) -> str:
        named = (f"{number} {name}" for name, number in zip(self._fields, self, strict=True) if number)
        return ", ".join(named) or "none"


class Hint(NamedTuple):
    """A key, what it does, and a detail such as an interval."""

    key: str
    label: str
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))


@dataclass(frozen=True, slots=True)
class View:
    """One step of a session: the prompt, where it stands, and after the answer what may follow.

    `chosen` are the letters picked so far where several are wanted, None where they are not shown. `answer` is what
    was given (letters or text), None before. `plans` hold what each allowed rating leads to. `counts` is what is left
    by state, `objective` the card's, in words; `info` makes the lines about the unit. While steps are moved, `moved`
    has their letters in the order so far, and `cursor` the place of the chosen one.
    """

    prompt: Prompt
    domain: str
    left: int
    done: int
    state: str
    note: str = ""
    answer: str | None = None
    right: bool | None = None
    plans: dict[Rating, Plan] = field(default_factory=dict)
    now_ms: int = 0
    undoable: bool = False
    chosen: str | None = None
    counts: Counts | None = None
    objective: str = ""
    info: Callable[[int, Paint], list[str]] | None = None
    moved: str | None = None
    cursor: int = -1
    held: bool = False


def about(view: View) -> list[str]:
    """Return where a card stands: domain, objective, kind of turn, and how much is done and left."""
    parts = [view.domain, view.prompt.card.objective, view.state, f"{view.done} done", f"{view.left} left"]
    return [visible(part) for part in parts if part]


def header(view: View, width: int, paint: Paint) -> str:
    """Return the line above a card; where it is short, the domain's title gives way first."""
    title, *place, done, left = about(view)
    if view.counts and width >= 64:
        left = f"{left}: {view.counts}"
    counts = f"{done}  {left}" if width >= 48 else left
    turn = "  ".join(place)
    title = cut(title, max(3, width - len(counts) - width_of(turn) - 4))
    gap = width - width_of(f"{title}  {turn}{counts}")
    return f"{paint(title, 'strong')}  {turn}{' ' * max(2, gap)}{paint(counts, 'dim')}"


def question_lines(view: View, width: int, paint: Paint) -> list[str]:
    """Return the question and its lettered options or steps."""
    lines = _question(view, width, paint)
    if view.prompt.card.kind == "choice" and view.prompt.content.select > 1:
        lines += ["", paint(f"Choose {view.prompt.content.select}.", "strong")]
    if view.prompt.lines:
        lines.append("")
    texts = dict(view.prompt.lines)
    for place, letter in enumerate(view.moved or texts):
        mark = f"{_pointer(view, place)}{_box(view, letter)}{letter}  "
        lines += indented(mark, lay_out(texts[letter], width - len(mark), paint))
    return lines


def answer_lines(view: View, width: int, paint: Paint) -> list[str]:
    """Return the answer: a verdict where the program graded, the reasons, the explanation and the sources."""
    content = view.prompt.content
    lines = [*_verdict(view, width, paint), *_answer(view, width, paint)]
    if content.why:
        lines += ["", *lay_out(content.why, width, paint)]
    lines += _media(view, "answer", width, paint)
    if view.objective:
        lines += ["", *wrap([Span(f"Objective: {visible(view.objective)}", "dim")], width, paint)]
    if content.sources:
        lines.append("")
    for source in content.sources:
        lines += _source(source, width, paint)
    return lines


def revealed(view: View, width: int, paint: Paint) -> tuple[list[str], int]:
    """Return question and answer together, and the number of the line where the answer begins."""
    if view.prompt.card.kind in ("choice", "order"):
        above = [*_question(view, width, paint), ""]
    else:
        above = [*question_lines(view, width, paint), "", divider("Answer", width, paint), ""]
    return above + answer_lines(view, width, paint), len(above)


def _question(view: View, width: int, paint: Paint) -> list[str]:
    return [*lay_out(view.prompt.question, width, paint), *_media(view, "question", width, paint)]


def _media(view: View, side: str, width: int, paint: Paint) -> list[str]:
    """Return what stands for the pictures and sounds of a side: what they show, and where they are."""
    lines = []
    for one in view.prompt.content.media:
        # what belongs to the front would give the front away that is asked for
        if (one.side if view.prompt.unit.part != "r" else "answer") == side:
            kind = "sound" if one.is_sound else "picture"
            spans = [Span(f"[{kind}: {one.alt or one.file.rpartition('/')[2]}] "), Span(one.path, "dim")]
            lines += wrap([Span(visible(span.text).replace("\n", " "), span.style) for span in spans], width, paint)
    return ["", *lines] if lines else []


def divider(title: str, width: int, paint: Paint) -> str:
    """Return a rule across the card with a title in it."""
    rule = paint.symbol("rule")
    return paint(f"{rule * 2} {title} ".ljust(width, rule), "dim") if title else paint(rule * width, "dim")


def ratings(view: View) -> list[Hint]:
    """Return the ratings allowed now, each with its key and the interval it leads to."""
    names = {Rating.HARD: "Guessed"} if view.right else {}
    return [
        Hint(str(int(rating)), names.get(rating, rating.name.capitalize()), length(plan, view.now_ms))
        for rating, plan in view.plans.items()
    ]


def length(plan: Plan, now_ms: int) -> str:
    """Return an interval in the largest fitting unit: 1m, 10m, 3d, 2.4mo, 1.3y; nothing where a plan leads nowhere."""
    if plan.phase is Phase.NEW:
        return ""
    if not plan.interval:
        minutes = max(0, plan.due_at - now_ms) / 60_000
        return f"{minutes:.0f}m" if minutes < 60 else f"{minutes / 60:.0f}h"
    if plan.interval < 31:
        return f"{plan.interval}d"
    if plan.interval < 365:
        return f"{plan.interval / 30.4375:.1f}mo"
    return f"{plan.interval / 365.25:.1f}y"


def _pointer(view: View, place: int) -> str:
    """Return the mark before the step that is chosen while steps are moved: pointed at, or held."""
    if view.cursor < 0:
        return ""
    return ("# " if view.held else "> ") if place == view.cursor else "  "


def _box(view: View, letter: str) -> str:
    """Return the box before an option: empty, checked, or with the place of a step in the order so far."""
    if view.chosen is None:
        return ""
    place = view.chosen.find(letter) + 1
    return f"[{(str(place) if view.prompt.card.kind == 'order' else 'x') if place else ' '}] "


def _verdict(view: View, width: int, paint: Paint) -> list[str]:
    if view.right is None:
        return _typed(view, width, paint)
    if view.right:
        return [paint(f"{paint.symbol('right')} Right", "right"), ""]
    spans = [Span(f"{paint.symbol('wrong')} {'Wrong' if view.answer else 'Not answered'}", "wrong"), Span(". ")]
    if view.prompt.lines:
        spans += [Span("You answered "), Span(" ".join(view.answer or ""), "strong"), Span(". ")] if view.answer else []
        spans += [Span("The answer is "), Span(" ".join(view.prompt.key), "strong"), Span(".")]
    return [*wrap(spans, width, paint), "", *_typed(view, width, paint)]


def _typed(view: View, width: int, paint: Paint) -> list[str]:
    """Return what was typed above what is right, with a mark below every letter that differs."""
    if not view.answer or not view.prompt.expected:
        return []
    lines = []
    for name, side, style in zip(
        ("yours", "right"), compared(view.answer, view.prompt.expected), ("wrong", "right"), strict=True
    ):
        text = "".join(paint(one.text, "plain" if one.agrees else style) for one in side)
        marks = "".join((" " if one.agrees else "^") * width_of(one.text) for one in side).rstrip()
        if width_of(text) + 7 > width:  # too long to stand in one line with its marks
            lines += [
                f"{name}",
                *wrap([Span(one.text, "plain" if one.agrees else style) for one in side], width, paint),
            ]
        else:
            lines += [f"{name}  {text}", *[f"{'':7}{marks}"] * bool(marks)]
    return [*lines, *[""] * (view.prompt.card.kind == "cloze")]


def _answer(view: View, width: int, paint: Paint) -> list[str]:
    kind = view.prompt.card.kind
    if kind == "choice":
        return list(_options(view, width, paint))
    if kind == "order":
        return list(_steps(view, width, paint))
    if kind == "typed" and view.answer and not view.right:
        return []  # it stands below what was typed
    return lay_out(view.prompt.answer, width, paint)


def _options(view: View, width: int, paint: Paint) -> Iterator[str]:
    """Yield every option, the right ones and those wrongly picked marked, each with its reason below it."""
    for letter, index in zip((line[0] for line in view.prompt.lines), view.prompt.order, strict=True):
        option = view.prompt.content.options[index]
        verdict = _verdict_on(option, letter in (view.answer or ""))
        mark = f"{paint.symbol(verdict) if verdict else ' '} {letter}  "
        yield from indented(paint(mark, verdict), lay_out(option.text, width - len(mark), paint))
        if option.why:
            yield from indented(" " * 7, lay_out(option.why, width - 7, paint))


def _verdict_on(option: Option, picked: bool) -> str:
    if option.correct:
        return "right"
    return "wrong" if picked else ""


def _steps(view: View, width: int, paint: Paint) -> Iterator[str]:
    """Yield the steps in the right order with their letters, those put elsewhere marked."""
    for place, (letter, step) in enumerate(zip(view.prompt.key, view.prompt.content.steps, strict=True)):
        verdict = "" if not view.answer else "right" if view.answer[place : place + 1] == letter else "wrong"
        symbol = paint.symbol(verdict) if verdict else " "
        mark = f"{symbol} {place + 1}. {letter}  "
        yield from indented(paint(mark, verdict), lay_out(step, width - len(mark), paint))


def _source(source: Source, width: int, paint: Paint) -> list[str]:
    section = f" ({source.section})" if source.section else ""
    spans = [Span("Source: ", "dim"), Span(source.url, source.url), Span(section, "dim")]
    return wrap([Span(" ".join(visible(span.text).split(" ")), span.style) for span in spans], width, paint)
