"""The numbers and names by which Anki knows our things again; derived from fixed names, and never changed."""

from __future__ import annotations

from hashlib import sha256

# As milliseconds all ids lie between 2004 and 2022: Anki replaces ids that are ahead of its clock.
_FIRST, _ROOM = 1 << 40, 1 << 39
_DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]  # two digits at a time, for speed


def fixed_id(*names: str) -> int:
    """Return the id of the thing with these names: a note type, field, template, deck or preset."""
    digest = sha256("\0".join(("certdrill", *names)).encode()).digest()
    return _FIRST + int.from_bytes(digest[:8], "big") % _ROOM


def guid(exam: str, card: str) -> str:
    """Return the key by which Anki matches a card's note with the one it already has.

    64 bits of a SHA-256 in base 91, as Anki and genanki write theirs; a test holds it equal to genanki's.
    """
    number = int.from_bytes(sha256(f"{exam}__{card}".encode()).digest()[:8], "big")
    text = ""
    while number:
        number, pair = divmod(number, len(_PAIRS))
        text = _PAIRS[pair] + text
    return text.lstrip("a")
