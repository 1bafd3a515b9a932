from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus.load import Corpus
from certdrill.errors import QueryError
from certdrill.model import Card, Domain, Exam, Objective, Unit
from certdrill.scheduling import NEW, Memory, Phase, Settings, UnitState, recall
from certdrill.study.query import (
    DEEPEST,
    PROPERTIES,
    RELATIONS,
    STATES,
    Added,
    And,
    Facts,
    Field,
    Is,
    Not,
    Or,
    Property,
    Query,
    Rated,
    Text,
    asks_for,
    matcher,
    needs_history,
    parse,
    resolved,
    show,
)

TODAY = 20_000
EXAM = Exam(
    id="bar-exam",
    title="Bar Exam",
    domains=(Domain("law", "Law of Contracts", 60), Domain("ethics", "Ethics", 40), Domain("evidence", "Proof", 10)),
    objectives=(Objective("1.1", "law", "Know the law", "2024"), Objective("2.1", "ethics", "Be good", "2026-03")),
)
CARDS = (
    Card("offer-meaning", "basic", "law", objective="1.1", level="remember", tags=("torts", "mcp")),
    Card("offer-withdrawn", "choice", "law", objective="1.1", level="apply", tags=("mcp-server",)),
    Card("duty-of-care", "cloze", "ethics", ("c1", "c2"), objective="2.1", level="apply"),
    Card("judge-word", "typed", "ethics", objective="2.1"),
    Card("proof-rules", "basic", "evidence"),
)
TEXTS = {
    "offer-meaning": "an offer is a promise or a bid",
    "offer-withdrawn": "when is an offer withdrawn (early)?",
    "duty-of-care": "care and loyalty",
    "judge-word": "who decides a case? the judge",
    "proof-rules": "proof beyond doubt; a 10:1 chance",
}
CORPUS = Corpus("cards", "here", EXAM, CARDS, (), lambda _: {})


def known(phase: Phase = Phase.REVIEW, *, due: int = 5, s: float = 30.0, lapses: int = 0, **aside: int) -> UnitState:
    """Return the state of a unit rated ten days ago, due in `due` days."""
    memory = Memory(phase, None, s, 6.0, 15, TODAY + due, 0, TODAY - 40, TODAY - 10, 4, lapses)
    return UnitState(memory, suspended=bool(aside.get("suspended")), buried_day=aside.get("buried", -1))


STATE_OF = {
    Unit("offer-meaning"): known(due=-1, s=2.0),
    Unit("offer-withdrawn"): known(lapses=6, suspended=1),
    Unit("duty-of-care", "c1"): known(Phase.LEARNING, due=0, buried=TODAY),
    Unit("judge-word"): known(due=3, s=21.0),
}
RATED = {Unit("judge-word"): [(TODAY - 6, 1), (TODAY - 3, 3)], Unit("offer-meaning"): [(TODAY, 4)]}
ADDED = {"offer-meaning": TODAY - 29, "duty-of-care": TODAY, "judge-word": TODAY - 30}


def ratings(since_day: int) -> Mapping[Unit, Sequence[tuple[int, int]]]:
    return {unit: [one for one in given if one[0] >= since_day] for unit, given in RATED.items()}


FACTS = Facts(
    TODAY,
    STATE_OF,
    Settings(),
    TEXTS.__getitem__,
    lambda card: {"1.1": "2024", "2.1": "2026-03"}.get(card.objective, ""),
    lambda card: ADDED.get(card, TODAY - 500),
    ratings,
)
EVERY = [(card, Unit(card.id, part)) for card in CARDS for part in card.units]


def units(text: str) -> list[str]:
    """Return the units of the made-up corpus that a query matches."""
    test = matcher(resolved(parse(text), CORPUS, text), FACTS)
    return [str(unit) for card, unit in EVERY if test(card, unit)]


ALL = [str(unit) for _, unit in EVERY]
MEANING, WITHDRAWN, C1, C2, JUDGE, PROOF = ALL


