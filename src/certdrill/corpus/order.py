"""The order in which a domain's cards are met: every objective from its foundations to its scenarios, in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from certdrill.model import LEVELS

if TYPE_CHECKING:
    from certdrill.corpus.read import Draft

_SCENARIOS = ("choice",)


def reading_order(drafts: Iterable[Draft]) -> list[Draft]:
    """Return the cards domain by domain, in the order in which new ones are met.

    Within an objective they go from level to level, recall before choice items, else as the files have them. The
    objectives of a domain are dealt evenly: the card in the middle of its objective stands in the middle of its domain.
    So every beginning of the list covers all objectives, and the list as a whole goes from foundations to scenarios.
    A card comes after those of its domain that it `requires`.
    """
    domains: dict[str, dict[str, list[Draft]]] = {}
    for draft in drafts:
        domains.setdefault(draft.card.domain, {}).setdefault(draft.card.objective, []).append(draft)
    return [draft for objectives in domains.values() for draft in _domain(objectives)]


def _domain(objectives: Mapping[str, list[Draft]]) -> Iterable[Draft]:
    places: list[tuple[float, int, Draft]] = []
    for number, drafts in enumerate(objectives.values()):
        drafts.sort(key=_depth)
        places += (((at + 0.5) / len(drafts), number, draft) for at, draft in enumerate(drafts))
    places.sort(key=lambda place: place[:2])
    return _after_required([draft for _, _, draft in places])


def _depth(draft: Draft) -> tuple[int, bool]:
    level = draft.card.level
    return LEVELS.index(level) if level in LEVELS else 0, draft.card.kind in _SCENARIOS


def _after_required(drafts: list[Draft]) -> list[Draft]:
    """Move cards that would come before one they require behind it; a circle is broken where it is met first."""
    by_id = {draft.card.id: draft for draft in drafts}
    entered: set[str] = set()
    done: list[Draft] = []

    def path_from(draft: Draft) -> tuple[Draft, Iterator[Draft]]:
        entered.add(draft.card.id)
        return draft, (by_id[one] for one in draft.record.get("requires", ()) if one in by_id)

    for first in drafts:
        path = [] if first.card.id in entered else [path_from(first)]
        while path:
            draft, required = path[-1]
            earlier = next((one for one in required if one.card.id not in entered), None)
            if earlier is None:
                done.append(draft)
                path.pop()
            else:
                path.append(path_from(earlier))
    return done
