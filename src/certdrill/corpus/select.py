"""Filters on cards: by domain, objective, tag, kind and level; names are resolved kindly, unknown ones refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certdrill.corpus.load import Corpus
from certdrill.errors import UnknownNameError
from certdrill.model import KINDS, LEVELS, Card

STATES = ("new", "learning", "review", "suspended", "due")


class Filters(NamedTuple):
    """What was asked for; an empty field lets everything through, several values of one field are alternatives."""

    domains: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


def resolve(filters: Filters, corpus: Corpus) -> Filters:
    """Replace every name by the exact one of the corpus; raise UnknownNameError with the nearest names."""
    titles = corpus.exam.titles()
    objectives = [objective.id for objective in corpus.exam.objectives]
    return Filters(
        tuple(domain_named(name, titles) for name in filters.domains),
        tuple(exact("objective", name, objectives) for name in filters.objectives),
        tuple(exact("tag", name, tags_of(corpus)) for name in filters.tags),
        tuple(exact("kind", name, KINDS) for name in filters.kinds),
        tuple(exact("level", name, LEVELS) for name in filters.levels),
        tuple(exact("state", name, STATES) for name in filters.states),
    )


def matching(cards: Iterable[Card], filters: Filters) -> list[Card]:
    """Return the drillable cards that pass resolved filters (states are left to who knows the history)."""
    return [card for card in cards if not card.form and _passes(card, filters)]


def _passes(card: Card, filters: Filters) -> bool:
    return (
        (not filters.domains or card.domain in filters.domains)
        and (not filters.objectives or card.objective in filters.objectives)
        and (not filters.tags or not set(card.tags).isdisjoint(filters.tags))
        and (not filters.kinds or card.kind in filters.kinds)
        and (not filters.levels or card.level in filters.levels)
    )


def tags_of(corpus: Corpus) -> list[str]:
    """Return the tags of all drillable cards; those of mock items alone would give something of a form away."""
    return sorted({tag for card in corpus.cards if not card.form for tag in card.tags})


def exact(what: str, name: str, known: Sequence[str]) -> str:
    """Return a known name as it is written, if need be in other letter case; raise UnknownNameError."""
    if name in known:
        return name
    folded = [one for one in known if one.casefold() == name.casefold()]
    if len(folded) == 1:
        return folded[0]
    raise UnknownNameError(what, name, known)


def domain_named(name: str, titles: dict[str, str]) -> str:
    """Resolve an id, a title or an unambiguous beginning of either, whatever the case; raise UnknownNameError."""
    wanted = name.casefold().strip()
    for domain, title in titles.items():
        if wanted in (domain.casefold(), title.casefold()):
            return domain
    begun = [
        domain
        for domain, title in titles.items()
        if wanted and (domain.casefold().startswith(wanted) or title.casefold().startswith(wanted))
    ]
    if len(begun) == 1:
        return begun[0]
    raise UnknownNameError("domain", name, [*titles], begun)
