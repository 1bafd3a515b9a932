"""The notes in a browser: picking, putting in order, verdict, code, night mode, and the plain cards without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from anki_sample import bring_in, collection
from certdrill.anki.notes import field_names
from certdrill.anki.notetypes import note_type
from certdrill.anki.package import write
from deck_sample import card, deck, option

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")
ONE = card("choice", "single-answer-item", stem="Which has `code` & <tags>?", why="The key says so.")
TWO = card(
    "choice",
    "two-right-options",
    stem="Which TWO hold?",
    options=[option("alpha", correct=True), option("beta"), option("gamma", correct=True), option("delta")],
)

STEPS = ["embed", "`search`", "prompt & <ask>", "answer"]
ORDER = card("order", "four-steps-in-order", stem="How does it go?", steps=STEPS)
CODE = card(
    "basic",
    "some-code-to-read",
    front='```python\n@app\ndef f(a: int) -> str:\n    # why\n    return "x" + str(1) if a else None\n```',
    back="```sql\nSELECT 1 FROM t -- all\n```",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless browser for all tests of this module."""
    with sync_playwright() as player:
        launched = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a browser the size of a phone."""
    opened = browser.new_context(viewport={"width": 390, "height": 844})
    yield opened
    opened.close()


def inner(item: Any, name: str) -> str:
    """Return what Anki puts into its page for one side of an item: the template filled in as Anki fills it."""
    (note,) = deck([item]).notes
    values = dict(zip(field_names(note.kind), note.fields, strict=True))
    template = note_type(note.kind).templates[0]
    html = template.front if name == "front" else template.back
    for field, value in values.items():
        kept = r"\1" if value else ""
        html = re.sub(rf"{{{{#{field}}}}}(.*?){{{{/{field}}}}}", kept, html, flags=re.DOTALL)
        html = html.replace(f"{{{{text:{field}}}}}", re.sub("<[^>]*>", "", value)).replace(f"{{{{{field}}}}}", value)
    return html


def side(item: Any, name: str, *, night: bool = False) -> str:
    """Return the page Anki shows for one side of an item."""
    classes = "card card1 nightMode" if night else "card card1"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    style = f"<style>{note_type(item[0].kind).css}</style>"
    body = f'<body class="{classes}"><div id="qa">{inner(item, name)}</div></body>'
    return f"<!doctype html><html><head>{head}{style}</head>{body}</html>"


def show(page: Page, item: Any, name: str, *, night: bool = False) -> None:
    """Load a side on a page with an address, as storage needs one."""
    page.route(
        "https://anki.test/**",
        lambda route: route.fulfill(body=side(item, name, night=night), content_type="text/html"),
    )
    page.goto(f"https://anki.test/{name}")
    page.unroute_all()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a page on which no script may fail."""
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    assert faults == []


def texts(page: Page) -> list[str]:
    """Return the options' texts in the order shown."""
    return page.locator(".choice .text").all_inner_texts()


@pytest.mark.parametrize("item", [ONE, TWO, ORDER, CODE])
def test_these_pages_are_the_ones_anki_makes(tmp_path: Path, item: Any) -> None:
    """The templates are filled in here as Anki's own renderer fills them in."""
    write(deck([item]), str(tmp_path / "deck.apkg"))
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "deck.apkg")
        shown = col.get_card(col.find_cards("")[0]).render_output()
        assert (shown.question_text, shown.answer_text) == (inner(item, "front"), inner(item, "back"))
        assert shown.css == note_type(item[0].kind).css


def test_one_option_can_be_picked_and_changed(page: Page) -> None:
    """A tap picks, a second tap elsewhere moves the pick, and the picked state is said to all senses."""
    show(page, ONE, "front")
    buttons = page.locator("button.choice.tappable")
    assert buttons.count() == 4
    buttons.nth(1).click()
    buttons.nth(2).click()
    assert [buttons.nth(at).get_attribute("aria-pressed") for at in range(4)] == ["false", "false", "true", "false"]
    weights = [page.locator(".choice .text").nth(at).evaluate("it => getComputedStyle(it).fontWeight") for at in (1, 2)]
    assert weights == ["400", "600"]
    mark = "it => getComputedStyle(it, '::before').content"
    assert page.locator(".choice .mark").nth(2).evaluate(mark) == '"●"'
    assert page.locator(".choice .mark").nth(1).evaluate(mark) == '"○"'


