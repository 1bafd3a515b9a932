from __future__ import annotations

from collections import Counter

import pytest

from certdrill.corpus.files import LOCK, list_files
from certdrill.corpus.lock import parse
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.rules import check
from certdrill.model import KINDS, LEVELS
from conftest import CARDS

WEIGHTS = {
    "design-applications": 14,
    "data-preparation": 14,
    "application-development": 30,
    "assembling-deploying": 22,
    "governance": 8,
    "evaluation-monitoring": 12,
}


@pytest.fixture(scope="module")
def shipped() -> Library:
    return read_library(list_files(str(CARDS)))


def test_check_finds_nothing(shipped: Library) -> None:
    """The cards that come with certdrill are sound, to the last warning."""
    assert [str(problem) for problem in check(shipped)] == []
    assert len(shipped.sound()) == len(shipped.drafts)


def test_the_blueprint_is_the_exam_pages(shipped: Library) -> None:
    """Six domains with the published weights, in the published order, 45 items in 90 minutes."""
    exam = shipped.exam
    assert list(exam.weights().items()) == list(WEIGHTS.items())
    assert (exam.id, exam.items, exam.minutes) == ("databricks-genai-engineer-associate", 45, 90)
    assert exam.strict


def test_the_objectives_are_the_exam_guides(shipped: Library) -> None:
    """56 objectives, numbered within their domain without a gap."""
    numbers = Counter(objective.domain for objective in shipped.exam.objectives)
    assert sum(numbers.values()) == 56
    expected = [f"{part}.{number + 1}" for part, domain in enumerate(WEIGHTS, 1) for number in range(numbers[domain])]
    assert [objective.id for objective in shipped.exam.objectives] == expected


def test_the_profile_by_objective_counts_them(shipped: Library) -> None:
    """Each domain weighs as many as it has objectives."""
    numbers = Counter(objective.domain for objective in shipped.exam.objectives)
    assert shipped.exam.weights("by-objective") == dict(numbers)


def test_every_domain_has_cards_enough_to_begin(shipped: Library) -> None:
    """At least twelve each, and sixteen in the heaviest."""
    numbers = Counter(draft.card.domain for draft in shipped.drafts if not draft.card.form)
    assert {domain: numbers[domain] for domain in WEIGHTS if numbers[domain] < 12} == {}
    assert numbers["application-development"] >= 16


def test_every_kind_and_level_is_there(shipped: Library) -> None:
    """A first drill shows all that certdrill can ask."""
    assert {draft.card.kind for draft in shipped.drafts} == set(KINDS)
    assert {draft.card.level for draft in shipped.drafts} == set(LEVELS)


def test_every_card_says_where_it_was_read(shipped: Library) -> None:
    """Each has a source, and all are https."""
    urls = {draft.card.id: [source["url"] for source in draft.record["sources"]] for draft in shipped.drafts}
    assert {card: found for card, found in urls.items() if not found} == {}
    assert [url for found in urls.values() for url in found if not url.startswith("https://")] == []


def test_every_card_was_verified_and_names_its_edition(shipped: Library) -> None:
    """A fact without a day cannot grow old."""
    assert [draft.card.id for draft in shipped.drafts if "verified" not in draft.record] == []


@pytest.mark.skipif(
    not (CARDS / LOCK).exists(), reason="cards/ids.lock is not written yet: certdrill check --write-lock"
)
def test_every_card_has_its_place_in_the_lock(shipped: Library) -> None:
    """The lock that ships knows every card, so that an installed certdrill never has to write one."""
    lock = parse(shipped.lock)
    assert lock.exam == shipped.exam.id
    assert [draft.card.id for draft in shipped.drafts if draft.card.id not in lock.cards] == []
    for draft in shipped.drafts:
        entry = lock.cards[draft.card.id]
        assert (entry.kind, entry.rev, entry.domain) == (draft.card.kind, draft.card.rev, draft.card.domain)
        assert set(entry.order) >= set(draft.card.units if not draft.card.form else ())
