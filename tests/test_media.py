"""Pictures and sounds of cards: found and checked, shown in the terminal, and carried into Anki."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from anki_sample import bring_in, collection
from certdrill.anki import package
from certdrill.anki.notes import field_names
from certdrill.anki.package import write
from certdrill.corpus.draft import examine, template
from certdrill.corpus.files import digest, list_files
from certdrill.corpus.load import Corpus, load
from certdrill.corpus.records import content_of
from certdrill.errors import UnreadableFileError
from certdrill.model import Card, Media, Unit
from certdrill.screen.lines import Paint
from certdrill.screen.view import View, answer_lines, question_lines, revealed
from certdrill.study.prompt import make
from conftest import Run
from deck_sample import deck, locked

DOT = b"\x89PNG\r\n\x1a\n made up"
BEEP = b"ID3 made up"
NAMED = {raw: f"certdrill-{sha256(raw).hexdigest()[:16]}" for raw in (DOT, BEEP)}
Make = Callable[..., Path]


@pytest.fixture
def cards(corpus: Callable[..., Path]) -> Make:
    """Write a corpus of one basic card with this `media`, beside a picture and a sound."""

    def write_one(media: str, more: str = "") -> Path:
        card = f"  - {{id: one-card, kind: basic, front: Q, back: A, why: W, media: {media}}}\n"
        folder = corpus(law=f"domain: law\ncards:\n{card}{more}")
        (folder / "pictures").mkdir(exist_ok=True)
        (folder / "pictures" / "dot.png").write_bytes(DOT)
        (folder / "Beep.MP3").write_bytes(BEEP)
        return folder

    return write_one


def problems(folder: Path) -> list[str]:
    return [str(problem).partition("\n")[0] for problem in load(str(folder), "").problems]


def test_a_card_names_its_media_by_path_or_with_more_to_say(cards: Make) -> None:
    """A path alone is a picture of the question; paths open from where the corpus was found."""
    folder = cards("[pictures/dot.png, {file: Beep.MP3, alt: A beep, side: answer}]")
    assert problems(folder) == []
    picture, sound = load(str(folder), "").content("one-card").media
    assert picture == Media("pictures/dot.png", "", "question", str(folder / "pictures" / "dot.png"))
    assert sound == Media("Beep.MP3", "A beep", "answer", str(folder / "Beep.MP3"))
    assert (picture.is_sound, sound.is_sound) == (False, True)


@pytest.mark.parametrize(("path", "message"), [
    ("pictures/none.png", "there is no file 'pictures/none.png'; put it into the corpus"),
    ("Pictures/dot.png", "there is no file 'Pictures/dot.png'"),
    ("/etc/dot.png", "the path '/etc/dot.png' where one inside the corpus belongs"),
    ("'C:/dot.png'", "the path 'C:/dot.png' where one inside the corpus belongs"),
    ("pictures\\dot.png", r"the path 'pictures\\dot.png' where one inside the corpus belongs"),
    ("../dot.png", "the path '../dot.png' leaves the corpus or is hidden"),
    ("pictures/../../dot.png", "the path 'pictures/../../dot.png' leaves the corpus or is hidden"),
    ("pictures//dot.png", "the path 'pictures//dot.png' leaves the corpus or is hidden"),
    (".hidden/dot.png", "the path '.hidden/dot.png' leaves the corpus or is hidden"),
    ("law.yaml", "'law.yaml' is no picture or sound that Anki shows everywhere; use png, jpg,"),
    ("png", "'png' is no picture or sound"),
    ("pictures/dot.png.exe", "'pictures/dot.png.exe' is no picture or sound"),
    ("big.jpg", "'big.jpg' has 10.0 MB, more than 10; make it smaller"),
    ("out.png", "'out.png' cannot be used: it is a link that leads out of the folder"),
    ("lost.png", "'lost.png' cannot be used: it cannot be read"),
    ("linked/far.png", "there is no file 'linked/far.png'; put it into the corpus, not behind a link"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["[{}]", "[pictures/dot.png, {{file: {}, alt: x}}]"])
def test_a_file_that_cannot_travel_is_an_error_at_its_item(
    cards: Make, tmp_path: Path, path: str, message: str, form: str
) -> None:
    """Missing, outside, of another kind or too large: told where it is named, and the card is set aside."""
    folder = cards(form.format(path))
    with (folder / "big.jpg").open("wb") as file:
        file.truncate(10_000_001)
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "far.png").write_bytes(DOT)
    (folder / "out.png").symlink_to(tmp_path / "far" / "far.png")
    (folder / "lost.png").symlink_to(folder / "gone.png")
    (folder / "linked").symlink_to(tmp_path / "far")
    (found,) = problems(folder)
    column = 68 if form == "[{}]" else 86
    assert found.startswith(f"{folder}/law.yaml:3:{column}: error: {message}")
    assert found.endswith("[media-file]")
    assert load(str(folder), "").cards == ()


def test_a_link_inside_the_corpus_is_a_file_like_another(cards: Make) -> None:
    """Only what leads out is refused."""
    folder = cards("[same.png]")
    (folder / "same.png").symlink_to(folder / "pictures" / "dot.png")
    assert problems(folder) == []


@pytest.mark.parametrize(("media", "message"), [
    ("pictures/dot.png", "where a list belongs"),
    ("[]", "a list of 0 where 1 to 8 belong"),
    ("[[a.png]]", "a list where a text or a picture or sound belongs"),
    ("[{alt: x}]", "a picture or sound without 'file'"),
    ("[{file: a.png, side: front}]", "where one of a few words belongs"),
    ("[{path: a.png, file: a.png}]", "the unknown key 'path'"),
])  # fmt: skip
def test_media_of_another_form_are_told(cards: Make, media: str, message: str) -> None:
    """As every other field is."""
    assert any(message in problem for problem in problems(cards(media)))


def test_the_cache_knows_of_the_files(cards: Make, tmp_path: Path) -> None:
    """A picture that goes, comes, grows or becomes a link is seen although no YAML changed."""
    folder, cache = cards("[pictures/dot.png]"), str(tmp_path / "cache")
    picture = folder / "pictures" / "dot.png"

    def number() -> int:
        return len(load(str(folder), "", cache).cards)

    seen = [number()]
    picture.unlink()
    seen.append(number())
    picture.write_bytes(DOT)
    seen.append(number())
    with picture.open("ab") as file:
        file.truncate(20_000_000)
    seen.append(number())
    assert seen == [1, 0, 1, 0]
    before = digest(list_files(str(folder)))
    picture.write_bytes(b"")
    assert digest(list_files(str(folder))) != before


def test_a_draft_is_held_to_the_files_of_its_corpus(cards: Make) -> None:
    """A card that is being written may name what is there, and is told of what is not; its template shows how."""
    files = list_files(str(cards("[pictures/dot.png]")))

    def found(path: str) -> list[str]:
        raw = f"domain: law\ncards:\n  - {{id: new-card, kind: basic, front: N, back: M, media: [{path}]}}\n"
        return [problem.rule for problem in examine(files, raw.encode(), "draft.yaml").problems]

    assert (found("Beep.MP3"), found("none.png")) == ([], ["media-file"])
    assert "    # media: [pictures/recall.png]\n" in template("basic", load(str(cards("[Beep.MP3]")), "").exam, "law")


def fields(corpus: Corpus, name: str = "one-card") -> dict[str, str]:
    """Return the fields of a card's note by name."""
    built = deck_of(corpus)
    (note,) = (note for note in built.notes if note.card == name)
    return dict(zip(field_names(note.kind), note.fields, strict=True))