def status(page: Page) -> str:
    """Return the line below the rows, which is spoken when it changes."""
    line = page.locator("[role=status][aria-live=polite]")
    assert line.count() == 1
    return line.inner_text()


def test_a_tap_is_answered_at_once_without_the_key(page: Page) -> None:
    """The line names the picked letter; nothing else on the front differs between the right option and another."""
    show(page, ONE, "front")
    assert status(page) == ""
    seen = set()
    for at, name in enumerate("ABCD"):
        page.locator("button.choice").nth(at).click()
        assert status(page) == f"Picked {name}. Show the answer to see why."
        seen.add(page.locator("button.choice").nth(at).get_attribute("class"))
    assert seen == {"choice tappable picked"}
    markup = page.locator("#qa > div").evaluate("it => it.outerHTML")
    assert not re.search("(?i)because|data-right|correct|verdict|wrong", markup)
    page.locator("button.choice").nth(3).click()
    assert status(page) == ""


def test_several_picks_are_counted(page: Page) -> None:
    """The line says how many of those asked for are picked, and when there are too many."""
    show(page, TWO, "front")
    said = [status(page)]
    for at in range(3):
        page.locator("button.choice").nth(at).click()
        said.append(status(page))
    assert said == [
        "0 of 2 picked",
        "1 of 2 picked",
        "2 of 2 picked. Show the answer to see why.",
        "3 of 2 picked. Tap one again to take it back.",
    ]


def numbers(page: Page) -> dict[str, str]:
    """Map each step, as shown, to the number before it."""
    rows = page.locator(".choice")
    return dict(zip(texts(page), rows.locator(".number").all_inner_texts(), strict=True)) if rows.count() else {}


def tap(page: Page, *steps: str) -> None:
    """Tap steps by their words."""
    for step in steps:
        page.locator("button.choice.tappable", has_text=step).click()


def test_steps_are_numbered_in_the_order_they_are_tapped(page: Page) -> None:
    """A second tap takes a step back, and those after it move up."""
    show(page, ORDER, "front")
    assert set(numbers(page).values()) == {"\u200b"} or set(numbers(page).values()) == {""}
    assert status(page) == "Tap the steps in their order."
    tap(page, "search", "embed", "answer")
    assert status(page) == "3 of 4 placed. Tap one again to take it back."
    tap(page, "embed")
    placed = {step: number for step, number in numbers(page).items() if number.strip("\u200b")}
    assert placed == {"search": "1", "answer": "2"}
    assert page.locator("button[aria-pressed=true]").count() == 2
    tap(page, "embed", "prompt")
    assert status(page) == "All 4 placed. Show the answer to see which are right."
    assert page.locator(".verdict").count() == 0


def test_the_back_says_which_steps_were_in_place(page: Page) -> None:
    """In the right order, each step is right or says where it was put."""
    show(page, ORDER, "front")
    tap(page, "embed", "prompt", "search")
    show(page, ORDER, "back")
    assert texts(page) == ["embed", "search", "prompt & <ask>", "answer"]
    assert page.locator(".verdict").inner_text() == "Not right: 1 of 4 in place"
    assert page.locator(".choice.right .text").all_inner_texts() == ["embed"]
    assert page.locator(".yours").all_inner_texts() == ["you put it 3rd", "you put it 2nd", "you left it out"]
    assert page.locator("button").count() == 0
    show(page, ORDER, "front")
    tap(page, "embed", "search", "prompt", "answer")
    show(page, ORDER, "back")
    assert page.locator(".verdict").inner_text() == "Right"
    assert page.locator(".yours").count() == 0