@pytest.mark.parametrize(("text", "expected"), [
    ("", ALL),
    ("   ", ALL),
    ("domain:law", [MEANING, WITHDRAWN]),
    ('domain:"Law of"', [MEANING, WITHDRAWN]),
    ("domain:LA", [MEANING, WITHDRAWN]),
    ("DOMAIN:law", [MEANING, WITHDRAWN]),
    ("objective:2.1", [C1, C2, JUDGE]),
    ("tag:mcp", [MEANING]),
    ("tag:mcp*", [MEANING, WITHDRAWN]),
    ("tag:*", [MEANING, WITHDRAWN]),
    ("tag:nothing*", []),
    ("kind:Choice", [WITHDRAWN]),
    ("level:apply", [WITHDRAWN, C1, C2]),
    ("since:2026", [C1, C2, JUDGE]),
    ("since:2026-03", [C1, C2, JUDGE]),
    ("since:2025", []),
    ("id:offer-meaning", [MEANING]),
    ("id:offer-*", [MEANING, WITHDRAWN]),
    ("id:*-*#c2", [C2]),
    ("id:duty-of-care", [C1, C2]),
    ("id:duty-of-care#c1", [C1]),
    ("duty-of-care#c1", [C1]),
    ("proof-rules", [PROOF]),
])  # fmt: skip
def test_terms_about_cards(text: str, expected: list[str]) -> None:
    """What a term says about a card holds for each of its units; only an id may name one unit."""
    assert units(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("is:due", [MEANING]),
    ("is:new", [C2, PROOF]),
    ("is:learning", [C1]),
    ("is:review", [MEANING, WITHDRAWN, JUDGE]),
    ("is:suspended", [WITHDRAWN]),
    ("-is:suspended", [MEANING, C1, C2, JUDGE, PROOF]),
    ("is:buried", [C1]),
    ("is:leech", [WITHDRAWN]),
    ("prop:r<0.8", [MEANING]),
    ("prop:r>=.8", [WITHDRAWN, C1, JUDGE]),
    ("prop:lapses>2", [WITHDRAWN]),
    ("prop:lapses=0", [MEANING, C1, C2, JUDGE, PROOF]),
    ("prop:s>=21", [WITHDRAWN, C1, JUDGE]),
    ("prop:s<21", [MEANING]),
    ("prop:d<5", []),
    ("prop:d>5", [MEANING, WITHDRAWN, C1, JUDGE]),
    ("prop:ivl>=15", [MEANING, WITHDRAWN, C1, JUDGE]),
    ("prop:ivl!=15", []),
    ("prop:reps=0", [C2, PROOF]),
    ("prop:reps>0", [MEANING, WITHDRAWN, C1, JUDGE]),
    ("prop:due<=3", [MEANING, C1, JUDGE]),
    ("prop:due=-1", [MEANING]),
    ("-prop:r>=0", [C2, PROOF]),
])  # fmt: skip
def test_terms_about_units(text: str, expected: list[str]) -> None:
    """A unit stands where its own memory says; one never rated has no recall, stability or due day to compare."""
    assert units(text) == expected


def test_recall_in_a_query_is_the_recall_of_fsrs() -> None:
    """The threshold may be put just above and just below."""
    memory = STATE_OF[Unit("judge-word")].memory
    assert memory is not None
    exactly = recall(memory, TODAY, Settings())
    assert JUDGE in units(f"prop:r<{exactly + 1e-6:.8f}")
    assert JUDGE not in units(f"prop:r<{exactly - 1e-6:.8f}")