def deck_of(corpus: Corpus) -> Any:
    """Build the deck of a corpus with two domains."""
    from certdrill.anki.deck import build

    entries = locked([(card, corpus.record(card.id)) for card in corpus.cards]).cards
    return build(corpus.exam, corpus.cards, corpus.content, entries, corpus.exam.weights())


def test_pictures_and_sounds_stand_at_the_end_of_question_and_explanation(cards: Make) -> None:
    """They are named by their content; what they show is escaped and opens no deletion."""
    folder = cards("""[{file: pictures/dot.png, alt: 'A "dot" <b> {{c1::x}}'}, Beep.MP3,
      {file: pictures/dot.png, side: answer}, {file: Beep.MP3, side: answer}]""")
    shown = fields(load(str(folder), ""))
    alt = "A &quot;dot&quot; &lt;b&gt; &#123;&#123;c1&#58;&#58;x&#125;&#125;"
    assert shown["Question"] == f'Q<img src="{NAMED[DOT]}.png" alt="{alt}"> [sound:{NAMED[BEEP]}.mp3]'
    assert shown["Explanation"] == f'W<img src="{NAMED[DOT]}.png" alt=""> [sound:{NAMED[BEEP]}.mp3]'
    assert shown["Answer"] == "A"


def test_a_deck_holds_the_media_of_its_own_cards_once(cards: Make) -> None:
    """Equal files are one, and those of cards left out, or of none, stay out."""
    others = "".join(
        f"  - {{id: {name}, kind: basic, front: Q, back: A, media: [{file}]}}\n"
        for name, file in (("two-cards", "copy.png"), ("three-cards", "other.png"))
    )
    folder = cards("[pictures/dot.png]", others)
    (folder / "copy.png").write_bytes(DOT)
    (folder / "other.png").write_bytes(b"other")
    (folder / "unused.png").write_bytes(b"unused")
    corpus = load(str(folder), "")
    corpus.cards = corpus.cards[:2]
    assert list(deck_of(corpus).media) == [f"{NAMED[DOT]}.png"]


