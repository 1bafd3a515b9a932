from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.weighting import carried, interleave, shares

EXAM = {"design": 14, "data": 14, "app": 30, "deploy": 22, "gov": 8, "eval": 12}
weights_of_domains = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60), min_size=1)


def test_forty_five_items_fall_as_the_exam_splits_them() -> None:
    """The blueprint's 45 items are 6, 6, 14, 10, 4 and 5."""
    assert list(shares(EXAM, 45).values()) == [6, 6, 14, 10, 4, 5]


def test_equal_remainders_go_to_the_domain_named_first() -> None:
    """Ties are broken by blueprint order."""
    assert shares({"a": 1, "b": 1, "c": 1}, 4) == {"a": 2, "b": 1, "c": 1}


@given(weights_of_domains, st.integers(0, 500))
def test_shares_sum_to_the_total_and_keep_quota(weights: dict[str, int], total: int) -> None:
    """Parts sum to the total, and each is its exact quota rounded down or up."""
    parts = shares(weights, total)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    for domain, part in parts.items():
        assert abs(Fraction(total * weights[domain], whole) - part) < 1


@pytest.mark.parametrize(("weights", "total"), [({"a": 0}, 1), ({"a": 1}, -1), ({"a": 2, "b": -1}, 3)])
def test_shares_refuse_what_cannot_be_split(weights: dict[str, int], total: int) -> None:
    """No positive weight, a negative one or a negative total is a ValueError."""
    with pytest.raises(ValueError, match="positive weights"):
        shares(weights, total)


def test_every_prefix_is_within_one_card_of_the_weights() -> None:
    """The new queue of the exam's weights is never a whole card off, at any length."""
    lists = {domain: [domain] * 300 for domain in EXAM}
    seen: Counter[str] = Counter()
    for number, domain in enumerate(interleave(lists, EXAM), 1):
        seen[domain] += 1
        if max(seen.values()) == 300:
            break
        assert all(abs(seen[name] - Fraction(number * weight, 100)) < 1 for name, weight in EXAM.items())


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.integers(), max_size=20)), weights_of_domains)
def test_interleaving_keeps_every_card_and_each_lists_order(
    numbers: dict[str, list[int]], weights: dict[str, int]
) -> None:
    """Nothing is lost or doubled, and a domain's own order stays."""
    lists = {domain: [(domain, number) for number in numbers.get(domain, [])] for domain in weights}
    order = list(interleave(lists, weights))
    for domain, cards in lists.items():
        assert [card for card in order if card[0] == domain] == cards


def test_a_domain_that_runs_out_leaves_its_share_to_the_others() -> None:
    """After b's only card, a and c go on as 1 to 2."""
    order = "".join(interleave({"a": "a" * 4, "b": "b", "c": "c" * 8}, {"a": 1, "b": 1, "c": 2}))
    assert order.count("b") == 1
    assert sorted(order[-6:]) == list("aacccc")


def test_a_domain_without_weight_comes_last() -> None:
    """A profile may weigh a domain 0; its cards come when the others are through."""
    assert "".join(interleave({"a": "aaa", "b": "b"}, {"b": 0, "a": 5})) == "aaab"


def test_ten_days_of_twenty_cards_are_exact() -> None:
    """Fractions of a card carry from day to day, so that ten days hold the weights exactly."""
    days: list[Counter[str]] = []
    for _ in range(10):
        order = interleave({domain: [domain] * 99 for domain in EXAM}, EXAM, carried(days, EXAM))
        days.append(Counter(domain for domain, _ in zip(order, range(20), strict=False)))
    assert dict(sum(days, Counter())) == {"design": 28, "data": 28, "app": 60, "deploy": 44, "gov": 16, "eval": 24}


def test_days_on_one_domain_leave_no_debt_beyond_a_card() -> None:
    """After forty cards of governance only, the others are not owed a hundred."""
    owed = carried([{"gov": 20}, {"gov": 20}], EXAM)
    assert all(abs(part) <= 100 for part in owed.values())
    assert owed["gov"] == -100


@given(st.lists(st.integers(0, 25), max_size=8), st.integers(1, 30))
def test_a_day_in_pieces_is_the_day_in_one(pieces: list[int], whole: int) -> None:
    """Splitting a day's new cards into several sessions changes nothing about their domains."""
    pool = {domain: [domain] * 300 for domain in EXAM}
    in_one = Counter(domain for domain, _ in zip(interleave(pool, EXAM), range(whole), strict=False))
    done: Counter[str] = Counter()
    for piece in [*pieces, whole]:
        room = min(piece, whole - sum(done.values()))
        order = interleave(pool, EXAM, carried([done], EXAM))
        done += Counter(domain for domain, _ in zip(order, range(room), strict=False))
    assert done == in_one