@pytest.mark.parametrize(("text", "expected"), [
    ("rated:1", [MEANING]),
    ("rated:4", [MEANING, JUDGE]),
    ("rated:3", [MEANING]),
    ("rated:7:1", [JUDGE]),
    ("rated:6:1", []),
    ("rated:7:again", [JUDGE]),
    ("rated:7:Easy", [MEANING]),
    ("added:30", [MEANING, C1, C2]),
    ("added:31", [MEANING, C1, C2, JUDGE]),
    ("added:1", [C1, C2]),
])  # fmt: skip
def test_days_count_back_from_today(text: str, expected: list[str]) -> None:
    """Day 1 is today; a rating may be named by its number or its name."""
    assert units(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("offer", [MEANING, WITHDRAWN]),
    ("OFFER", [MEANING, WITHDRAWN]),
    ("offer withdrawn", [WITHDRAWN]),
    ("withdrawn offer", [WITHDRAWN]),
    ('"offer is"', [MEANING]),
    ('"is offer"', []),
    ('"promise or a"', [MEANING]),
    ('"(early)?"', [WITHDRAWN]),
    ('"10:1"', [PROOF]),
    ('"or"', [MEANING]),
    ("-offer -judge", [C1, C2, PROOF]),
    ('-"offer is"', [WITHDRAWN, C1, C2, JUDGE, PROOF]),
    ("lo*", []),
])  # fmt: skip
def test_words_are_looked_for_in_what_a_card_says(text: str, expected: list[str]) -> None:
    """Words in any order, a text in quotes as it stands; a star is a star there."""
    assert units(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("domain:law is:due", [MEANING]),
    ("domain:law and is:due", [MEANING]),
    ("kind:typed or kind:basic", [MEANING, JUDGE, PROOF]),
    ("kind:typed OR kind:basic", [MEANING, JUDGE, PROOF]),
    ("domain:law is:due or kind:typed", [MEANING, JUDGE]),
    ("domain:law (is:due or kind:typed)", [MEANING]),
    ("(domain:law or domain:ethics) level:apply -is:new", [WITHDRAWN, C1]),
    ("not domain:law", [C1, C2, JUDGE, PROOF]),
    ("not (domain:law or domain:ethics)", [PROOF]),
    ("-(domain:law or domain:ethics)", [PROOF]),
    ("not not domain:law", [MEANING, WITHDRAWN]),
    ("--domain:law", [MEANING, WITHDRAWN]),
    ("not domain:law kind:basic", [PROOF]),
    ("kind:basic(domain:law)", [MEANING]),
])  # fmt: skip
def test_and_binds_tighter_than_or_and_not_tightest(text: str, expected: list[str]) -> None:
    """Side by side means and; brackets change the order."""
    assert units(text) == expected


@pytest.mark.parametrize(("text", "at", "message"), [
    ("domain:law (is:due", 11, "this bracket is not closed"),
    ("domain:law )", 11, "this bracket closes nothing; take it out, or open one before it"),
    ("a ()", 2, "there is nothing between these brackets"),
    ("a (or b)", 3, "'or' stands between two terms"),
    ("or b", 0, "'or' stands between two terms"),
    ("a or", 4, "the query ends where a term was to follow"),
    ("a and (not )", 11, "a term was to follow here, not a closing bracket"),
    ("a -", 2, "a - stands directly before what it leaves out"),
    ("a - b", 2, "a - stands directly before what it leaves out"),
    ('say "hello', 4, "this quote is not closed"),
    ('say ""', 4, "there is nothing between these quotes"),
    ('say "a"b', 7, "a blank or a bracket was to follow the closing quote"),
    ('sa"y"', 2, "a quote begins a text or stands directly after a colon"),
    ("domain:", 7, "domain: needs a value directly after the colon"),
    ("domain: law", 7, "domain: needs a value directly after the colon"),
    ("x domian:law", 2, "no term 'domian:'; nearest: domain:"),
    ("x domian:law", 2, 'to look for the text, put it in quotes: "domian:law"'),
    (":law", 0, "no term ':'"),
    ("x is:susp", 5, "no state 'susp'; nearest: suspended"),
    ("prop:r", 5, "prop: compares one of r, s, d, ivl, due, reps, lapses with a number, as in prop:r<0.8"),
    ("prop:stab>2", 5, "no property 'stab'; nearest: "),
    ("prop:r<", 7, "a number was to follow <, such as 3, 0.8 or -1"),
    ("prop:r<=one", 8, "a number was to follow <=, such as 3, 0.8 or -1"),
    ("prop:r<80", 7, "recall is a number from 0 to 1"),
    ("rated:0", 6, "a number of days was to follow, 1 (today) to 36500"),
    ("rated:week", 6, "a number of days was to follow, 1 (today) to 36500"),
    ("rated:7:5", 8, "a rating is again, hard, good or easy, or 1 to 4: rated:7:again"),
    ("rated:7:", 8, "a rating is again, hard, good or easy, or 1 to 4: rated:7:again"),
    ("added:99999", 6, "a number of days was to follow, 1 (today) to 36500"),
    ("since:26", 6, "an edition of the exam is a year, or a year and month: since:2026, since:2026-03"),
    ("x domain:e", 9, "no domain 'e'; it could be any of ethics, evidence"),
    ("x domain:lw", 9, "no domain 'lw'; nearest: law"),
    ('x domain:"l w"', 9, "no domain 'l w'; nearest: law"),
    ("tag:mpc", 4, "no tag 'mpc'; nearest: mcp"),
    ("kind:clozes", 5, "no kind 'clozes'; nearest: cloze, choice"),
    ("level:aply", 6, "no level 'aply'; nearest: apply, analyze"),
    ("objective:1.2", 10, "no objective '1.2'; nearest: 1.1"),
    ("id:offer-meening", 3, "no card 'offer-meening'; nearest: offer-meaning"),
    ("id:duty-of-care#c3", 3, "no unit 'duty-of-care#c3'; nearest: duty-of-care#c"),
])  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_place(text: str, at: int, message: str) -> None:
    """Below the query a caret stands under the first letter that is wrong."""
    with pytest.raises(QueryError) as refusal:
        units(text)
    assert refusal.value.message.startswith(message) or message in refusal.value.message
    assert refusal.value.at == at
    assert str(refusal.value).splitlines()[-2:] == [f"    {text}", f"    {' ' * at}^"]


