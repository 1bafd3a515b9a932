from __future__ import annotations

import math
import random
import re

import pytest

from certdrill.corpus.lint.cues import (
    Item,
    bayes,
    items_of,
    length_ratio,
    longest,
    measure,
    overlap,
    position,
    shortest,
)
from certdrill.corpus.lint.sheet import Sheet
from certdrill.shuffle import shuffled
from lint_sample import CHOICE, GOOD, card_file, library, options, varied


def item(*texts: str, key: int = 0, stem: str = "", objective: str = "1.1", card: str = "x-y") -> Item:
    return Item(card, objective, frozenset(stem.split()), texts, key, texts)


def scores(found: list[Item]) -> dict[str, float | None]:
    return {cue.name: cue.value for cue in measure(found).cues}


def test_longest_and_shortest_by_hand() -> None:
    """A sure hit counts 1, a tie of two 1/2, a miss 0."""
    hit, tie, miss = item("aaaa", "b", "c"), item("aaa", "bbb", "c"), item("a", "bbb", "ccc")
    assert [longest(one) for one in (hit, tie, miss)] == [1, 0.5, 0]
    assert [shortest(one) for one in (hit, tie, miss)] == [0, 0, 1]
    assert scores([hit, tie, miss])["longest option"] == pytest.approx(0.5)


def test_stem_overlap_by_hand() -> None:
    """Content words shared with the stem, grammar words and endings aside."""
    words = "cracked vase shop"
    assert overlap(item("the cracked vases", "a jug", "the shop", stem=words)) == 1
    assert overlap(item("a vase", "a jug", "the shop", stem=words)) == 0.5
    assert overlap(item("a jug", "no pot", "two cups", stem=words)) == pytest.approx(1 / 3)
    assert overlap(item("a jug", "a vase", "two cups", stem=words)) == 0


def test_length_ratio_by_hand() -> None:
    """Characters of the right option over the mean of the wrong ones, averaged over items."""
    assert length_ratio([item("aaaa", "bb", "bb"), item("a", "bb", "bb")]) == pytest.approx((2 + 0.5) / 2)


def test_the_position_bot_sees_the_order_of_the_export() -> None:
    """The place of the right option is the one it has in the Anki note."""
    rng = random.Random(5)  # noqa: S311 - a seed, not a secret
    found = [item(*(f"text {rng.random()}" for _ in range(4)), key=2, card=f"card-{number}") for number in range(80)]
    places = [shuffled(one.card, one.options).index(2) for one in found]
    assert position(found) == max(places.count(place) for place in range(4)) / 80


def test_naive_bayes_by_hand() -> None:
    """Two objectives, two folds: what "good" meant in one decides the other."""
    found = [item("good vase", "bad jug", objective="1.1"), item("good pot", "bad cup", objective="1.2")]
    assert bayes(found) == 1
    turned = [found[0], item("bad pot", "good cup", objective="1.2")]
    assert bayes(turned) == 0
    strangers = [found[0], item("red pot", "big cup", objective="1.2")]
    assert bayes(strangers) == 0.5
    assert bayes([found[0], found[0]]) is None


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def odds(text: str, right: list[str], wrong: list[str]) -> float:
    """Return how many times likelier the words are among those of right options, each count raised by one."""
    known = {*right, *wrong}
    value = 1.0
    for word in words_of(text):
        if word in known:
            value *= (right.count(word) + 1) / (len(right) + len(known))
            value /= (wrong.count(word) + 1) / (len(wrong) + len(known))
    return value


def simple_bayes(found: list[Item]) -> float:
    """Return the same score by another road: explicit probabilities, everything counted anew for every item."""
    names = sorted({one.objective for one in found})
    fold = {name: number % min(5, len(names)) for number, name in enumerate(names)}
    hits = 0.0
    for one in found:
        others = [other for other in found if fold[other.objective] != fold[one.objective]]
        texts = [(text, n == other.key) for other in others for n, text in enumerate(other.options)]
        right = [word for text, is_key in texts if is_key for word in words_of(text)]
        wrong = [word for text, is_key in texts if not is_key for word in words_of(text)]
        values = [odds(text, right, wrong) for text in one.options]
        best = [number for number, value in enumerate(values) if math.isclose(value, max(values), rel_tol=1e-9)]
        hits += (one.key in best) / len(best)
    return hits / len(found)


@pytest.mark.parametrize("seed", range(4))
def test_naive_bayes_agrees_with_a_simple_implementation(seed: int) -> None:
    """Random items of seven objectives, words with and without a leaning."""
    rng = random.Random(seed)  # noqa: S311 - a seed, not a secret
    words = [f"word{number}" for number in range(40)]
    found = []
    for number in range(60):
        texts = [" ".join(rng.choices(words, k=rng.randint(2, 6))) for _ in range(4)]
        key = rng.randrange(4)
        if rng.random() < 0.5:
            texts[key] += " always"
        found.append(item(*texts, key=key, objective=f"1.{number % 7}"))
    assert bayes(found) == pytest.approx(simple_bayes(found))


def test_bands_follow_the_number_of_items() -> None:
    """1.96 * sqrt(.1875 / N) to either side of chance, never less than six points; fixed floors above for two bots."""
    few = {cue.name: cue for cue in measure([item("a", "b", "c", "d", card=f"c-{n}") for n in range(48)]).cues}
    half = 1.96 * math.sqrt(0.1875 / 48)
    assert half == pytest.approx(0.1225)
    assert few["longest option"].least == pytest.approx(0.25 - half)
    assert few["longest option"].most == few["shortest option"].most == pytest.approx(0.25 + half)
    assert few["stem overlap"].most == pytest.approx(0.25 + half)
    assert few["naive Bayes"].most == 0.40
    assert few["stem overlap"].least is few["best fixed letter"].most is None
    assert (few["key to distractor length"].least, few["key to distractor length"].most) == (0.9, 1.1)
    many = {cue.name: cue for cue in measure([item("a", "b", "c", "d", card=f"c-{n}") for n in range(400)]).cues}
    assert many["longest option"].most == pytest.approx(0.31)
    assert many["stem overlap"].most == 0.33


def test_a_bot_far_below_chance_is_a_cue_too() -> None:
    """Who always strikes out the longest wins something as well."""
    never = [item("a", "bbbbb", "b", "b", card=f"c-{number}") for number in range(60)]
    cue = next(cue for cue in measure(never).cues if cue.name == "longest option")
    assert (cue.value, cue.is_inside) == (0, False)


def test_guessing_is_the_mean_of_one_over_the_options() -> None:
    """Items with three and five options count each their own."""
    assert measure([item("a", "b", "c"), item("a", "b", "c", "d", "e")]).chance == pytest.approx((1 / 3 + 1 / 5) / 2)


def test_no_items_have_no_figures() -> None:
    """Nothing to measure is nothing out of bounds."""
    assert measure([]) == (0, 0.0, ())


def test_only_single_answer_items_that_are_drilled_are_measured() -> None:
    """No recall card, no item with two right options, no item of a mock form."""
    two = varied(options("A vase", "A jug", "A pot", "A cup", select=2), id="x-y")
    two["options"][1]["correct"] = True
    form = card_file(varied(CHOICE, id="y-z")).replace("domain: law", "form: form-a")
    read = library(*GOOD, two, **{"mocks/a": form})
    assert len(read.drafts) == 8
    found = items_of(map(Sheet, read.drafts))
    assert [one.card for one in found] == [CHOICE["id"]]
    assert found[0].options[found[0].key] == "A second vase in place of the first"
    assert (found[0].objective, "vase" in found[0].stem) == ("1.1", True)
