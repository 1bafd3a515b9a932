"""The rules on the findings themselves: items with several flaws, and waivers that hold nothing back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from certdrill.corpus import rules as structural
from certdrill.corpus.lint.sheet import Deck, Finding, Sheet
from certdrill.model import WARNING

# Warnings on what surrounds an item, not on how it is written: they make no flawed item.
NOT_WRITING = frozenset({"verified-old", "source-crowded", "sibling-unmarked"})


def item_flawed(deck: Deck) -> Iterator[Finding]:
    """A choice item has at most one warning.

    Why: one flaw may be the price of a good item, two are a bad one. Warnings of different rules on how the item is
    written count, waived ones do not; its age, a crowded source or a missing contrast do not either.
    Do: write the item anew, or mend one of the two.
    Bad: an item with a long right option and a negative stem
    Good: an item with a negative stem
    """
    flaws: dict[str, dict[str, None]] = defaultdict(dict)
    for rule, severity, finding in deck.kept:
        if severity == WARNING and rule not in NOT_WRITING:
            flaws[finding.card][rule] = None
    for sheet in deck.sheets:
        found = flaws.get(sheet.card.id, {})
        if sheet.card.kind == "choice" and len(found) >= 2:
            yield sheet.found("stem", f"{len(found)} warnings on one item: {', '.join(found)}")


def waiver_unknown(deck: Deck) -> Iterator[Finding]:
    """`lint_ok` names writing rules.

    Why: a misspelt id waives nothing, and nobody notices. Structural problems cannot be waived.
    Do: write the id that stands in brackets behind the warning, or delete the line.
    Bad: lint_ok: [key-longst]
    Good: lint_ok: [key-longest]
    """
    for sheet, number, name in _waivers(deck):
        if name in deck.rules:
            continue
        near = get_close_matches(name, deck.rules, n=1)
        if any(name == rule.id for rule in structural.RULES):
            remedy = "delete it: a structural problem cannot be waived"
        else:
            remedy = f"did you mean {near[0]!r}?" if near else ""
        place = sheet.item_place("lint_ok", number)
        yield sheet.found(place, f"lint_ok names {name!r}, which is no writing rule", "", remedy)


def waiver_unused(deck: Deck) -> Iterator[Finding]:
    """Every waiver under `lint_ok` takes back a warning of its card.

    Why: a waiver left behind hides the next breach of its rule. Errors are never waived, nor are warnings on waivers.
    Do: delete it.
    Bad: lint_ok: [key-longest] on an item whose options are all alike
    Good: lint_ok only where `check` would warn
    """
    broken = {(finding.card, rule) for rule, _, finding in deck.kept}
    for sheet, number, name in _waivers(deck):
        if name in deck.rules and (sheet.card.id, name) not in deck.used:
            remedy = "mend the card: an error is never waived" if (sheet.card.id, name) in broken else ""
            place = sheet.item_place("lint_ok", number)
            yield sheet.found(place, f"the waiver of {name!r} takes back no warning", "", remedy)


def _waivers(deck: Deck) -> Iterator[tuple[Sheet, int, str]]:
    for sheet in deck.sheets:
        for number, name in enumerate(sheet.record.get("lint_ok", ())):
            yield sheet, number, name
