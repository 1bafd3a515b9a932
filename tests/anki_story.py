"""What an Anki user does with our decks, told by one backend as JSON; run by the Python that has that backend.

`python anki_story.py FOLDER PROGRESS PRESETS FIRST [SECOND [RETIRED]]`: import FIRST with the two switches (0 or 1),
look at every card, study ten, edit a note; then import SECOND and RETIRED over it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from anki.buildinfo import version
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


def brought_in(col: Collection, path: str, *, progress: bool, presets: bool) -> dict[str, int]:
    """Import a package and return how many notes were new, updated, duplicate and conflicting."""
    options = ImportAnkiPackageOptions(with_scheduling=progress, with_deck_configs=presets)
    log = col.import_anki_package(ImportAnkiPackageRequest(package_path=path, options=options)).log
    return {name: len(getattr(log, name)) for name in ("new", "updated", "duplicate", "conflicting")}


def spoilt_sides(col: Collection) -> list[str]:
    """Return the Uids of cards with a side that is blank, a problem or without our card."""
    spoilt = []
    for found in col.find_cards(""):
        card = col.get_card(found)
        shown = card.render_output()
        sides = (shown.question_text, shown.answer_text)
        if any("has a problem" in html or "is blank" in html or 'class="certdrill' not in html for html in sides):
            spoilt.append(card.note()["Uid"])
    return spoilt


def next_domains(col: Collection, number: int) -> list[str]:
    """Return the domains of the next new cards of our deck in the scheduler's order."""
    (deck,) = {card.did for card in (col.get_card(found) for found in col.find_cards(""))}
    col.decks.select(deck)
    queue = col.sched.get_queued_cards(fetch_limit=number).cards
    return [col.get_card(one.card.id).note()["Domain"] for one in queue]


def rows(col: Collection) -> list[Any]:
    """Return all that is known of every card."""
    return col.db.all("select * from cards order by id")


def story(folder: Path, progress: str, presets: str, *paths: str) -> dict[str, Any]:
    """Play the whole story and return what was seen."""
    col = Collection(str(folder / "collection.anki2"))
    col.set_config("fsrs", True)
    preset = col.decks.get_config(1)
    preset["new"]["perDay"] = 9999
    col.decks.update_config(preset)
    switches = {"progress": progress == "1", "presets": presets == "1"}
    seen: dict[str, Any] = {"version": version, "first": brought_in(col, paths[0], **switches)}
    seen["spoilt"] = spoilt_sides(col)
    seen["missing media"] = list(col.media.check().missing)
    seen["domains"] = next_domains(col, 50)
    seen["sound"] = col.fix_integrity()[1]
    if len(paths) > 1:
        seen["studied"] = []
        for _ in range(10):
            shown = col.sched.getCard()
            seen["studied"].append(shown.note()["Domain"])
            col.sched.answerCard(shown, 4)
        mine = col.get_note(col.find_notes("Uid:apps-card-3")[0])
        mine["Explanation"] = "my own words"
        col.update_note(mine)
        before = {row[0]: row for row in rows(col)}
        seen["second"] = brought_in(col, paths[1], **switches)
        seen["kept"] = all(row == before[row[0]] for row in rows(col) if row[0] in before)
        seen["edited"] = col.get_note(col.find_notes("Uid:design-card-0")[0])["Question"]
        seen["mine"] = col.get_note(col.find_notes("Uid:apps-card-3")[0])["Explanation"]
        seen["types"] = sorted(one.name for one in col.models.all_names_and_ids() if "certdrill" in one.name)
        seen["domains after"] = next_domains(col, 40)
    if len(paths) > 2:
        seen["third"] = brought_in(col, paths[2], **switches)
        seen["retired"] = [col.get_note(one)["Uid"] for one in col.find_notes("tag:certdrill::retired")]
        seen["kept at last"] = all(row == before[row[0]] for row in rows(col) if row[0] in before)
    seen["sound at last"] = col.fix_integrity()[1]
    col.close()
    return seen


if __name__ == "__main__":
    print(json.dumps(story(Path(sys.argv[1]), *sys.argv[2:])))
