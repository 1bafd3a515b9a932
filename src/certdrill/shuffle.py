"""The one fixed shuffle: an order that hangs on a card's id and its texts, never on the order written."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def shuffled(card: str, texts: Sequence[str]) -> list[int]:
    """Return the indexes of `texts` in their shuffled order: sorted by a hash of the card's id and the text."""
    keys = [sha256(f"{card}\0{text}".encode()).digest() for text in texts]
    return sorted(range(len(texts)), key=lambda at: (keys[at], at))