def packed(path: Path) -> dict[str, bytes]:
    """Return the pictures and sounds of a package by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(number) for number, name in json.loads(archive.read("media")).items()}


def test_media_arrive_in_anki(cards: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anki finds every file it is told of, plays the sound and sorts by what we computed."""
    monkeypatch.chdir(tmp_path)
    cloze = (
        "  - {id: two-cards, kind: cloze, text: 'Say {{c1::x}}', media: [{file: pictures/dot.png, alt: '{{c1::y}}'}]}\n"
    )
    folder = cards("[pictures/dot.png, {file: Beep.MP3, side: answer}]", cloze)
    built = deck_of(load(str(folder), ""))
    write(built, "deck.apkg")
    write(built, "again.apkg")
    assert Path("deck.apkg").read_bytes() == Path("again.apkg").read_bytes()
    assert packed(Path("deck.apkg")) == {f"{NAMED[DOT]}.png": DOT, f"{NAMED[BEEP]}.mp3": BEEP}
    with collection(tmp_path) as col:
        assert len(bring_in(col, tmp_path / "deck.apkg").new) == 2
        assert col.card_count() == 2
        found = col.media.check()
        assert (list(found.missing), list(found.unused)) == ([], [])
        (shown,) = (one.render_output() for one in col.get_note(col.find_notes("Uid:one-card")[0]).cards())
        assert f'<img src="{NAMED[DOT]}.png"' in shown.question_text
        assert [tag.filename for tag in shown.answer_av_tags] == [f"{NAMED[BEEP]}.mp3"]
        for note in built.notes:
            ours = package._shown(note.fields[0])
            kept = col.get_note(note.id)
            kept["Extra1"] = "touched, so that Anki computes again"
            col.update_note(kept)
            known = col.db.first("SELECT sfld, csum FROM notes WHERE id = ?", note.id)
            assert tuple(known) == (ours, package._checksum(ours))


