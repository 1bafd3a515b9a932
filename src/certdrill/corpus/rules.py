"""The structural rules a corpus must keep: one function each, all in one tuple; they look, they never mend."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from certdrill import cloze
from certdrill.corpus import lock as locks
from certdrill.corpus.fields import STRICT_FIELDS
from certdrill.corpus.files import LOCK, Listing, MediaFile
from certdrill.corpus.read import Draft, Library
from certdrill.corpus.shapes import missing
from certdrill.corpus.yaml_events import Items, excerpt, lines_of
from certdrill.markup import visible
from certdrill.model import ERROR, PICTURES, SOUNDS, WARNING, Place, Problem

MOST_MEDIA = 10_000_000  # bytes of one picture or sound
Finding = tuple[Place, str, str, str]  # place, message, remedy, card id


class Rule(NamedTuple):
    """One rule: its id, how grave breaking it is, and the function that finds where it is broken."""

    id: str
    severity: str
    find: Callable[[Library], Iterator[Finding]]


def check(library: Library) -> list[Problem]:
    """Run every rule over the library, add what is found to its problems and return them all, in file order."""
    read = cache(lambda file: lines_of(library.files.get(file, b"")))
    found = [
        Problem(place, visible(message), remedy, rule.id, rule.severity, excerpt(read(place.file), place), card)
        for rule in RULES
        for place, message, remedy, card in rule.find(library)
    ]
    library.problems = sorted([*library.problems, *found], key=lambda problem: (problem.place, problem.rule))
    return library.problems


def repeated_id(library: Library) -> Iterator[Finding]:
    """Every id is used once in the whole corpus."""
    first: dict[str, Place] = {}
    for card, place in library.ids:
        if card in first:
            message = f"the id {card!r} again (first in {first[card].file}:{first[card].line})"
            yield place, message, "give one of the two an id of its own", card
        first.setdefault(card, place)


def unknown_objective(library: Library) -> Iterator[Finding]:
    """A card's objective is one of the blueprint's, and of the card's domain."""
    domains = {objective.id: objective.domain for objective in library.exam.objectives}
    known = {domain.id for domain in library.exam.domains}
    for draft in library.drafts:
        card = draft.card
        if not card.objective:
            continue
        if card.objective not in domains:
            message = f"the unknown objective {card.objective!r}"
            yield draft.place("objective"), message, "use an objective id of exam.yaml", card.id
        elif domains[card.objective] != card.domain and card.domain in known:
            message = f"objective {card.objective} belongs to the domain {domains[card.objective]!r}"
            yield draft.place("objective"), message, "move the card or name another objective", card.id


def mock_objective(library: Library) -> Iterator[Finding]:
    """An item of a mock form names its objective, which says to which domain it belongs."""
    for draft in library.drafts:
        if draft.card.form and not draft.card.objective:
            problem = missing(draft.place("kind"), "objective", "an item of a mock form")
            yield problem.place, problem.message, problem.remedy, draft.card.id


def strict_fields(library: Library) -> Iterator[Finding]:
    """In a strict corpus every card names objective, level and sources, and every option its reason."""
    if not library.exam.strict:
        return
    for draft in library.drafts:
        for key in STRICT_FIELDS:
            if key not in draft.record:
                problem = missing(draft.place("kind"), key, "a card of a strict corpus")
                yield problem.place, problem.message, problem.remedy, draft.card.id
        for option, place in zip(draft.record.get("options", ()), _item_places(draft, "options"), strict=True):
            if "why" not in option:
                problem = missing(place, "why", "an option of a strict corpus", "why it is right or wrong here")
                yield problem.place, problem.message, problem.remedy, draft.card.id


def choice_key(library: Library) -> Iterator[Finding]:
    """A choice item has as many right options as it says, and a wrong one."""
    for draft in library.drafts:
        if draft.card.kind != "choice":
            continue
        right = sum(option.get("correct", False) for option in draft.record["options"])
        wanted = draft.record.get("select", 1)
        if right != wanted:
            message = f"{right} options are marked right where select is {wanted}"
            remedy = "mark the right ones with `correct: true`, or change `select`"
            yield draft.place("options"), message, remedy, draft.card.id
        elif right == len(draft.record["options"]):
            yield draft.place("options"), "every option is right", "add a wrong one", draft.card.id


