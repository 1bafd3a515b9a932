"""The numbers and names by which Anki knows our things again; derived from fixed names, and never changed."""

from __future__ import annotations

from hashlib import sha256

# As milliseconds all ids lie between 2004 and 2022: Anki replaces ids that are ahead of its clock.
_FIRST, _ROOM = 1 << 40, 1 << 39


def fixed_id(*names: str) -> int:
    """Return the id of the thing with these names: a note type, field, template or deck."""
    digest = sha256("\0".join(("certdrill", *names)).encode()).digest()
    return _FIRST + int.from_bytes(digest[:8], "big") % _ROOM


def guid(exam: str, card: str) -> str:
    """Return the key by which Anki matches a card's note with the one it already has."""
    from genanki.util import guid_for

    return str(guid_for(exam, card))
