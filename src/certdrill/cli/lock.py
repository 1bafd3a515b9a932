"""Bring `ids.lock` up to date for the commands that may: read, compare and save as one step, alone in the folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from certdrill.cli.context import Context
from certdrill.corpus.files import LOCK, media_name
from certdrill.corpus.load import is_installed
from certdrill.corpus.lock import BadLockError, Lock, dump, parse, updated
from certdrill.corpus.records import media_of
from certdrill.corpus.save import alone, save
from certdrill.errors import CardsNotWritableError, LockNotWritableError, UnreadableFileError
from certdrill.model import Card, Exam


def recorded(
    folder: str, exam: Exam, cards: Sequence[tuple[Card, dict[str, Any]]], context: Context, *, accept: bool = False
) -> Lock:
    """Return the lock with every card in it, saved when something was new or changed.

    With `accept` changed answers are taken as cosmetic. Raises LockNotWritableError for a folder that cannot be
    written or is part of an installed package, and NowNeedsCardsError under a made-up time.
    """
    path = os.path.join(folder, LOCK)
    cards = [(card, _shown(record, folder)) for card, record in cards]
    with alone(folder):
        lock = _read(path)
        after = updated(lock, exam, cards, context.now().ms, accept=accept)
        if after == lock:
            return lock
        changed = [card for card, entry in after.cards.items() if lock.cards.get(card) != entry]
        if is_installed(folder):
            raise LockNotWritableError(path, changed)
        after = updated(lock, exam, cards, context.lock_time(), accept=accept)
        try:
            save([(path, dump(after))])
        except CardsNotWritableError:
            raise LockNotWritableError(path, changed) from None
    click.echo(f"{len(changed)} cards recorded in {path}", err=True)
    return after


def _shown(record: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return a card's fields with its pictures and sounds as a deck names them, so that the lock sees a changed one."""
    if "media" not in record:
        return record
    return {**record, "media": [[media_name(one.path), one.alt, one.side] for one in media_of(record, folder)]}


def _read(path: str) -> Lock:
    """Return the lock as it stands now; raise UnreadableFileError for one that certdrill did not write."""
    if not os.path.exists(path):
        return Lock()
    with open(path, "rb") as file:
        raw = file.read()
    try:
        return parse(raw)
    except BadLockError as error:
        raise UnreadableFileError(path, str(error)) from None