def test_the_caret_stands_under_wide_letters_and_what_a_terminal_acts_on_is_not_printed() -> None:
    """Japanese letters take two columns; an escape is replaced, a line end is a blank."""
    with pytest.raises(QueryError) as refusal:
        parse("\u6cd5\u5f8b \x1b[31m\n foo:x")
    assert str(refusal.value).splitlines()[-2:] == ["    \u6cd5\u5f8b \ufffd[31m  foo:x", f"    {' ' * 12}^"]
    with pytest.raises(QueryError) as far:
        parse("word " * 100 + ")")
    line, caret = str(far.value).splitlines()[-2:]
    assert line[caret.index("^")] == ")"
    assert len(line) < 130


def test_a_query_may_be_deep_but_not_without_end() -> None:
    """A hundred brackets are read, a hundred thousand are refused, as are as many negations."""
    assert parse("(" * DEEPEST + "a" + ")" * DEEPEST) == Text("a")
    for text in ("(" * 100_000, "-" * 100_000 + "a", "not " * 100_000):
        with pytest.raises(QueryError, match="more than 100 deep"):
            parse(text)
    assert len(parse("a or " * 50_000 + "a").parts) == 50_001  # type: ignore[union-attr]


def test_only_terms_about_units_need_the_history() -> None:
    """An export of a domain never reads it."""
    assert not needs_history(parse("domain:law or (tag:mcp -since:2024 added:3 words)"))
    for text in ("is:due", "a -(b or prop:r<1)", "rated:3"):
        assert needs_history(parse(text))


def test_a_state_left_out_is_not_asked_for() -> None:
    """Every second negation asks for it again."""
    assert asks_for(parse("domain:law (a or is:leech)"), ["leech"])
    assert not asks_for(parse("-is:leech is:due"), ["leech"])
    assert asks_for(parse("-(a or -is:leech)"), ["leech"])


WORDS = st.text(min_size=1, max_size=12).filter(str.strip)
VALUES = st.one_of(
    st.sampled_from(["law", "1.1", "mcp", "offer-*", "a b", 'q"q', "back\\slash", ")", "-x", "x:y"]), WORDS
)
NUMBERS = st.integers(-(10**9) + 1, 10**9 - 1).map(float) | st.integers(-(10**12), 10**12).map(lambda n: n / 10**6)
TERMS: st.SearchStrategy[Query] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Text, st.sampled_from(["or", "NOT", "and", "-a", "a:b", "(", '"', "is:due"])),
    st.builds(Field, st.sampled_from(["domain", "objective", "tag", "kind", "level", "id"]), VALUES),
    st.builds(Field, st.just("since"), st.sampled_from(["2024", "2026-03"])),
    st.builds(Is, st.sampled_from(STATES)),
    st.builds(Property, st.sampled_from(sorted(set(PROPERTIES) - {"r"})), st.sampled_from(sorted(RELATIONS)), NUMBERS),
    st.builds(
        Property, st.just("r"), st.sampled_from(sorted(RELATIONS)), st.integers(0, 10**6).map(lambda n: n / 10**6)
    ),
    st.builds(Rated, st.integers(1, 36_500), st.integers(0, 4)),
    st.builds(Added, st.integers(1, 36_500)),
)


