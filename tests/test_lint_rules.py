"""The gallery: for every writing rule cards that break it, told with line and column, and cards that just keep it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from certdrill.corpus.lint.rules import RULES, explanations
from certdrill.corpus.lint.sheet import explanation, remedy
from certdrill.model import ERROR, WARNING
from lint_sample import BASIC, CHOICE, CLOZE, GOOD, ORDER, REVERSED, TODAY, TYPED, card_file, findings, options, varied

Card = dict[str, Any]
DAY = timedelta(days=1)


class Bad(NamedTuple):
    """Cards that break a rule; `at` is the text the finding points at, `says` is in its message."""

    rule: str
    cards: list[Card]
    at: str
    severity: str
    says: str


def sourced(*urls: str, **fields: Any) -> Card:
    return varied(BASIC, sources=[{"url": url} for url in urls], **fields)


def asked(front: str, back: str = "An acceptance", **fields: Any) -> Card:
    return varied(BASIC, front=front, back=back, **fields)


def stem(text: str, **fields: Any) -> Card:
    return varied(CHOICE, stem=text, **fields)


def reasoned(number: int, why: str) -> Card:
    listed = [dict(option) for option in CHOICE["options"]]
    listed[number]["why"] = why
    return varied(CHOICE, options=listed)


def days_ago(days: int) -> str:
    return (TODAY - days * DAY).isoformat()


LONG = "one two three four five six seven eight nine ten " * 5
NINE_ALIKE = [
    asked(f"Which {one} makes the agreement of the parties binding on heirs?", f"The {one}", id=f"binding-by-{one}")
    for one in ("deed", "oath", "seal", "vow", "pledge", "token", "shake", "ring", "word")
]


def bad_cards() -> Iterator[Bad]:
    """Yield the breaches."""
    yield Bad("source-insecure", [sourced("http://docs.example.org/a")], '"http:', ERROR, "a source without https")
    for url, kind in [
        ("https://stackoverflow.com/questions/1", "a forum page"),
        ("https://www.google.com/search?q=contract", "a search page"),
        ("https://law.stackexchange.com/q/1", "a forum page"),
        ("https://community.databricks.com/t5/x/td-p/1", "a forum page"),
        ("https://github.com/mlflow/mlflow/issues/12", "a forum page"),
        ("https://learn.microsoft.com/en-us/answers/questions/1", "a forum page"),
        ("https://quizlet.com/1/flash-cards", "a study site"),
        ("https://www.braindumps4free.net/exam", "a dump page"),
        ("https://user@medium.com:443/a", "a blog page"),
    ]:
        yield Bad("source-refused", [sourced("https://docs.example.org/a", url)], f'"{url}"', ERROR, f"is {kind}")
    crowd = [varied(card, sources=[{"url": "https://docs.example.org/a#x"}]) for card in NINE_ALIKE]
    yield Bad(
        "source-crowded",
        [*crowd[:8], sourced("https://docs.example.org/a/")],
        '"https://docs.example.org/a/"',
        WARNING,
        "card 9 of 9 that cite https://docs.example.org/a",
    )
    old = [
        (days_ago(181), None, "181 days ago, more than 180 days"),
        (days_ago(91), True, "more than 90 days for a vol"),
        (days_ago(366), None, "366 days ago, more than a year: read its page"),
    ]
    for day, volatile, says in old:
        yield Bad("verified-old", [varied(BASIC, verified=day, volatile=volatile)], f'"{day}"', WARNING, says)
    again = varied(TYPED, front="Which declaration turns an OFFER into a contract?")
    yield Bad(
        "prompt-repeated",
        [BASIC, again],
        '"Which declaration turns an OFFER',
        ERROR,
        "the same prompt as offer-needs-acceptance (law.yaml:3)",
    )
    like = varied(TYPED, front="Which declarations turn offers into contracts?")
    yield Bad(
        "near-duplicate",
        [BASIC, like],
        '"Which declarations',
        ERROR,
        "nearly the same as offer-needs-acceptance (law.yaml:3): the prompts share 100% of their words",
    )
    four_of_five = asked("Which unilateral declaration turns an offer into a contract?", "A vow", id="x-y")
    yield Bad("near-duplicate", [BASIC, four_of_five], '"Which unilateral', ERROR, "share 80% of their words")
    same_answer = asked("Which declaration turns a public offer of reward into a contract?", "The acceptance", id="x-y")
    yield Bad("near-duplicate", [BASIC, same_answer], '"Which declaration turns a public', ERROR, "the answers 100%")
    other = asked("Which declaration turns a silent offer into a lease?", "Signing it", id="x-y")
    yield Bad(
        "sibling-unmarked",
        [BASIC, other],
        '"Which declaration turns a silent',
        WARNING,
        "worded like offer-needs-acceptance (law.yaml:3) (50% of the words), with another answer",
    )
    yield Bad(
        "sibling-unmarked",
        NINE_ALIKE,
        '"Which deed',
        WARNING,
        "9 cards are worded alike with different answers, among them binding-by-oath,",
    )
    old_name = asked("Which index of Treaty Search follows its table by itself?")
    yield Bad(
        "name-old", [old_name], '"Which index', ERROR, "the old name 'Treaty Search'; write 'Contract Search', the"
    )
    yield Bad(
        "name-old",
        [options("Ask Deal Finder", "Ask Search about it", "Ask a clerk there")],
        '"Ask Search',
        ERROR,
        "the old name 'Search'",
    )
    yield Bad(
        "answer-in-prompt",
        [asked("Which sliding window does a sliding window query use?", "The sliding window")],
        '"Which sliding',
        ERROR,
        "the prompt contains its answer 'The sliding window'",
    )
    yield Bad(
        "answer-in-prompt",
        [varied(TYPED, front="Which remedy, a kind of rescission, undoes a contract?")],
        '"Which remedy',
        ERROR,
        "its answer 'rescission'",
    )
    yield Bad(
        "answer-in-prompt", [varied(TYPED, accept=["back where they stood"])], '"Which remedy', ERROR, "back where"
    )
    yield Bad(
        "answer-in-prompt", [varied(REVERSED, back="A promise to pay")], '"Promise to pay', ERROR, "promise to pay"
    )
    cloze = (
        "A surety pays the debt when the debtor does not; the {{c1::surety}} may then turn on the {{c2::debtor::who}}."
    )
    yield Bad("answer-in-prompt", [varied(CLOZE, text=cloze)], '"A surety', ERROR, "its answer 'surety'")
    yield Bad(
        "answer-in-prompt",
        [stem("The buyer wants a second vase in place of the first. Which claim fits?")],
        '"The buyer wants',
        ERROR,
        "contains its answer",
    )
    for front, word in [
        ("Why does it need the consent of both parties?", "it"),
        ("What may this remedy cost the seller of goods?", "this"),
        ("That binds both parties from which moment on?", "that"),
    ]:
        yield Bad("pronoun-dangling", [asked(front)], f'"{front}', WARNING, f"the prompt says '{word}' before")
    yield Bad(
        "pronoun-dangling",
        [varied(CLOZE, text="It is void if its {{c1::revocation}} reaches the recipient before the declaration does.")],
        '"It is void',
        WARNING,
        "'it'",
    )
    for word in ("currently", "Recent docs", "the latest release", "new in the docs", "the current name"):
        text = f"As {word} shows, assent is a declaration."
        yield Bad("date-missing", [varied(BASIC, why=text)], f'"{text}', WARNING, "without a year; say since when")
    for front, back, says in [
        ("What does one hour of a small endpoint cost?", "$0.07", "'$0.07'"),
        ("What does one hour of a small endpoint cost?", "12 DBU", "'12 DBU'"),
        ("How many searches does one standard unit serve?", "About 30 queries per second", "'30 queries per second'"),
        (
            "Which error follows more than 200 requests per minute from a user?",
            "Error 429",
            "'200 requests per minute'",
        ),
        ("How large may the payload of a request be?", "16 MB", "'16 MB'"),
        ("How many indexes does one endpoint hold?", "50 indexes", "'50 indexes'"),
        ("How long are the logs of requests retained?", "90 days", "'90 days'"),
        ("Which service accepts at most 64,000 tokens in a request?", "The embedder", "'at most 64,000 tokens'"),
    ]:
        where = front if "'" + says.strip("'") + "'" and says.strip("'") in front else back
        yield Bad("limit-unmarked", [asked(front, back)], f'"{where}', ERROR, f"a price, quota or limit, {says}")
    quota = "An endpoint holds a {{c1::limit}} of 50 indexes, beyond which the service refuses to create another."
    yield Bad("limit-unmarked", [varied(CLOZE, text=quota)], '"An endpoint', ERROR, "'limit of 50 indexes'")
    asks = options(
        "50 rows", "60 rows", "70 rows", stem="A team loads rows in one call. What is the maximum of one call?"
    )
    yield Bad("limit-unmarked", [asks], "- text", ERROR, "'50 rows'")
    for word in ("seamless", "Powerful", "state-of-the-art", "effortlessly"):
        text = f"It is {word} in its own way."
        yield Bad("hype", [varied(BASIC, why=text)], f'"{text}', WARNING, f"the hype word {word!r}")

    yield Bad("question-length", [asked("What is an offer?")], '"What is an', WARNING, "4 words, fewer than 6")
    yield Bad("question-length", [asked(LONG[:150] + " what?")], '"one two', WARNING, "words, more than 30")
    yield Bad("question-length", [asked(LONG + " what?")], '"one two', ERROR, "51 words, more than 45")
    yield Bad("question-length", [varied(ORDER, stem=LONG + " what?")], '"one two', ERROR, "51 words, more than 45")
    yield Bad("answer-length", [asked(BASIC["front"], "word " * 21)], '"word word', WARNING, "21 words, more than 20")
    yield Bad("answer-length", [asked(BASIC["front"], "word " * 36)], '"word word', ERROR, "36 words, more than 35")
    bullets = "- seller\n- buyer\n- agent\n- heir"
    yield Bad("answer-list", [asked(BASIC["front"], bullets)], '"- seller', WARNING, "lists 4 things, more than 3")
    listed = "seller, buyer, agent, heir, judge and clerk"
    yield Bad("answer-list", [asked(BASIC["front"], listed)], '"seller, b', ERROR, "lists 6 things, more than 5")
    for front, back, says in [
        ("Does silence count as an acceptance of the offer?", "Between merchants", "a yes-or-no question"),
        ("When a letter is lost, is the offer void?", "Not by that", "a yes-or-no question"),
        ("What about silence: may it bind anybody at all?", "Yes", "a yes-or-no question"),
        ("Is a surety liable in person or with a pledge?", "In person", "an either-or question"),
        ("Which binds the heirs, a deed or a vow?", "A deed", "an either-or question"),
    ]:
        yield Bad("question-closed", [asked(front, back)], f'"{front}', ERROR, says)
    yield Bad(
        "question-missing", [asked("The acceptance of an offer by letter")], '"The acceptance', WARNING, "a topic"
    )
    for front in ("Explain how an offer becomes a contract.", "A letter is lost. Describe what follows for both."):
        yield Bad("question-open", [asked(front)], f'"{front}', WARNING, "asks for an essay")
    yield Bad(
        "reversed-back",
        [varied(REVERSED, back="Promise of one to stand in for another")],
        '"Promise of',
        ERROR,
        "a back of 8 words, more than 6",
    )
    twin = varied(REVERSED, id="x-y", front="Person who answers for a debt that is not hers")
    yield Bad("reversed-back", [REVERSED, twin], '"Surety"', ERROR, "the back is also a side of x-y")
    yield Bad("typed-length", [varied(TYPED, answer="r" * 41)], '"rrrr', ERROR, "41 characters, more than 40")
    crowded = "An {{c1::offer}} and an {{c2::acceptance}} make a {{c3::contract}} between {{c4::parties}} able to bind."
    yield Bad("cloze-crowded", [varied(CLOZE, text=crowded)], '"An {{c1', WARNING, "4 deletions in a sentence")
    frame = "Under the civil code a declaration {{c1::%s}} as soon as both parties know of it."
    seven, ten = (
        frame % "turns void for both of the parties",
        frame % "turns void for both of the parties at once, always",
    )
    yield Bad("deletion-length", [varied(CLOZE, text=seven)], '"Under', WARNING, "c1 hides 7 words, more than 6")
    yield Bad("deletion-length", [varied(CLOZE, text=ten)], '"Under', ERROR, "c1 hides 10 words, more than 9")
    yield Bad(
        "cloze-bare",
        [varied(CLOZE, text="{{c1::Assent}} makes {{c2::contracts}} of offers.")],
        '"{{c1',
        ERROR,
        "2 content words are left around c1, fewer than 5",
    )

    yield Bad("option-number", [options("A new vase", "An old vase")], "- text", ERROR, "2 options where")
    six = options("One vase", "Two jugs", "Three cups", "Four pots", "Five pans", "Six bowls")
    yield Bad("option-number", [six], "- text", ERROR, "6 options where an item with one right answer has 3 to 5")
    three = options("One vase", "Two jugs", "Three cups", select=2)
    three["options"][1]["correct"] = True
    yield Bad(
        "option-number", [three], "- text", ERROR, "3 options where an item with several right answers has 4 to 6"
    )
    yield Bad(
        "key-longest",
        [options("A second vase in place of the first one", "A price cut", "Paid damages")],
        '"A second',
        ERROR,
        "the right option has 39 characters, 3.39 times the mean of the wrong ones",
    )
    yield Bad(
        "key-longest",
        [options("A second vase in place of it", "A lower price now", "A full refund too")],
        '"A second',
        WARNING,
        "1.65 times the mean",
    )
    yield Bad(
        "key-shortest",
        [options("A refund now", "A second vase in place of it", "A lower price for the goods")],
        '"A refund',
        WARNING,
        "the right option has 12 characters, 0.44 times the mean",
    )
    yield Bad(
        "option-spread",
        [options("Ask both parties again", "Sue", "Wait for some days")],
        '"Ask both',
        WARNING,
        "options of 1 to 4 words",
    )
    thirteen = "A vase, a jug, a lamp, a desk, a chair, a shelf, dishes"
    yield Bad(
        "option-spread",
        [options(thirteen, "Five words and no more", "Six words, but no more here")],
        '"A vase, a jug',
        WARNING,
        "options of 5 to 13 words",
    )
    for text in ("All of the above", "None of these", "Both A and C", "Both"):
        yield Bad("option-reference", [options("A vase", "A jug", text)], f'"{text}"', ERROR, "speaks of other options")
    yield Bad(
        "option-reference",
        [reasoned(1, "This is wrong for the same reason as option C.")],
        '"This is wrong',
        ERROR,
        "'option C' names an option by its letter",
    )
    for text, word, severity in [
        ("A vase is cracked. Which of these is not a remedy?", "not", ERROR),
        ("A vase is cracked. Which claim can't the buyer make?", "can't", ERROR),
        ("A vase is cracked. All of these are remedies except which?", "except", ERROR),
        ("A vase is cracked. Which of these is NOT a remedy?", "NOT", WARNING),
        ("A vase is cracked. Every remedy EXCEPT which one applies?", "EXCEPT", WARNING),
    ]:
        yield Bad(
            "stem-negative",
            [stem(text)],
            f'"{text}',
            severity,
            f'asks for the opposite: "{word}"'.replace('"', '"' if "'" in word else "'"),
        )
    yield Bad(
        "option-absolute",
        [options("A new vase", "A jug is always due", "A claim is never due", key=0)],
        '"A jug',
        WARNING,
        "absolute words in 2 wrong options and in no right one: always, never",
    )
    echo = options("Replace the cracked vase", "Reduce the price", "Pay for the trouble", "Refund what was paid")
    yield Bad(
        "key-echo", [echo], '"Replace', WARNING, "shares 2 words with the stem (cracked, vase), a wrong one at most 0"
    )
    for texts, what in [
        (("To deliver a vase", "Deliver the jug", "Deliver two pots"), "grammar"),
        (("Adding a clause", "Add the price", "Add two names"), "grammar"),
        (("Deliver a vase", "deliver the jug", "Deliver two pots"), "case"),
        (("Deliver a vase", "Deliver the jug.", "Deliver two pots"), "final punctuation"),
    ]:
        yield Bad("option-form", [options(*texts)], "- text", WARNING, f"options of mixed {what}")
    yield Bad(
        "option-nested",
        [options("A second vase", "Second vase and damages", "A refund")],
        '"Second',
        ERROR,
        "the option holds or is held by 'A second vase'",
    )
    yield Bad(
        "option-nested",
        [options("A second vase", "The second vase!", "A refund")],
        '"The second',
        ERROR,
        "the option says the same as 'A second vase'",
    )
    for text in (
        "Which of the following is true?",
        "A vase is cracked. Which of these statements about it holds?",
        "A vase is cracked. Which statement is correct?",
    ):
        yield Bad("stem-unfocused", [stem(text)], f'"{text}', WARNING, "the stem asks which statement is true")
    yield Bad("reason-length", [reasoned(2, "It is simply wrong.")], '"It is simply', ERROR, "4 words, fewer than 6")
    yield Bad("reason-length", [reasoned(2, "word " * 41)], '"word word', ERROR, "41 words, more than 40")
    yield Bad(
        "reason-repeated", [reasoned(2, CHOICE["options"][1]["why"].upper())], '"A REDUCTION', ERROR, "the same rea"
    )
    flawed = stem("The latest release ships cracked vases. Which of these is NOT a remedy?")
    yield Bad("item-flawed", [flawed], '"The latest', ERROR, "2 warnings on one item: date-missing, stem-negative")
    yield Bad(
        "waiver-unknown",
        [varied(BASIC, lint_ok=["hipe"])],
        '"hipe"',
        WARNING,
        "'hipe', which is no writing rule; did you mean 'hype'?",
    )
    yield Bad("waiver-unknown", [varied(BASIC, lint_ok=["answer-changed"])], '"answer-ch', WARNING, "cannot be waived")
    yield Bad(
        "waiver-unused", [varied(BASIC, lint_ok=["hype"])], '"hype"', WARNING, "the waiver of 'hype' takes back no"
    )


BAD = list(bad_cards())


@pytest.mark.parametrize("bad", BAD, ids=[f"{bad.rule}-{number}" for number, bad in enumerate(BAD)])
def test_a_rule_fires_where_it_is_broken(bad: Bad) -> None:
    """The finding has line and column of the offending field, the message, what to do and the line itself."""
    mine = [problem for problem in findings(*bad.cards) if problem.rule == bad.rule]
    assert [problem.severity for problem in mine] == [bad.severity] * max(1, len(mine))
    text = card_file(*bad.cards)
    before = text[: text.index(bad.at)].split("\n")
    places = [(problem.place.file, problem.place.line, problem.place.column) for problem in mine]
    assert ("law.yaml", len(before), len(before[-1]) + 1) in places
    assert bad.says in "\n".join(map(str, mine))
    assert all(problem.remedy and problem.excerpt and problem.card for problem in mine)


def good_cards() -> Iterator[tuple[str, list[Card]]]:
    """Yield cards that come near to breaking a rule and do not."""
    yield "source-insecure", [sourced("https://docs.example.org/http://x")]
    for url in (
        "https://docs.example.org/search",
        "https://learn.microsoft.com/en-us/azure",
        "https://arxiv.org/abs/1",
        "https://github.com/mlflow/mlflow/blob/master/README.md",
        "https://notmedium.com/a",
        "https://docs.databricks.com/en/community/x",
        "https://cloud.google.com/searchlight",
    ):
        yield "source-refused", [sourced(url)]
    yield "source-crowded", NINE_ALIKE[:8]
    yield "verified-old", [varied(BASIC, verified=days_ago(180))]
    yield "verified-old", [varied(BASIC, verified=days_ago(90), volatile=True)]
    yield "prompt-repeated", [BASIC, asked("Which declaration turns a letter into a will?", "A date", id="x-y")]
    code = "Which name fills the gap in this program?\n\n```python\n%s\n```"
    two = [
        asked(code % "def ____(self, context): load(labels)", "load_context"),
        asked(code % "with mlflow.____(name='run') as run: log()", "start_run", id="x-y"),
    ]
    yield "prompt-repeated", two
    yield "near-duplicate", two
    yield "near-duplicate", [BASIC, asked("Which declaration ends an offer at once?", "A refusal", id="x-y")]
    other = asked("Which declaration turns a silent offer into a lease?", "Signing it", id="x-y")
    yield "sibling-unmarked", [BASIC, varied(other, contrast=[BASIC["id"]])]
    yield "sibling-unmarked", [varied(BASIC, contrast=["x-y"]), other]
    yield (
        "sibling-unmarked",
        [
            asked("What is the Latin word for debt?", "debitum"),
            asked("What is the Latin word for pledge?", "pignus", id="x-y"),
        ],
    )
    for front in (
        "Which index of Contract Search (once Treaty Search) follows its table?",
        "Which index of Contract Search, formerly Treaty Search, follows its table?",
        "Which word do treaty search and research share here?",
    ):
        yield "name-old", [asked(front, "It")]
    yield "name-old", [varied(BASIC, why="The docs of 2024 called it Treaty Search."), varied(TYPED, accept=["Search"])]
    yield "answer-in-prompt", [asked("Which window moves forward with every row?", "A sliding window")]
    yield "answer-in-prompt", [asked("Which metric counts the hits among the top k?", "k")]
    yield (
        "answer-in-prompt",
        [
            stem(
                "A deed or a vow binds the heirs. Which claim fits?",
                options=options("A deed", "A vow", "An oath")["options"],
            )
        ],
    )
    for front in (
        "When is it better to sue than to wait?",
        "Which rule makes it void if nobody signs?",
        "Why is it that a minor cannot be bound?",
        "Which promise binds the person that made it?",
    ):
        yield "pronoun-dangling", [asked(front)]
    for text in (
        "In 2026 the latest release changed it.",
        "The latest message of the thread is read by the clerk.",
        "A new row is added, and the current user sees it.",
        "The current state is kept.",
    ):
        yield "date-missing", [varied(BASIC, why=text)]
    price = asked("What does one hour of a small endpoint cost?", "$0.07")
    yield "limit-unmarked", [varied(price, volatile=True)]
    for front, back in [
        ("A service gets 500 requests per second. Which index type suits it?", "Standard"),
        ("Documents of up to 3,000 tokens must stay whole. Which chunking fits?", "One chunk each"),
        ("A document has 900 tokens, a chunk 200 without overlap. What is left over?", "100 tokens"),
        ("Which precision has a search with two hits in five?", "0.4"),
        ("Which edition of the guide introduced the objective?", "The edition of 2026"),
        ("Which part of a contract do 3 of 4 parties read?", "The price clause"),
    ]:
        yield "limit-unmarked", [asked(front, back)]
    yield (
        "limit-unmarked",
        [options("512 tokens and 384 columns", "600 tokens and 768 columns", "80 tokens and 90 rows")],
    )
    yield "hype", [varied(BASIC, why="A power of attorney lets another declare the acceptance.")]

    yield "question-length", [asked("Which declaration makes an offer binding?")]
    yield "question-length", [varied(REVERSED, front="Promise to pay for another")]
    yield "question-length", [asked("Which name fills the gap below?\n\n```\n" + LONG + "\n```")]
    yield "answer-length", [asked(BASIC["front"], "word " * 20)]
    yield "answer-list", [asked(BASIC["front"], "- seller\n- buyer\n- agent")]
    yield (
        "answer-list",
        [
            asked(
                BASIC["front"],
                "Sufficiency checks the context against facts, and groundedness, by "
                "contrast, checks the answer against the context.",
            )
        ],
    )
    for front, back in [
        ("When does silence count as an acceptance?", "Between merchants"),
        ("Which property records rows inserted, updated or deleted?", "The change feed"),
        ("If a letter is lost, what does the sender owe?", "Nothing"),
        ("Who may sue for a deed, and why is he able to?", "The heir"),
    ]:
        yield "question-closed", [asked(front, back)]
    yield "question-missing", [asked("Name the declaration that turns an offer into a contract.")]
    yield "question-open", [asked("Which clause does a court use to explain a doubtful one?")]
    yield "reversed-back", [varied(REVERSED, back="Promise to stand in for another")]
    yield "typed-length", [varied(TYPED, answer="r" * 40)]
    three = "An {{c1::offer}} and an {{c2::acceptance}} make a {{c3::contract}} between two parties able to bind."
    yield "cloze-crowded", [varied(CLOZE, text=three + " A {{c1::vow}} binds none of the parties named here.")]
    yield (
        "deletion-length",
        [
            varied(
                CLOZE,
                text="Under the civil code a declaration {{c1::turns void for both the parties}} as soon as both sign.",
            )
        ],
    )
    yield "cloze-bare", [CLOZE]

    yield "option-number", [options("A new vase", "An old jug", "A refund")]
    five = options("One vase", "Two jugs", "Three cups", "Four pots", "Five pans", select=2)
    five["options"][1]["correct"] = True
    yield "option-number", [five]
    yield "key-longest", [options("A second vase for it", "A lower price", "A full refund")]
    yield "key-longest", [options("A second vase in place of the first", "A second jug in place of the", "A jug")]
    yield "key-shortest", [options("A refund of it", "A second vase for it", "A price reduction")]
    yield "option-spread", [options("Ask both parties again now", "Sue him", "Wait for some days")]
    yield "option-reference", [options("All parties of the case", "Both heirs of the seller", "None but the buyer")]
    yield "option-reference", [reasoned(1, "This option concerns a plan B that nobody here has made.")]
    for text in (
        "The vase must not be cracked. Which claim fits?",
        "Which claim fits a buyer who is not at fault?",
        "A vase cannot be mended. What does the buyer claim first?",
        "Which remedy helps when a cure is not possible?",
    ):
        yield "stem-negative", [stem(text)]
    yield "option-absolute", [options("A vase is always due", "A jug is always due", "A claim is never due")]
    yield "option-absolute", [options("A vase is due now", "A jug is always due", "A claim is due")]
    yield (
        "key-echo",
        [options("Replace the cracked vase", "Reduce the vase price", "Sue the shop today", "Ask for cash")],
    )
    for texts in (
        ("Deliver a vase", "Deliver the jug", "Deliver two pots"),
        ("pypdf", "LangGraph", "Word files"),
        ("`pypdf` for a page", "Streaming tables of rows", "A table"),
    ):
        yield "option-form", [options(*texts)]
    yield (
        "option-nested",
        [options("Limit on the agent, log on the model", "Log on the agent, limit on the model", "A fee")],
    )
    for text in (
        "A vase is cracked. Which right of the buyer comes first?",
        "The statement is read. Which answer is due?",
    ):
        yield "stem-unfocused", [stem(text)]
    yield "reason-length", [reasoned(2, "It has just these six words.")]
    yield "reason-length", [reasoned(2, "word " * 40)]
    yield "reason-repeated", [CHOICE]
    yield "item-flawed", [stem("A vase is cracked. Which of these is NOT a remedy?")]
    yield "item-flawed", [stem("A vase is cracked. Which of these is NOT a remedy?", verified=days_ago(200))]
    praised = varied(BASIC, why="A powerful rule.")
    yield "waiver-unknown", [varied(praised, lint_ok=["hype"])]
    yield "waiver-unused", [varied(praised, lint_ok=["hype"])]


KEPT = list(good_cards())


@pytest.mark.parametrize(("rule", "cards"), KEPT, ids=[f"{rule}-{number}" for number, (rule, _) in enumerate(KEPT)])
def test_a_rule_is_silent_where_it_is_just_kept(rule: str, cards: list[Card]) -> None:
    """Nothing is found by this rule."""
    assert [str(problem) for problem in findings(*cards) if problem.rule == rule] == []


def test_sound_cards_of_every_kind_break_nothing() -> None:
    """The cards all others are varied from are clean to the last warning."""
    assert [str(problem) for problem in findings(*GOOD)] == []


def test_every_rule_is_in_the_gallery() -> None:
    """A new rule comes with cards that break it and cards that keep it; ids are unique."""
    rules = [rule.id for rule in RULES]
    assert {bad.rule for bad in BAD} == {rule for rule, _ in KEPT} == set(rules)
    assert len(rules) == len(set(rules))


def test_no_finding_is_graver_than_its_rule() -> None:
    """The severity in the tuple is the gravest, and some finding reaches it."""
    for rule in RULES:
        found = {bad.severity for bad in BAD if bad.rule == rule.id}
        assert rule.severity in found
        assert rule.severity == ERROR or found == {WARNING}


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_every_rule_says_why_and_what_to_do(rule: Any) -> None:
    """The docstring has the rule, the reason, the remedy and an example of both."""
    text = explanation(rule)
    parts = [text.index(f"\n{part}: ") for part in ("Why", "Do", "Bad", "Good")]
    assert parts == sorted(parts)
    assert text.split("\n\n")[0].endswith(".")
    assert 5 < len(remedy(rule)) < 200
    assert "\n" not in remedy(rule)
    assert text in explanations()[rule.id]