def repeated_item(library: Library) -> Iterator[Finding]:
    """No option and no step stands twice in one card."""
    for draft in library.drafts:
        options = [option["text"] for option in draft.record.get("options", ())]
        for key, texts in (("options", options), ("steps", draft.record.get("steps", []))):
            folded = [" ".join(text.split()).casefold() for text in texts]
            for number, place in enumerate(_item_places(draft, key)):
                if folded[number] in folded[:number]:
                    yield place, f"the same text twice under {key}", "change or delete one", draft.card.id


def cloze_deletions(library: Library) -> Iterator[Finding]:
    """A cloze text has deletions, numbered from c1 without a gap, none inside another."""
    for draft in library.drafts:
        if draft.card.kind != "cloze":
            continue
        text = draft.record["text"]
        numbers = cloze.numbers(text)
        place = draft.place("text")
        if not numbers:
            yield place, "a cloze without a deletion", "mark one: {{c1::answer}}", draft.card.id
        elif numbers != list(range(1, len(numbers) + 1)):
            found = ", ".join(f"c{number}" for number in numbers)
            yield place, f"deletions numbered {found}", "number them from c1 without a gap", draft.card.id
        elif len(numbers) > 9:
            yield place, f"{len(numbers)} deletions in one card", "make several cards of it", draft.card.id
        deletions = [piece for piece in cloze.pieces(text) if piece.number]
        if numbers and len(re.findall(r"\{\{c\d+::", text)) != len(deletions):
            remedy = "close each deletion with }} before the next opens, and number them from c1 to c9"
            yield place, "a deletion inside or after an open one", remedy, draft.card.id
        for piece in deletions:
            if not piece.text.strip():
                yield place, f"the deletion c{piece.number} is empty", "write the answer in it", draft.card.id


def media_file(library: Library) -> Iterator[Finding]:
    """A picture or sound is a file of a known kind in the corpus, small enough for a phone."""
    there = library.files.media if isinstance(library.files, Listing) else None
    for draft in library.drafts:
        for item, place in zip(draft.record.get("media", ()), _item_places(draft, "media"), strict=True):
            path = item if isinstance(item, str) else item["file"]
            if fault := _path_fault(path) or (_file_fault(path, there) if there is not None else None):
                yield place, *fault, draft.card.id


def _path_fault(path: str) -> tuple[str, str] | None:
    """Return what is wrong with a path and its remedy, without a look at the disk."""
    if re.match(r"[A-Za-z]:|[/\\~]", path) or "\\" in path:
        remedy = "write it from the folder of exam.yaml, with `/`: pictures/recall.png"
        return f"the path {path!r} where one inside the corpus belongs", remedy
    if any(part in ("", "..") or part.startswith(".") for part in path.split("/")):
        remedy = "keep the file in the folder of the corpus and name it without `.`, `..` or `//`"
        return f"the path {path!r} leaves the corpus or is hidden", remedy
    if path.rpartition(".")[2].lower() not in (*PICTURES, *SOUNDS) or "." not in path:
        return f"{path!r} is no picture or sound that Anki shows everywhere", f"use {', '.join((*PICTURES, *SOUNDS))}"
    return None


def _file_fault(path: str, there: dict[str, MediaFile]) -> tuple[str, str] | None:
    found = there.get(path)
    if found is None:
        remedy = "put it into the corpus, not behind a link to another folder, or mend the path"
        return f"there is no file {path!r}", remedy
    if found.fault:
        return f"{path!r} cannot be used: {found.fault}", "put the file itself into the corpus"
    if found.size > MOST_MEDIA:
        return f"{path!r} has {found.size / 1e6:.1f} MB, more than {MOST_MEDIA / 1e6:.0f}", "make it smaller"
    return None


def unknown_reference(library: Library) -> Iterator[Finding]:
    """`contrast` and `requires` name other cards of the corpus."""
    known = {card for card, _ in library.ids}
    for draft in library.drafts:
        for key in ("contrast", "requires"):
            for other, place in zip(draft.record.get(key, ()), _item_places(draft, key), strict=True):
                if other == draft.card.id:
                    yield place, f"the card names itself under {key}", "delete it", draft.card.id
                elif other not in known and library.is_whole:
                    yield (
                        place,
                        f"the unknown card {other!r} under {key}",
                        "use an id of this corpus",
                        draft.card.id,
                    )