def test_steps_that_were_not_tapped_are_a_plain_list(context: BrowserContext, page: Page) -> None:
    """Without a pick, and where storage is refused, the back is the list in its right order."""
    show(page, ORDER, "front")
    tap(page, "embed")
    show(page, ORDER, "front")
    show(page, ORDER, "back")
    plain = ["embed", "search", "prompt & <ask>", "answer"]
    assert page.locator(".steps > ol > li").all_inner_texts() == plain
    context.add_init_script("Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('no'); }})")
    show(page, ORDER, "front")
    tap(page, "embed", "answer")
    assert page.locator(".picked").count() == 2
    show(page, ORDER, "back")
    assert page.locator(".steps > ol > li").all_inner_texts() == plain


def test_the_back_has_the_same_order_the_verdict_and_the_reasons(page: Page) -> None:
    """Each option keeps its place, says whether it is right, and why."""
    show(page, ONE, "front")
    before = texts(page)
    wrong = next(at for at, text in enumerate(before) if "right" not in text)
    page.locator("button.choice").nth(wrong).click()
    show(page, ONE, "back")
    assert texts(page) == before
    assert page.locator(".verdict").inner_text() == "Not right"
    assert "your pick" in page.locator(".choice").nth(wrong).inner_text()
    assert page.locator(".choice.right .text").all_inner_texts() == ["single-answer-item right"]
    assert page.locator(".choice.right .reason").inner_text() == "Because single-answer-item right is True."
    assert page.locator(".choice .reason").count() == 4
    assert page.locator("button").count() == 0
    assert not page.locator(".plain").is_visible()


def test_several_right_options_need_all_of_them(page: Page) -> None:
    """Picks toggle; half of the right ones is not right, all of them and no other is."""
    show(page, TWO, "front")
    assert page.locator(".note").inner_text() == "Choose 2."
    for name in ("alpha", "delta", "beta", "delta"):
        page.get_by_role("button", name=name).click()
    assert sorted(page.locator(".picked .text").all_inner_texts()) == ["alpha", "beta"]
    show(page, TWO, "back")
    assert page.locator(".verdict").inner_text() == "Not right: 1 of 2 found"
    show(page, TWO, "front")
    assert page.locator(".picked").count() == 0
    for name in ("gamma", "alpha"):
        page.get_by_role("button", name=name).click()
    show(page, TWO, "back")
    assert page.locator(".verdict").inner_text() == "Right"


def test_without_a_pick_there_is_no_verdict(page: Page) -> None:
    """One may look at the back without answering: all marks, no verdict, also when it was answered earlier."""
    show(page, ONE, "front")
    page.locator("button.choice").first.click()
    show(page, ONE, "back")
    assert page.locator(".verdict").count() == 1
    show(page, ONE, "front")
    show(page, ONE, "back")
    assert page.locator(".verdict").count() == 0
    assert page.locator(".choice.right").count() == 1


def test_without_storage_only_the_verdict_is_missing(context: BrowserContext, page: Page) -> None:
    """Where the browser refuses storage, the order is the same on both sides all the same."""
    context.add_init_script("Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('no'); }})")
    show(page, ONE, "front")
    before = texts(page)
    page.locator("button.choice").first.click()
    assert page.locator(".picked").count() == 1
    show(page, ONE, "back")
    assert texts(page) == before
    assert page.locator(".verdict").count() == 0


def test_the_order_changes_from_day_to_day(page: Page) -> None:
    """The places of options hang on the day, so that they are not learnt."""
    seen = set()
    for day in range(1, 9):
        page.clock.set_fixed_time(f"2026-11-0{day}T12:00:00")
        show(page, ONE, "front")
        seen.add(tuple(texts(page)))
    assert len(seen) > 3


def test_the_right_option_moves_evenly(page: Page) -> None:
    """Over many items shown in one page each place holds the right option about as often."""
    show(page, ONE, "front")
    fronts = [inner(card("choice", f"item-number-{number}"), "front") for number in range(200)]
    shown = page.evaluate(f"fronts => fronts.map(html => {{ ({INSERT})(html); return {TEXTS}; }})", fronts)
    places = [next(at for at, text in enumerate(row) if text.endswith("right")) for row in shown]
    assert all(30 < places.count(place) < 70 for place in range(4))


