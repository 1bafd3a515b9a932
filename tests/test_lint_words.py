from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.cli.figures import Figures
from certdrill.corpus.lint.rules import lint
from certdrill.corpus.lint.words import content, count, holds, jaccard, list_length, phrase, prose, question, sentences
from lint_sample import BASIC, CHOICE, CLOZE, EXAM, ORDER, REVERSED, TODAY, TYPED, library, varied


def test_prose_is_what_a_reader_sees_without_code_blocks() -> None:
    """Marks of style, fences and their code are gone; code in a sentence, lists and tables stay."""
    text = "**Call** `load`:\n\n```python\nx = 1\n```\n\n- [one](https://a.b)\n- two"
    assert prose(text) == "Call load: one (https://a.b) two"


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("one", 1), ("one - two", 2), ("`a_b` isn't c-d", 3), ("30 % of it", 3), ("\u5408\u540c\u6210\u7acb", 2)],
)
def test_words_are_counted_as_a_reader_does(text: str, number: int) -> None:
    """A dash is no word; two letters of a script without spaces make one."""
    assert count(prose(text)) == number


def test_content_words_leave_out_grammar_and_endings() -> None:
    """Plural and singular are one word, names of code stay whole."""
    assert content("Which of the queries use the indexes of a class's `log_model` bus?") == {
        "query", "index", "class", "log_model", "bus",
    }  # fmt: skip


def test_sentences_end_where_the_next_begins() -> None:
    """An abbreviation or a decimal point ends none."""
    text = "A model, e.g. BERT, scores 0.4. It is slow! Which step helps? Say why."
    assert sentences(text) == ["A model, e.g. BERT, scores 0.4.", "It is slow!", "Which step helps?", "Say why."]
    assert question(text) == "Which step helps?"
    assert question("No question. Put them in order.") == "Put them in order."
    assert question("") == ""


def test_a_phrase_stands_together_and_in_order() -> None:
    """Articles do not count, parts of words do not match."""
    assert holds(phrase("It has the sliding window in use"), phrase("A sliding window"))
    assert not holds(phrase("a window that is sliding"), phrase("sliding window"))
    assert not holds(phrase("a hiding window"), phrase("ding window"))
    assert not holds(phrase("anything"), ())


def test_jaccard_is_common_over_all() -> None:
    """Two empty sets have nothing in common."""
    assert (jaccard({"a", "b"}, {"b", "c"}), jaccard({"a"}, {"a"}), jaccard(set(), set())) == (1 / 3, 1, 0)


def test_the_longest_list_counts() -> None:
    """Nested items belong to theirs."""
    assert (list_length("- a\n- b\n  - c\n\ntext\n\n1. d\n2. e\n3. f"), list_length("none")) == (3, 0)


TEXT = st.text(st.sampled_from("ab Z.?,;:`*-()[]{}c1:$%9\n\u4e00\u00e9_|#"), min_size=1, max_size=60).filter(str.strip)


@given(TEXT, TEXT, TEXT)
def test_no_text_breaks_the_rules(one: str, two: str, three: str) -> None:
    """Whatever a card says, every rule and figure comes to an end."""
    listed = [{"text": one, "why": two, "correct": True}, {"text": two + " x", "why": three}, {"text": three + " y y"}]
    cards = [
        varied(BASIC, front=one, back=two),
        varied(REVERSED, front=two, back=three),
        varied(TYPED, front=three, answer=one),
        varied(CLOZE, text=f"{one} {{{{c1::{two}::{three}}}}} {three}"),
        varied(ORDER, stem=two, steps=[one, two + " z"]),
        varied(CHOICE, stem=one, options=listed),
    ]
    read = library(*cards, exam=EXAM.replace("strict: true", "strict: false"))
    lint(read, TODAY)
    assert list(Figures(read).lines(complete=True))


@pytest.mark.parametrize(
    "part", ["a ", "1", "1,", "or ", "a, ", "(", ". ", "which x ", "limit ", "{{c1::", "- ", "$1 "]
)
def test_the_longest_texts_are_linted_to_their_end(part: str) -> None:
    """The longest text the loader lets through is looked at whatever it repeats (`tests/bench/lint.py` has times)."""
    text = (part * 20_000)[:19_990]
    cards = [varied(BASIC, front=text + "?", back=text), varied(CHOICE, stem=text + "?", why=text)]
    read = library(*cards)
    assert {problem.card for problem in lint(read, TODAY)} <= {draft.card.id for draft in read.drafts}
