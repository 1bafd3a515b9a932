"""What a text says in words: its visible prose, its sentences, its content words and how alike two sets of them are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import lru_cache

from certdrill.markup import Block, Bullets, Code, Paragraph, parse, plain

_TOKEN = re.compile(r"\w(?:[\w.@'\u2019/-]*\w|,(?=\d))*")
_LETTERS_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # kana and ideographs
_SENTENCE_END = re.compile(r"(?<=[.?!\uff1f\uff01\u3002])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!etc\.)\s+(?=[^a-z])")
MARKS = ("?", "\uff1f", "\u061f")  # what ends a question: ASCII, full width, Arabic
_ARTICLES = frozenset({"a", "an", "the"})

# Words that carry grammar rather than content.
_GRAMMAR = """
    a about above after again against all along also although always am among an and another any are around as at away
    back be became because become been before behind being below besides between beyond both but by can cannot could
    did do does doing done down during each either else even ever every few for from further gets give given gives go
    goes had has have having he hence her here him his how however i if in instead into is it its itself just least
    less let lets like made make makes many may me might more most much must my need needs neither never no none nor
    not now of off often on once one only onto or other others otherwise our out over own per rather same she should
    since so some still such than that the their them then there therefore these they this those though through thus
    to together too toward two under until up upon us use used uses using very via was way we well were what when
    whenever where whereas whether which while who whole whom whose why will with within without would yet you your
    """
STOP = frozenset(_GRAMMAR.split())


@lru_cache(maxsize=100_000)
def prose(text: str) -> str:
    """Return the visible words of a card's text on one line, code blocks left out."""
    return " ".join(" ".join(_running(parse(text))).split())


def shown(text: str) -> str:
    """Return the prose of a text, or its code where it is nothing else."""
    return prose(text) or plain(text)


def _running(blocks: Iterable[Block]) -> list[str]:
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            parts.append("".join(span.text for span in block.spans))
        elif isinstance(block, Bullets):
            parts += [part for item in block.items for part in _running(item)]
        elif not isinstance(block, Code):
            parts += ["".join(span.text for span in cell) for row in block.rows for cell in row]
    return parts


def list_length(text: str) -> int:
    """Return how many items the longest list of a text has; 0 without a list."""
    return max((len(block.items) for block in parse(text) if isinstance(block, Bullets)), default=0)


def count(text: str) -> int:
    """Return the number of words; two letters of a script without spaces count as one word."""
    dense = len(_LETTERS_WITHOUT_SPACES.findall(text))
    spaced = _LETTERS_WITHOUT_SPACES.sub(" ", text) if dense else text
    return sum(any(map(str.isalnum, word)) for word in spaced.split()) + (dense + 1) // 2


def sentences(text: str) -> list[str]:
    """Split prose into its sentences."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def question(text: str) -> str:
    """Return the last sentence of prose that asks, or its last sentence."""
    found = sentences(text)
    return next((one for one in reversed(found) if one.endswith(MARKS)), found[-1] if found else "")


@lru_cache(maxsize=100_000)
def tokens(text: str) -> tuple[str, ...]:
    """Return the words of prose in lower case, in order."""
    return tuple(_TOKEN.findall(text.casefold()))


@lru_cache(maxsize=100_000)
def content(text: str) -> frozenset[str]:
    """Return the content words of prose: no grammar words, plural and singular alike."""
    return frozenset(_root(token) for token in tokens(text) if token not in STOP)


def _root(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("\u2019s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def phrase(text: str) -> tuple[str, ...]:
    """Return the words of prose in lower case, in order, articles left out."""
    return tuple(token for token in tokens(text) if token not in _ARTICLES)


def holds(text: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether the words `part` stand together and in this order in `text`."""
    if not part or part[0] not in text:
        return False
    return any(text[at : at + len(part)] == part for at in range(len(text) - len(part) + 1))


def jaccard(one: Set[str], other: Set[str]) -> float:
    """Return how much two sets share: the size of what is common over the size of all; 0 for two empty sets."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0
