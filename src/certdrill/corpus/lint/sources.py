"""The rules on where a card's facts were read, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from certdrill.corpus.lint.sheet import Deck, Finding, Sheet, page, sources

MOST_CARDS_A_PAGE = 8
FRESH_DAYS, VOLATILE_FRESH_DAYS, STALE_DAYS = 180, 90, 365
_ADDRESS = re.compile(r"https?://(?:[^/@]*@)?([^/:?#]+)(?::\d+)?([^?#]*)", re.IGNORECASE)


def source_insecure(sheet: Sheet) -> Iterator[Finding]:
    """Every source is an https page.

    Why: a reader follows the link, and a page that came unencrypted may not be the vendor's.
    Do: cite the https address of the page.
    Bad: url: http://docs.example.org/page
    Good: url: https://docs.example.org/page
    """
    for number, source in enumerate(sources(sheet)):
        if not source["url"].startswith("https://"):
            yield sheet.found(sheet.item_place("sources", number, "url"), f"a source without https: {source['url']}")


def source_refused(sheet: Sheet) -> Iterator[Finding]:
    """A source is official documentation, a library's own documentation, a standard or a paper.

    Why: a search page changes with every visit, a forum answer or a blog may be wrong or old, and a study site or a
    dump may hold questions of the real exam. The refused hosts stand in `hosts.txt` beside the rule.
    Do: open the official page that states the fact and cite it.
    Bad: url: https://stackoverflow.com/questions/1
    Good: url: https://docs.python.org/3/library/json.html
    """
    for number, source in enumerate(sources(sheet)):
        kind = refused(source["url"])
        if kind:
            message = f"the source {source['url']} is a {kind}" + ("" if kind.endswith("site") else " page")
            yield sheet.found(sheet.item_place("sources", number, "url"), message)


def source_crowded(deck: Deck) -> Iterator[Finding]:
    """No page is the source of more than eight cards.

    Why: many cards from one page are trivia of that page, and all of them break when it changes.
    Do: cite the page that treats this fact in full, or write about something else.
    Bad: nine cards that cite one overview page
    Good: cards that cite the pages the overview links to
    """
    seen: dict[str, int] = {}
    for sheet in deck.sheets:
        for number, source in enumerate(sources(sheet)):
            url = page(source["url"])
            if deck.urls[url] <= MOST_CARDS_A_PAGE or (url == page(sources(sheet)[number - 1]["url"]) and number):
                continue
            seen[url] = seen.get(url, 0) + 1
            if seen[url] > MOST_CARDS_A_PAGE:
                message = f"card {seen[url]} of {deck.urls[url]} that cite {url}"
                yield sheet.found(sheet.item_place("sources", number, "url"), message)


def verified_old(deck: Deck) -> Iterator[Finding]:
    """A fact was read on its page within 180 days, a volatile one within 90; a year is far too long.

    Why: products change under their cards. It is a warning however old: a released corpus must not break by ageing.
    Do: read the page again, mend the card and set `verified` to that day.
    Bad: verified: "2024-01-31"
    Good: verified: yesterday's date
    """
    for sheet in deck.sheets:
        if "verified" not in sheet.record:
            continue
        days = (deck.today - date.fromisoformat(sheet.record["verified"])).days
        volatile = sheet.record.get("volatile", False)
        if days > STALE_DAYS:
            message = f"last verified {days} days ago, more than a year: read its page before you rely on it"
            yield sheet.found("verified", message)
        elif days > (VOLATILE_FRESH_DAYS if volatile else FRESH_DAYS):
            most = f"{VOLATILE_FRESH_DAYS} days for a volatile fact" if volatile else f"{FRESH_DAYS} days"
            yield sheet.found("verified", f"last verified {days} days ago, more than {most}")


def refused(url: str) -> str:
    """Return the kind of a page that must not be a source, or nothing."""
    found = _ADDRESS.match(url)
    if not found:
        return ""
    host, path = found[1].casefold().removeprefix("www."), found[2].casefold().rstrip("/")
    for kind, host_form, path_form in _refused_hosts():
        if _is_host(host, host_form) and (not path_form or _is_path(path, path_form)):
            return kind
    return ""


def _is_host(host: str, form: str) -> bool:
    return host == form or host.endswith("." + form) or ("*" in form and fnmatchcase(host, form))


def _is_path(path: str, form: str) -> bool:
    depth = form.count("/")
    return fnmatchcase("/".join(path.split("/")[: depth + 1]), form)


@cache
def _refused_hosts() -> list[tuple[str, str, str]]:
    """Return kind, host and path (`/` and what follows, or nothing) of every line of the list."""
    text = files("certdrill.corpus.lint").joinpath("hosts.txt").read_text(encoding="utf-8")
    rows = [line.rsplit(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(kind.strip(), form.split("/")[0], form[len(form.split("/")[0]) :]) for kind, form in rows]
