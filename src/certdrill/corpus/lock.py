"""`ids.lock`: what must be remembered of every card for good - its identity, its age and its place in its domain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from certdrill.cloze import pieces
from certdrill.model import Card, Exam

SCHEMA = 1
ID_STEP = 100  # Anki's card ids are note id + 1 + part, so notes stand apart by more than a note has parts
_NOT_SHOWN = ("verified", "lint_ok", "difficulty", "requires", "contrast", "volatile", "since", "rev")


class Entry(NamedTuple):
    """One card's line in the lock.

    `meaning` is the hash of its answer and `looks` that of all an export shows. `seen` is when the card was first
    recorded (UTC ms, unique: it serves as Anki's note id), `changed` when its looks last changed (UTC s). `order`
    maps each unit's part to its place in the append-only list of `domain`; it is empty for mock items.
    """

    kind: str
    rev: int
    meaning: str
    looks: str
    seen: int
    changed: int
    domain: str
    order: dict[str, int]


_TYPES = [str, int, str, str, int, int, str, dict]  # of an entry's fields


class Lock(NamedTuple):
    """All entries by card id, and the exam they belong to."""

    exam: str = ""
    cards: dict[str, Entry] = {}  # noqa: RUF012 - a NamedTuple's default, never changed in place


class BadLockError(ValueError):
    """The lock's text is not what certdrill wrote."""


def parse(raw: bytes) -> Lock:
    """Read a lock; an empty text is an empty lock. Raises BadLockError for anything else that is not a lock."""
    if not raw.strip():
        return Lock()
    try:
        whole = json.loads(raw)
        schema = whole["schema"]
        lock = Lock(whole["exam"], {card: Entry(**entry) for card, entry in whole["cards"].items()})
    except KeyError as error:
        raise BadLockError(f"no {error}") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        if b"<<<<<<<" in raw:
            raise BadLockError(
                "it holds the marks of a merge: keep the lines of both sides, one for each card"
            ) from None
        raise BadLockError("its text is not what certdrill wrote") from None
    if schema != SCHEMA:
        raise BadLockError(f"schema {schema!r} instead of {SCHEMA}")
    for card, entry in lock.cards.items():
        if [type(value) for value in entry] != _TYPES or not all(type(at) is int for at in entry.order.values()):
            raise BadLockError(f"the entry of {card!r} is not one of certdrill's")
    by_seen = sorted((entry.seen, card) for card, entry in lock.cards.items())
    for (earlier, first), (later, second) in pairwise(by_seen):
        if later - earlier < ID_STEP:
            raise BadLockError(f"{first!r} and {second!r} were given one number: take one of the two entries out")
    return lock


def dump(lock: Lock) -> bytes:
    """Write a lock as JSON with one line a card, sorted by id, so that versions merge line by line."""
    lines = [f"  {json.dumps(card)}: {json.dumps(entry._asdict())}" for card, entry in sorted(lock.cards.items())]
    head = f'{{"schema": {SCHEMA}, "exam": {json.dumps(lock.exam)}, "cards": {{\n'
    return (head + ",\n".join(lines) + "\n}}\n").encode()


def meaning(record: dict[str, Any]) -> str:
    """Return the hash of what counts as the answer of a card."""
    answers: dict[str, Any] = {
        "basic": lambda: record["back"],
        "reversed": lambda: [record["front"], record["back"]],
        "cloze": lambda: sorted((piece.number, piece.text) for piece in pieces(record["text"]) if piece.number),
        "typed": lambda: [record["answer"], sorted(record.get("accept", ()))],
        "choice": lambda: sorted(option["text"] for option in record["options"] if option.get("correct")),
        "order": lambda: record["steps"],
    }
    return _hash(_reflowed(answers[record["kind"]]()))


def looks(record: dict[str, Any], card: Card, exam: Exam) -> str:
    """Return the hash of everything an export shows of a card, its domain's title and objective's text included."""
    objective = next((one.text for one in exam.objectives if one.id == card.objective), "")
    around = [card.domain, exam.titles().get(card.domain, ""), objective, list(card.tags)]
    return _hash([around, {key: value for key, value in record.items() if key not in _NOT_SHOWN}])


def _reflowed(value: Any) -> Any:
    """Return texts with every stretch of white space as one space: breaking lines anew changes no answer."""
    if isinstance(value, str):
        return " ".join(value.split())
    return [_reflowed(one) for one in value] if isinstance(value, list | tuple) else value


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def updated(lock: Lock, exam: Exam, cards: Iterable[tuple[Card, dict[str, Any]]], now_ms: int, *, accept: bool) -> Lock:
    """Return the lock after `cards` (heads and plain fields, in reading order) were seen at `now_ms` (UTC ms).

    New cards are added at the end of their domain's list, first units before second ones, so that siblings stand
    apart. Changed looks get a new `changed`. A changed answer under the same `rev` keeps its old meaning, so that
    the warning stays, unless `accept` says that it is cosmetic. Entries of cards that are gone are kept.
    """
    entries = dict(lock.cards)
    known = list(cards)
    ends: dict[str, int] = {}
    for entry in entries.values():
        ends[entry.domain] = max(ends.get(entry.domain, 0), *(place + 1 for place in entry.order.values()), 0)
    fresh = sum(card.id not in entries for card, _ in known)
    seen = max(now_ms - ID_STEP * fresh, max((entry.seen for entry in entries.values()), default=0) + ID_STEP)
    for card, record in known:
        old = entries.get(card.id)
        new = Entry(
            card.kind,
            card.rev,
            meaning(record),
            looks(record, card, exam),
            seen,
            now_ms // 1000,
            card.domain,
            {},
        )
        if old is None:
            seen += ID_STEP
        else:
            order = old.order if old.domain == card.domain else {}
            changed = old.changed if old.looks == new.looks else max(new.changed, old.changed + 1)
            undeclared = old.meaning != new.meaning and old.rev == new.rev and not accept
            kept = old.meaning if undeclared else new.meaning
            new = new._replace(seen=old.seen, changed=changed, meaning=kept, order=dict(order))
        entries[card.id] = new
    for part in range(max((len(card.units) for card, _ in known), default=0)):
        for card, _ in known:
            if card.form or part >= len(card.units) or card.units[part] in entries[card.id].order:
                continue
            place = ends.get(card.domain, 0)
            entries[card.id].order[card.units[part]] = place
            ends[card.domain] = place + 1
    return Lock(exam.id, entries)
