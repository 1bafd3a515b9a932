"""What was typed beside what is right, letter by letter."""

from __future__ import annotations

from typing import NamedTuple

from certdrill.markup import visible


class Stretch(NamedTuple):
    """A stretch of letters; `agrees` when the other text has it in the same place."""

    text: str
    agrees: bool


def compared(given: str, right: str) -> tuple[list[Stretch], list[Stretch]]:
    """Split both texts into stretches that agree and that do not; letter case counts, runs of spaces do not.

    The letters of each side, joined, are that side's text; the agreeing stretches of both are the same.
    """
    from difflib import SequenceMatcher

    mine, theirs = (" ".join(visible(text).split()) for text in (given, right))
    ours: list[Stretch] = []
    wanted: list[Stretch] = []
    for kind, start, end, begin, stop in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if end > start:
            ours.append(Stretch(mine[start:end], kind == "equal"))
        if stop > begin:
            wanted.append(Stretch(theirs[begin:stop], kind == "equal"))
    return ours, wanted