def retired_id(library: Library) -> Iterator[Finding]:
    """An id that was retired is never used again, and what replaced it exists."""
    ids = {card for card, _ in library.ids}
    for draft in library.drafts:
        if draft.card.id in library.retired:
            message = f"the id {draft.card.id!r} was retired"
            yield (
                draft.place(),
                message,
                "give the card a new id; old histories keep the retired one",
                draft.card.id,
            )
    for card, one in library.retired.items():
        other = one.get("replaced_by")
        if other and other not in ids and other not in library.retired and library.is_whole:
            message = f"the unknown card {other!r} under replaced_by"
            yield library.retired_places[card], message, "use an id of this corpus", ""


def broken_lock(library: Library) -> Iterator[Finding]:
    """`ids.lock` is what certdrill wrote, for this exam."""
    try:
        lock = locks.parse(library.lock)
    except locks.BadLockError as error:
        message = f"the lock cannot be read ({error})"
        yield Place(LOCK), message, "bring back its last good version; it is never edited by hand", ""
        return
    if lock.exam and lock.exam != library.exam.id:
        message = f"the lock belongs to the exam {lock.exam!r}, the blueprint says {library.exam.id!r}"
        yield Place("exam.yaml"), message, "an exam's id never changes: restore it", ""


def vanished_id(library: Library) -> Iterator[Finding]:
    """A card that was once recorded is still there, or retired."""
    if not library.is_whole:
        return
    present = {card for card, _ in library.ids}
    lines = library.lock.decode("utf-8", "replace").split("\n")
    for card in _lock(library).cards:
        if card not in present and card not in library.retired:
            own = f"{json.dumps(card)}:"
            line = next((number for number, line in enumerate(lines, 1) if line.strip().startswith(own)), 1)
            remedy = "bring it back or mend its id; if it is gone for good, add it to retired.yaml with date and reason"
            yield Place(LOCK, line), f"the card {card!r} has vanished", remedy, ""


def changed_kind(library: Library) -> Iterator[Finding]:
    """A card keeps its kind and never lowers its rev: both are part of what its history means."""
    entries = _lock(library).cards
    for draft in library.drafts:
        card = draft.card
        old = entries.get(card.id)
        if old and old.kind != card.kind:
            message = f"{card.id!r} was a {old.kind} card"
            yield (
                draft.place("kind"),
                message,
                "a card of another kind is a new fact: give it a new id",
                card.id,
            )
        elif old and old.rev > card.rev:
            message = f"rev {card.rev} after rev {old.rev}"
            yield draft.place("rev"), message, f"rev only grows: write {old.rev} or more", card.id


def changed_answer(library: Library) -> Iterator[Finding]:
    """A changed answer comes with a new rev, or is accepted as cosmetic."""
    entries = _lock(library).cards
    for draft in library.drafts:
        card = draft.card
        old = entries.get(card.id)
        if old and old.kind == card.kind and old.rev == card.rev and old.meaning != locks.meaning(draft.record):
            remedy = (
                f"if it means something else now, raise `rev` to {card.rev + 1} and the card is due again; "
                "if only its wording changed, accept it with `certdrill check --write-lock`"
            )
            yield draft.place(), f"the answer of {card.id!r} changed under the same rev", remedy, card.id


def _item_places(draft: Draft, key: str) -> list[Place]:
    node = draft.node.values.get(key) if key in draft.record else None
    return [item.place for item in node.values] if isinstance(node, Items) else []


def _lock(library: Library) -> locks.Lock:
    try:
        return locks.parse(library.lock)
    except locks.BadLockError:
        return locks.Lock()


RULES = (
    Rule("id-repeated", ERROR, repeated_id),
    Rule("objective-unknown", ERROR, unknown_objective),
    Rule("mock-objective", ERROR, mock_objective),
    Rule("strict-missing", ERROR, strict_fields),
    Rule("choice-key", ERROR, choice_key),
    Rule("item-repeated", ERROR, repeated_item),
    Rule("cloze-deletions", ERROR, cloze_deletions),
    Rule("media-file", ERROR, media_file),
    Rule("reference-unknown", ERROR, unknown_reference),
    Rule("id-retired", ERROR, retired_id),
    Rule("lock-broken", ERROR, broken_lock),
    Rule("id-vanished", ERROR, vanished_id),
    Rule("kind-changed", ERROR, changed_kind),
    Rule("answer-changed", WARNING, changed_answer),
)
