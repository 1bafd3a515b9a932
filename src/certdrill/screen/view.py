"""What both screens show of a unit, as lines: the question, the answer with its reasons, and the keys to press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from certdrill.markup import Span, visible
from certdrill.model import Option, Source
from certdrill.scheduling import Plan, Rating
from certdrill.screen.lines import Paint, cut, indented, lay_out, width_of, wrap
from certdrill.study.prompt import Prompt


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
    was given (letters or text), None before. `plans` hold what each allowed rating leads to.
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


def about(view: View) -> list[str]:
    """Return where a card stands: domain, objective, kind of turn, and how much is done and left."""
    parts = [view.domain, view.prompt.card.objective, view.state, f"{view.done} done", f"{view.left} left"]
    return [visible(part) for part in parts if part]


def header(view: View, width: int, paint: Paint) -> str:
    """Return the line above a card; where it is short, the domain's title gives way first."""
    title, *place, done, left = about(view)
    counts = f"{done}  {left}" if width >= 48 else left
    turn = "  ".join(place)
    title = cut(title, max(3, width - len(counts) - width_of(turn) - 4))
    gap = width - width_of(f"{title}  {turn}{counts}")
    return f"{paint(title, 'strong')}  {turn}{' ' * max(2, gap)}{paint(counts, 'dim')}"


def question_lines(view: View, width: int, paint: Paint) -> list[str]:
    """Return the question and its lettered options or steps."""
    lines = lay_out(view.prompt.question, width, paint)
    if view.prompt.card.kind == "choice" and view.prompt.content.select > 1:
        lines += ["", paint(f"Choose {view.prompt.content.select}.", "strong")]
    if view.prompt.lines:
        lines.append("")
    for letter, text in view.prompt.lines:
        mark = f"{_box(view, letter)}{letter}  "
        lines += indented(mark, lay_out(text, width - len(mark), paint))
    return lines


def answer_lines(view: View, width: int, paint: Paint) -> list[str]:
    """Return the answer: a verdict where the program graded, the reasons, the explanation and the sources."""
    content = view.prompt.content
    lines = [*_verdict(view, width, paint), *_answer(view, width, paint)]
    if content.why:
        lines += ["", *lay_out(content.why, width, paint)]
    if content.sources:
        lines.append("")
    for source in content.sources:
        lines += _source(source, width, paint)
    return lines


def revealed(view: View, width: int, paint: Paint) -> tuple[list[str], int]:
    """Return question and answer together, and the number of the line where the answer begins."""
    if view.prompt.card.kind in ("choice", "order"):
        above = [*lay_out(view.prompt.question, width, paint), ""]
    else:
        above = [*question_lines(view, width, paint), "", divider("Answer", width, paint), ""]
    return above + answer_lines(view, width, paint), len(above)


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
    """Return an interval in the largest fitting unit: 1m, 10m, 3d, 2.4mo, 1.3y."""
    if not plan.interval:
        minutes = max(0, plan.due_at - now_ms) / 60_000
        return f"{minutes:.0f}m" if minutes < 60 else f"{minutes / 60:.0f}h"
    if plan.interval < 31:
        return f"{plan.interval}d"
    if plan.interval < 365:
        return f"{plan.interval / 30.4375:.1f}mo"
    return f"{plan.interval / 365.25:.1f}y"


def _box(view: View, letter: str) -> str:
    """Return the box before an option: empty, checked, or with the place of a step in the order so far."""
    if view.chosen is None:
        return ""
    place = view.chosen.find(letter) + 1
    return f"[{(str(place) if view.prompt.card.kind == 'order' else 'x') if place else ' '}] "


def _verdict(view: View, width: int, paint: Paint) -> list[str]:
    if view.right is None:
        return []
    if view.right:
        return [paint(f"{paint.symbol('right')} Right", "right"), ""]
    spans = [Span(f"{paint.symbol('wrong')} {'Wrong' if view.answer else 'Not answered'}", "wrong"), Span(". ")]
    if view.answer:
        spans += [Span("You answered "), Span(_given(view), "strong" if view.prompt.lines else "code"), Span(". ")]
    if view.prompt.lines:
        spans += [Span("The answer is "), Span(" ".join(view.prompt.key), "strong"), Span(".")]
    return [*wrap(spans, width, paint), ""]


def _given(view: View) -> str:
    answer = view.answer or ""
    return " ".join(answer) if view.prompt.lines else " ".join(visible(answer).split())


def _answer(view: View, width: int, paint: Paint) -> list[str]:
    kind = view.prompt.card.kind
    if kind == "choice":
        return list(_options(view, width, paint))
    if kind == "order":
        return list(_steps(view, width, paint))
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