def trees(leaves: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    """Return queries of any shape over these terms."""

    def grow(below: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
        some = st.lists(below, min_size=2, max_size=4).map(tuple)
        return st.builds(Not, below) | st.builds(And, some) | st.builds(Or, some)

    return st.recursive(leaves, grow, max_leaves=12)


@given(trees(TERMS))
def test_a_query_printed_and_read_again_is_the_same(query: Query) -> None:
    """Whatever the words, values and shape."""
    assert parse(show(query)) == query


PIECES = (
    "(", ")", "-", '"', "and", "or", "not", "is:", "is:due", "prop:", "prop:r<", "0.8", "rated:7:", "tag:mcp", " ",
)  # fmt: skip
TYPED = st.one_of(st.text(), st.text(alphabet='ab :"()-\\<=>.7#*\n'), st.lists(st.sampled_from(PIECES)).map("".join))


def read(text: str) -> Query | QueryError:
    """Return what is read from a text, or how it is refused."""
    try:
        return parse(text)
    except QueryError as refusal:
        return refusal


@given(TYPED)
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    """Nothing a person or a script types makes the reader fail otherwise; what is read can be printed."""
    result = read(text)
    if isinstance(result, QueryError):
        assert 0 <= result.at <= len(text)
        assert str(result).replace("\n", "").isprintable()
    else:
        assert parse(show(result)) == result


SOUND = trees(st.one_of(
    st.builds(Text, st.sampled_from(["offer", "care", "judge", "proof-rules"])),
    st.builds(Field, st.just("domain"), st.sampled_from(["law", "ethics"])),
    st.builds(Field, st.just("id"), st.sampled_from(["offer-*", "*#c1", "duty-of-care"])),
    st.builds(Field, st.just("since"), st.sampled_from(["2024", "2026"])),
    st.builds(Is, st.sampled_from(STATES)),
    st.builds(
        Property, st.sampled_from(sorted(PROPERTIES)), st.sampled_from(sorted(RELATIONS)), st.sampled_from([0, 0.5, 1]),
    ),
    st.builds(Rated, st.integers(1, 9), st.integers(0, 4)),
    st.builds(Added, st.integers(1, 40)),
))  # fmt: skip


def found(query: Query) -> set[str]:
    test = matcher(query, FACTS)
    return {str(unit) for card, unit in EVERY if test(card, unit)}


@given(SOUND, SOUND)
def test_the_laws_of_logic_hold(one: Query, other: Query) -> None:
    """Twice not is the query itself, De Morgan holds, and what is left out is all the rest."""
    assert found(Not(Not(one))) == found(one)
    assert found(Not(And((one, other)))) == found(Or((Not(one), Not(other))))
    assert found(Not(Or((one, other)))) == found(And((Not(one), Not(other))))
    assert found(And((one, other))) == found(one) & found(other)
    assert found(Or((one, other))) == found(one) | found(other)
    assert found(Not(one)) == set(ALL) - found(one)


def test_texts_are_read_last_and_only_where_the_rest_matches() -> None:
    """A text costs a look into the corpus, so it is asked of as few cards as can be."""
    read: list[str] = []

    def text(card: str) -> str:
        read.append(card)
        return TEXTS[card]

    test = matcher(parse("promise domain:law is:due"), FACTS._replace(text=text))
    assert [str(unit) for card, unit in EVERY if test(card, unit)] == [MEANING]
    assert read == ["offer-meaning"]


def test_a_new_unit_has_an_empty_state() -> None:
    """What the history does not know is new, not due and not set aside."""
    test = {state: matcher(Is(state), FACTS._replace(states={Unit("proof-rules"): NEW})) for state in STATES}
    assert [state for state in STATES if test[state](CARDS[4], Unit("proof-rules"))] == ["new"]
