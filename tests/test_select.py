from __future__ import annotations

import pytest

from certdrill.corpus.load import Corpus
from certdrill.corpus.select import Filters, exact, matching, resolve
from certdrill.errors import UnknownNameError
from certdrill.model import Card, Domain, Exam, Objective

EXAM = Exam(
    id="bar-exam",
    title="Bar Exam",
    domains=(
        Domain("law", "Contracts and Torts", 50),
        Domain("ethics", "Ethics", 30),
        Domain("ethics-cases", "Ethics in Cases", 20),
        Domain("evidence", "Straße und Beweis", 10),
    ),
    objectives=(Objective("1.1", "law", "Know the law"), Objective("2.1", "ethics", "Know what is right")),
)
CARDS = (
    Card("a-b", "basic", "law", objective="1.1", level="remember", tags=("torts", "old")),
    Card("c-d", "cloze", "law", level="apply", tags=("contracts",)),
    Card("e-f", "choice", "ethics", objective="2.1", level="apply"),
    Card("m-i", "choice", "law", objective="1.1", level="apply", tags=("secret", "torts"), form="form-a"),
)
CORPUS = Corpus("cards", "here", EXAM, CARDS, (), lambda _: {})


def ids(**names: tuple[str, ...]) -> list[str]:
    """Return the ids of the cards that filters by these names let through."""
    return [card.id for card in matching(CARDS, resolve(Filters(**names), CORPUS))]


@pytest.mark.parametrize(("name", "domain"), [
    ("law", "law"), ("LAW", "law"), (" law ", "law"), ("la", "law"), ("Contracts and Torts", "law"),
    ("contracts", "law"), ("ethics", "ethics"), ("Ethics", "ethics"), ("ethics-", "ethics-cases"),
    ("ethics in", "ethics-cases"), ("ev", "evidence"), ("STRASSE", "evidence"),
])  # fmt: skip
def test_a_domain_goes_by_id_title_or_unique_beginning_in_any_case(name: str, domain: str) -> None:
    """A whole name wins over the longer one that begins with it."""
    assert resolve(Filters(domains=(name,)), CORPUS).domains == (domain,)


@pytest.mark.parametrize(("what", "name", "message"), [
    ("domains", "eth", "no domain 'eth'; it could be any of ethics, ethics-cases"),
    ("domains", "e", "no domain 'e'; it could be any of ethics, ethics-cases, evidence"),
    ("domains", "etics", "no domain 'etics'; nearest: ethics, ethics-cases, evidence"),
    ("domains", "", "no domain ''; nearest: law, ethics, ethics-cases, evidence"),
    ("objectives", "1.2", "no objective '1.2'; nearest: 1.1"),
    ("tags", "tort", "no tag 'tort'; nearest: torts"),
    ("kinds", "clozes", "no kind 'clozes'; nearest: cloze, choice"),
    ("levels", "aply", "no level 'aply'; nearest: apply, analyze"),
    ("states", "news", "no state 'news'; nearest: new, review"),
])  # fmt: skip
def test_an_unknown_name_is_refused_with_the_nearest(what: str, name: str, message: str) -> None:
    """A typo is one step from being mended."""
    with pytest.raises(UnknownNameError) as refusal:
        ids(**{what: (name,)})
    assert str(refusal.value) == message


def test_a_corpus_without_objectives_says_so() -> None:
    """There is nothing near then."""
    bare = Corpus("cards", "here", Exam("e-x", "E", EXAM.domains), CARDS, (), lambda _: {})
    with pytest.raises(UnknownNameError, match=r"no objective '1\.1'; the corpus has none"):
        resolve(Filters(objectives=("1.1",)), bare)


@pytest.mark.parametrize(("names", "expected"), [
    ({}, ["a-b", "c-d", "e-f"]),
    ({"domains": ("law",)}, ["a-b", "c-d"]),
    ({"domains": ("law", "ethics")}, ["a-b", "c-d", "e-f"]),
    ({"objectives": ("2.1",)}, ["e-f"]),
    ({"tags": ("old", "contracts")}, ["a-b", "c-d"]),
    ({"kinds": ("choice",)}, ["e-f"]),
    ({"levels": ("apply",), "domains": ("law",)}, ["c-d"]),
    ({"tags": ("torts",), "kinds": ("cloze",)}, []),
    ({"states": ("new",)}, ["a-b", "c-d", "e-f"]),
])  # fmt: skip
def test_values_of_one_filter_are_alternatives_and_filters_add_up(
    names: dict[str, tuple[str, ...]], expected: list[str]
) -> None:
    """Mock items match nothing, whatever is asked for; states are left to who knows the history."""
    assert ids(**names) == expected


def test_a_tag_of_mock_items_alone_is_unknown() -> None:
    """Its existence would give something of a form away."""
    with pytest.raises(UnknownNameError, match="no tag 'secret'"):
        ids(tags=("secret",))


def test_names_may_be_in_other_letter_case() -> None:
    """A tag, kind or level is known by its letters, as a domain is; two tags that differ so are told apart."""
    assert ids(kinds=("Choice",), levels=("APPLY",)) == ["e-f"]
    assert ids(tags=("Torts",)) == ["a-b"]
    assert exact("tag", "API", ["api", "API"]) == "API"
    with pytest.raises(UnknownNameError):
        exact("tag", "Api", ["api", "API"])