def test_a_changed_picture_changes_the_note_and_reaches_the_collection(
    certdrill: Run, cards: Make, tmp_path: Path
) -> None:
    """Another content is another name and a newer note; a file that only moved changes nothing."""
    folder = cards("[pictures/dot.png]", "  - {id: two-cards, kind: basic, front: Q2, back: A}\n")

    def exported(name: str) -> dict[str, Any]:
        done = certdrill("--cards", folder, "export", "-o", tmp_path / name)
        assert done.returncode == 0, done.stderr
        return dict(json.loads((folder / "ids.lock").read_text())["cards"])

    first = exported("one.apkg")
    assert exported("one-again.apkg") == first
    (folder / "moved.png").write_bytes(DOT)
    (folder / "law.yaml").write_text((folder / "law.yaml").read_text().replace("pictures/dot.png", "moved.png"))
    assert exported("moved.apkg") == first
    (folder / "moved.png").write_bytes(b"another picture")
    second = exported("two.apkg")
    assert second["one-card"]["looks"] != first["one-card"]["looks"]
    assert second["one-card"]["changed"] > first["one-card"]["changed"]
    assert second["two-cards"] == first["two-cards"]
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "one.apkg")
        log = bring_in(col, tmp_path / "two.apkg")
        assert (len(log.updated), len(log.duplicate)) == (1, 1)
        assert not col.media.check().missing


def test_a_picture_that_went_after_the_check_is_refused_by_name(cards: Make) -> None:
    """Between reading the cards and writing the deck a file may go."""
    folder = cards("[pictures/dot.png]")
    corpus = load(str(folder), "")
    (folder / "pictures" / "dot.png").unlink()
    with pytest.raises(UnreadableFileError, match=re.escape(str(folder / "pictures" / "dot.png"))):
        _ = deck_of(corpus).media


def view(kind: str, part: str = "", **record: Any) -> View:
    """Return a view of a card with a picture on its question and a sound on its answer side."""
    media = [{"file": "a/dot.png", "alt": "A dot\x1b[2J"}, {"file": "beep.ogg", "side": "answer"}]
    card = Card("one-card", kind, "law", ("f", "r") if part else ("",))
    content = content_of({"kind": kind, "media": media, **record}, "cards")
    return View(make(card, Unit("one-card", part), content, "seed"), "Law", 1, 0, "new", answer="", right=None)


PICTURE, SOUND = "[picture: A dot\ufffd[2J] cards/a/dot.png", "[sound: beep.ogg] cards/beep.ogg"


def test_the_terminal_says_what_is_shown_and_where_it_is() -> None:
    """A line for each, on its side, with nothing a terminal might act on."""
    one = view("basic", front="Q", back="A", why="W")
    assert question_lines(one, 60, Paint()) == ["Q", "", PICTURE]
    assert answer_lines(one, 60, Paint()) == ["A", "", "W", "", SOUND]
    item = view("choice", stem="S", options=[{"text": "x", "correct": True}, {"text": "y"}])
    assert question_lines(item, 60, Paint())[:4] == ["S", "", PICTURE, ""]
    assert revealed(item, 60, Paint())[0][:4] == ["S", "", PICTURE, ""]


def test_a_picture_of_the_front_does_not_give_it_away() -> None:
    """Asked from its back, a reversed card shows the front's picture with the answer."""
    back = view("reversed", "r", front="F", back="B")
    assert question_lines(back, 60, Paint()) == ["B"]
    assert answer_lines(back, 60, Paint()) == ["F", "", PICTURE, SOUND]


def test_cards_without_media_have_the_lock_they_had() -> None:
    """Nobody's lock changes with this version."""
    head = Card("one-card", "basic", "apps")
    entry = locked([(head, {"id": "one-card", "kind": "basic", "front": "Q", "back": "A"})]).cards["one-card"]
    assert (entry.meaning, entry.looks) == ("798640599597", "fc82e98b9ead")
    assert deck([(head, {"id": "one-card", "kind": "basic", "front": "Q", "back": "A"})]).media == {}
