"""The figures of a whole corpus, cue bots and coverage, as lines for people and as JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from certdrill.corpus.lint.coverage import (
    CHOICE_LEAST,
    RECALL_LEAST,
    Cell,
    Coverage,
    Gap,
    cover,
    cover_domain,
    gaps,
)
from certdrill.corpus.lint.cues import Cue, Cues, items_of, measure
from certdrill.corpus.lint.sheet import Sheet
from certdrill.corpus.read import Library
from certdrill.model import KINDS, LEVELS

FEWEST_ITEMS = 10  # fewer say nothing about cues; only a strict corpus or --complete shows them
WIDTH = 96
_EXACT = "key to distractor length"


class Figures:
    """What is measured over the sound cards of a library, or over those of one domain."""

    def __init__(self, library: Library, domain: str = "") -> None:
        self.exam, self.domain = library.exam, domain
        drafts = library.sound()
        cards = [draft.card for draft in drafts]
        objectives = [objective.id for objective in self.exam.objectives]
        sheets = [Sheet(draft) for draft in drafts]
        self.by_domain: dict[str, Cues] = {
            one.id: measure(items_of(sheet for sheet in sheets if sheet.card.domain == one.id), objectives)
            for one in self.exam.domains
            if domain in ("", one.id)
        }
        self.cues = self.by_domain[domain] if domain else measure(items_of(sheets), objectives)
        self.coverage: Coverage = cover_domain(self.exam, cards, domain) if domain else cover(self.exam, cards)

    @property
    def gaps(self) -> list[Gap]:
        """Every reason why the corpus is not complete."""
        return gaps(self.coverage, self.cues)

    def lines(self, *, complete: bool) -> Iterator[str]:
        """Yield the table; of a small corpus without a plan of objectives nothing, unless it should be complete."""
        wanted = complete or self.exam.strict
        if self.cues.items >= FEWEST_ITEMS or (self.cues.items and wanted):
            yield from _cue_lines(self.cues)
        if self.exam.objectives or complete:
            yield from self._coverage_lines()

    def as_json(self) -> dict[str, Any]:
        """Return all figures as JSON values."""
        return {
            "cues": {**_cues_json(self.cues), "domains": {id_: _cues_json(one) for id_, one in self.by_domain.items()}},
            "coverage": _coverage_json(self.coverage),
            "gaps": [gap._asdict() for gap in self.gaps],
        }

    def _coverage_lines(self) -> Iterator[str]:
        covered = sum(cell.is_covered for cell in self.coverage.cells)
        head = f"coverage: {covered} of {len(self.coverage.cells)} objectives have {RECALL_LEAST}+{CHOICE_LEAST} cards"
        yield f"{head if self.coverage.cells else 'coverage':52}  recall  choice   share  weight"
        titles = self.exam.titles()
        for one in self.coverage.domains:
            fair = "" if one.is_fair else "  !"
            yield (
                f"  {titles[one.domain][:48]:50}  {one.recall:6}  {one.choice:6}  {one.share:4.1f} %  "
                f"{one.weight:4.1f} %{fair}"
            )
            cells = [cell for cell in self.coverage.cells if cell.domain == one.domain]
            yield from _matrix(cells) if self.domain else _short(cells)
        if self.coverage.cells and not self.domain:
            yield from _kinds_by_level(self.coverage.cells)
        if self.coverage.levels:
            shares = [
                f"{level.name} {level.share:.0%} ({_bounds(level.least, level.most)}){'' if level.is_fair else ' !'}"
                for level in self.coverage.levels
            ]
            yield from textwrap.wrap(
                "levels: " + "; ".join(shares), WIDTH, initial_indent="  ", subsequent_indent="    "
            )


def _short(cells: list[Cell]) -> list[str]:
    """Return recall and choice cards of many objectives on few lines."""
    texts = [f"{cell.objective}\xa0{cell.recall}+{cell.choice}{'' if cell.is_covered else '!'}" for cell in cells]
    lines = textwrap.wrap("  ".join(texts), WIDTH, initial_indent="    ", subsequent_indent="    ")
    return [line.replace("\xa0", " ") for line in lines]


def _kinds_by_level(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield how many cards of each kind are at each level; `--domain` shows the same for every objective."""
    whole = sum((cell.cards for cell in cells), Counter[tuple[str, str]]())
    yield f"  {'kind and level':16}" + "".join(f"{level:>12}" for level in LEVELS)
    for kind in KINDS:
        yield f"    {kind:14}" + "".join(f"{whole[kind, level] or '.':>12}" for level in LEVELS)


def _matrix(cells: list[Cell]) -> Iterator[str]:
    """Yield a row for every objective: its cards by kind, then by level."""
    if cells:
        yield "    " + f"{'':6}" + "".join(f"{name:>9}" for name in KINDS) + "  |" + "".join(f"{n:>11}" for n in LEVELS)
    for cell in cells:
        kinds = [sum(number for (kind, _), number in cell.cards.items() if kind == one) for one in KINDS]
        levels = [sum(number for (_, level), number in cell.cards.items() if level == one) for one in LEVELS]
        mark = "" if cell.is_covered else "  !"
        counts = "".join(f"{number or '.':>9}" for number in kinds)
        yield f"    {cell.objective:6}{counts}  |" + "".join(f"{number or '.':>11}" for number in levels) + mark


def _cue_lines(cues: Cues) -> Iterator[str]:
    yield f"cues: what a bot wins of {cues.items} single-answer items (guessing wins {cues.chance:.0%})"
    for cue in cues.cues:
        if cue.value is not None:
            value = f"{cue.value:.2f}" if cue.name == _EXACT else f"{cue.value:.0%}"
            yield f"  {cue.name:26}{value:>5}   {_cue_bounds(cue):12}{'' if cue.is_inside else '  !'}".rstrip()


def _cue_bounds(cue: Cue) -> str:
    if cue.name == _EXACT:
        return f"{cue.least:.2f} to {cue.most:.2f}"
    return _bounds(cue.least, cue.most)


def _bounds(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f"{max(least, 0):.0%} to {most:.0%}"
    if least is not None:
        return f"at least {least:.0%}"
    return f"at most {most:.0%}" if most is not None else ""


def _cues_json(cues: Cues) -> dict[str, Any]:
    bots = [{**cue._asdict(), "inside": cue.is_inside} for cue in cues.cues]
    return {"items": cues.items, "chance": cues.chance, "bots": bots}


def _coverage_json(coverage: Coverage) -> dict[str, Any]:
    objectives = [
        {
            "id": cell.objective,
            "domain": cell.domain,
            "recall": cell.recall,
            "choice": cell.choice,
            "covered": cell.is_covered,
            "cards": [{"kind": kind, "level": level, "number": n} for (kind, level), n in sorted(cell.cards.items())],
        }
        for cell in coverage.cells
    ]
    return {
        "objectives": objectives,
        "domains": [{**one._asdict(), "fair": one.is_fair} for one in coverage.domains],
        "levels": [{**one._asdict(), "fair": one.is_fair} for one in coverage.levels],
    }