def test_two_cards_in_one_page_do_not_meet(page: Page) -> None:
    """Anki puts card after card into one page: the second runs the same script without harm."""
    show(page, ONE, "front")
    page.locator("button.choice").first.click()
    page.evaluate(INSERT, inner(TWO, "front"))
    assert sorted(texts(page)) == ["alpha", "beta", "delta", "gamma"]
    assert page.locator(".picked").count() == 0


def test_without_javascript_the_card_is_plain_and_right(browser: Browser) -> None:
    """The options are a lettered list; the back names the letter and lists the reasons."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        show(page, TWO, "front")
        options = page.locator(".options > ol[type=A] > li").all_inner_texts()
        assert sorted(options) == ["alpha", "beta", "delta", "gamma"]
        show(page, TWO, "back")
        letters = page.locator(".answer").inner_text().split(", ")
        assert [options["ABCD".index(letter)] for letter in letters] == [o for o in options if o in ("alpha", "gamma")]
        assert page.locator(".reasons > ol[type=A] > li").count() == 4
        assert page.locator(".answer").is_visible()
        show(page, ORDER, "front")
        assert page.locator(".note").inner_text() == "Put in the right order:"
        assert len(page.locator(".steps > ul > li").all_inner_texts()) == 4
        show(page, ORDER, "back")
        assert page.locator(".steps > ol > li").first.inner_text() == "embed"


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("name", ["front", "back"])
def test_every_text_has_contrast(page: Page, name: str, *, night: bool) -> None:
    """By day and by night every text stands out from its ground by at least 4.5 to 1 (WCAG AA)."""
    show(page, TWO, "front", night=night)
    for option_name in ("alpha", "beta"):
        page.get_by_role("button", name=option_name).click()
    if name == "back":
        show(page, TWO, "back", night=night)
    assert page.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("name", ["front", "back"])
@pytest.mark.parametrize("item", [CODE, ORDER], ids=["code", "order"])
def test_code_and_steps_have_contrast(page: Page, item: Any, name: str, *, night: bool) -> None:
    """Every colour of code stands out from the block it is on, and so do numbers and verdicts."""
    show(page, item, "front", night=night)
    if item is ORDER:
        tap(page, "embed", "answer")
    if name == "back":
        show(page, item, "back", night=night)
    assert page.evaluate(CONTRAST) >= 4.5
    colours = "its => new Set(its.map(it => getComputedStyle(it).color)).size"
    assert item is ORDER or page.locator("pre span").evaluate_all(colours) == {"front": 6, "back": 6}[name]


@pytest.mark.parametrize("name", ["front", "back"])
def test_a_phone_never_scrolls_sideways(page: Page, name: str) -> None:
    """Long words and code stay inside 390 pixels."""
    long = card(
        "choice",
        "long-words-and-code",
        stem="```python\n" + "x = very_long_function_name(" * 6 + "\n```",
        options=[
            option("averyveryverylongoptionword" * 4, correct=True),
            option("`code_" + "without_break_" * 9 + "`"),
        ],
    )
    show(page, long, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


TEXTS = '[...document.querySelectorAll(".choice .text")].map(it => it.textContent)'
INSERT = """html => {
    const qa = document.getElementById("qa");
    qa.innerHTML = html;
    const old = qa.querySelector("script"), script = document.createElement("script");
    script.textContent = old.textContent;
    old.replaceWith(script);
}"""
CONTRAST = """() => {
    const numbers = color => color.match(/[\\d.]+/g).map(Number);
    const light = color => {
        const [r, g, b] = numbers(color).map(c => c / 255)
            .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = it => {
        for (; it; it = it.parentElement) {
            const color = getComputedStyle(it).backgroundColor, parts = numbers(color);
            if (parts.length < 4 || parts[3] > 0) return color;
        }
        return "rgb(255, 255, 255)";
    };
    let worst = 99;
    for (const it of document.querySelectorAll("#qa *")) {
        const own = [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !it.offsetParent) continue;
        const pair = [light(getComputedStyle(it).color), light(ground(it))].sort((a, b) => b - a);
        worst = Math.min(worst, (pair[0] + .05) / (pair[1] + .05));
    }
    return worst;
}"""
