from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from certdrill.cli.editor import arguments
from certdrill.cli.main import run
from certdrill.corpus.load import load
from certdrill.errors import EditorFailedError
from conftest import CARDS, EXAM, Run, basic_cards

STRICT = EXAM + 'strict: true\nobjectives:\n  - {id: "1.1", domain: law, text: Know the law}\n'
FRONT = "front: >-\n      "
BACK = "back: >-\n      "


@pytest.fixture(autouse=True)
def no_editor_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test names its editor, or has none."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)


@pytest.fixture
def editor(tmp_path: Path) -> Callable[..., str]:
    """Make an editor that writes down what it was called with and replaces text in the file, once a run."""

    def make(*changes: tuple[str, str], code: int = 0, name: str = "pen") -> str:
        script = tmp_path / f"{name}.py"
        script.write_text(
            "import json, pathlib, sys\n"
            f"changes, log = {list(changes)!r}, pathlib.Path({str(tmp_path / 'calls')!r})\n"
            "log.open('a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
            "path = pathlib.Path(sys.argv[-1])\n"
            "text = path.read_bytes().decode()\n"
            "for old, new in changes:\n"
            "    text = text.replace(old, new)\n"
            "path.write_bytes(text.encode())\n"
            f"sys.exit({code})\n"
        )
        link = tmp_path / name
        link.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        link.chmod(0o755)
        return f"'{link}'"

    return make


def written(card: str = "new-card") -> list[tuple[str, str]]:
    """What fills in the template of a basic card."""
    return [("- id:", f"- id: {card}"), (FRONT, FRONT + "What is new?"), (BACK, BACK + "This card.")]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command line in this process, see it refuse with code 1, and return what it said."""
    monkeypatch.setenv("EDITOR", "false")

    def call(folder: Path, *arguments: object) -> str:
        assert run(["--cards", str(folder), "cards", *map(str, arguments)]) == 1, arguments
        return capsys.readouterr().err

    return call


def drafts(home: Path) -> list[Path]:
    return sorted((home / "xdg_data_home" / "certdrill" / "drafts").glob("*"))


def test_a_template_is_printed_where_no_editor_is_named(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """With the objective's text, today's date and what a strict corpus asks for; printing changes nothing."""
    folder = corpus(exam=STRICT, law=basic_cards("law", 1))
    new = ("--cards", folder, "--now", "2026-11-22T01:00+05:00", "cards", "new")
    done = certdrill(*new, "--kind", "choice", "--objective", "1.1", "--id", "new-card", EDITOR="", VISUAL="")
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "#: 1.1: Know the law",
        "domain: law",
        "  - id: new-card",
        '    objective: "1.1"',
        '    verified: "2026-11-22"',
        "      - text:",
        "        why:",
        "      - url:",
    ):
        assert line in done.stdout.split("\n")
    printed = certdrill(*new, "--kind", "choice", "--objective", "1.1", "--id", "new-card", "--print", EDITOR="false")
    assert printed.stdout == done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["exam.yaml", "law.yaml"]


def test_a_written_card_is_added_at_the_end_of_its_file(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], own_home: Path
) -> None:
    """Every byte before it stays, guidance stays behind, and the draft goes."""
    law = basic_cards("law", 2) + "# the end"
    folder = corpus(law=law, ethics=basic_cards("ethics", 1))
    done = certdrill(
        *("--cards", folder, "--now", "2026-11-22T12:00Z"),
        *("cards", "new", "--kind", "basic", "--domain", "Law of"),
        EDITOR=editor(*written(), ("# tags: [topic]", "# mine\n    tags: [fresh]")),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"new-card is added: {folder}/law.yaml:11\n"
    assert (folder / "law.yaml").read_text() == basic_cards("law", 2) + (
        "  - id: new-card\n    kind: basic\n    # mine\n    tags: [fresh]\n"
        '    verified: "2026-11-22"\n    front: >-\n      What is new?\n    back: >-\n      This card.\n# the end'
    )
    assert drafts(own_home) == []
    assert "0 errors" in certdrill("--cards", folder, "check").stdout


def test_a_template_left_as_it_was_adds_nothing(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], own_home: Path
) -> None:
    """One line and code 0; an emptied file means the same."""
    folder = corpus(law=basic_cards("law", 1))
    before = (folder / "law.yaml").read_bytes()
    for pen in (editor(), "cp /dev/null"):
        done = certdrill("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "law", VISUAL=pen)
        assert (done.returncode, done.stdout) == (0, "Nothing was added: the template is as it was.\n"), pen
    assert (folder / "law.yaml").read_bytes() == before
    assert drafts(own_home) == []


def test_a_card_with_errors_is_kept_as_a_draft_and_added_from_it(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], own_home: Path
) -> None:
    """Its problems are located in the draft; once they are mended, `--from` adds the card."""
    folder = corpus(law=basic_cards("law", 1))
    before = (folder / "law.yaml").read_bytes()
    done = certdrill(
        *("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "law"),
        EDITOR=editor(*written("fact-law-a"), ("# requires: [earlier-card]", "requires: [nobody-knows]")),
    )
    (draft,) = drafts(own_home)
    assert done.returncode == 1
    assert f"{draft}:6:9: error: the id 'fact-law-a' again (first in law.yaml:3)" in done.stdout
    assert "the unknown card 'nobody-knows' under requires" in done.stdout
    assert "certdrill: the card has 2 errors; nothing was added" in done.stderr
    assert f"`certdrill cards new --from {draft}` adds it once it is right" in done.stderr
    assert (folder / "law.yaml").read_bytes() == before
    text = draft.read_text().replace("fact-law-a", "new-card").replace("nobody-knows", "fact-law-a")
    draft.write_text(text)
    done = certdrill("--cards", folder, "cards", "new", "--from", draft)
    assert (done.returncode, done.stdout) == (0, f"new-card is added: {folder}/law.yaml:8\n")
    assert drafts(own_home) == []


def test_a_draft_the_person_named_is_left_where_it_is(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """A printed template that was filled in can be added, by whatever wrote it."""
    folder = corpus(law=basic_cards("law", 1))
    text = certdrill("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "law", "--print").stdout
    for old, new in written():
        text = text.replace(old, new)
    (tmp_path / "mine.yaml").write_text(text)
    assert certdrill("--cards", folder, "cards", "new", "--from", "mine.yaml").returncode == 0
    assert (tmp_path / "mine.yaml").read_text() == text


def test_the_file_is_named_where_several_could_take_the_card(
    certdrill: Run,
    corpus: Callable[..., Path],
    editor: Callable[..., str],
    refused: Callable[..., str],
    own_home: Path,
) -> None:
    """Refused before anything is typed, with the list; `--file` is a path from here or from the corpus."""
    folder = corpus(law=basic_cards("law", 1), more=basic_cards("law", 1, "more"), ethics=basic_cards("ethics", 1))
    new = ("--cards", folder, "cards", "new", "--kind", "basic")
    law = (folder, "new", "--kind", "basic", "--domain", "law")
    assert f"name one with --file: {folder}/law.yaml, {folder}/more.yaml" in refused(*law)
    assert "ethics.yaml belongs to the domain 'ethics', not to 'law'" in refused(*law, "--file", "ethics.yaml")
    for name in ("exam.yaml", "../x.yaml", "x.txt", "mocks/new.yaml", ".x.yaml"):
        assert f"{name} cannot hold cards" in refused(*law, "--file", name)
    assert drafts(own_home) == []
    assert certdrill(*new, "--file", "more.yaml", EDITOR=editor(*written())).returncode == 0
    assert certdrill(*new, "--file", folder / "more.yaml", EDITOR=editor(*written("newer-card"))).returncode == 0
    assert (folder / "more.yaml").read_text().count("  - id: new") == 2


def test_a_domain_without_a_file_gets_one_with_a_header(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str]
) -> None:
    """Named after the domain, in a folder where cards are in folders, with the schema and the guide."""
    folder = corpus(exam=EXAM + 'guide: "2026-03"\n', law=basic_cards("law", 1))
    new = ("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "ethics")
    assert certdrill(*new, EDITOR=editor(*written())).returncode == 0
    assert (folder / "ethics.yaml").read_text().startswith('domain: ethics\nexam_guide: "2026-03"\ncards:\n  - id: new')
    (folder / "ethics.yaml").unlink()
    (folder / "schema").mkdir()
    (folder / "schema" / "cards.schema.json").write_text("{}")
    (folder / "law").mkdir()
    (folder / "law.yaml").rename(folder / "law" / "law.yaml")
    assert certdrill(*new, EDITOR=editor(*written())).returncode == 0
    first = (folder / "ethics" / "ethics.yaml").read_text().split("\n")[0]
    assert first == "# yaml-language-server: $schema=../schema/cards.schema.json"


def test_an_id_that_is_taken_and_names_that_do_not_fit_are_refused_before_typing(
    corpus: Callable[..., Path], refused: Callable[..., str]
) -> None:
    """In use, retired, or no id at all; an unknown objective; a domain that is not the objective's; no domain."""
    tomb = 'retired:\n  - {id: old-card, date: "2026-01-01", reason: Wrong}\n'
    folder = corpus(exam=STRICT.replace("strict: true\n", ""), law=basic_cards("law", 1), retired=tomb)
    for options, said in (
        (("--objective", "1.1", "--id", "fact-law-a"), f"it stands at {folder}/law.yaml:3:9"),
        (("--objective", "1.1", "--id", "old-card"), "it was retired on 2026-01-01"),
        (("--objective", "1.1", "--id", "Old"), "cannot be an id"),
        (("--objective", "1.2"), "no objective '1.2'; nearest: 1.1"),
        (("--objective", "1.1", "--domain", "ethics"), "objective 1.1 belongs to the domain 'law', not to 'ethics'"),
        ((), "--objective: law, ethics"),
    ):
        assert said in refused(folder, "new", "--kind", "basic", *options)
    assert run(["--cards", str(folder), "cards", "new"]) == 2  # without --kind


def test_an_editor_that_fails_loses_nothing(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], own_home: Path
) -> None:
    """What was typed is kept and named; an editor that is not there is said to be so."""
    folder = corpus(law=basic_cards("law", 1))
    new = ("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "law")
    failed = certdrill(*new, EDITOR=editor(*written(), code=3))
    (draft,) = drafts(own_home)
    assert (failed.returncode, "What is new?" in draft.read_text()) == (1, True)
    assert "failed: it ended with code 3" in failed.stderr
    assert str(draft) in failed.stderr
    failed = certdrill(*new, EDITOR="/nowhere/pen")
    assert (failed.returncode, "No such file" in failed.stderr) == (1, True)
    assert drafts(own_home) == [draft]


def test_ctrl_c_belongs_to_the_editor_while_it_is_open(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], tmp_path: Path
) -> None:
    """In most of them it only cancels something; certdrill waits on and the card is added."""
    pen = editor(*written())
    script = tmp_path / "pen.py"
    script.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGINT)\n" + script.read_text())
    folder = corpus(law=basic_cards("law", 1))
    done = certdrill("--cards", folder, "cards", "new", "--kind", "basic", "--domain", "law", EDITOR=pen)
    assert (done.returncode, "new-card is added" in done.stdout) == (0, True)


@pytest.mark.parametrize(("answer", "code", "left"), [("k", 1, 1), ("g", 0, 0)])
def test_a_person_may_keep_a_card_with_errors_or_give_it_up(
    corpus: Callable[..., Path],
    editor: Callable[..., str],
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    left: int,
) -> None:
    """The draft stays, or goes because that was asked for; the corpus is as it was."""
    folder = corpus(law=basic_cards("law", 1))
    monkeypatch.setattr("certdrill.cli.author._is_manned", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: answer)
    monkeypatch.setenv("EDITOR", editor(*written("fact-law-a")))
    assert run(["--cards", str(folder), "cards", "new", "--kind", "basic", "--domain", "law"]) == code
    assert len(drafts(own_home)) == left
    assert (folder / "law.yaml").read_text() == basic_cards("law", 1)


def test_a_person_is_asked_whether_to_mend_a_card(
    corpus: Callable[..., Path], editor: Callable[..., str], tmp_path: Path, own_home: Path
) -> None:
    """At a terminal: which file, the problems, edit again, and in the end the card is added."""
    folder = corpus(law=basic_cards("law", 1), more=basic_cards("law", 1, "more"))
    pen = editor(
        (FRONT, FRONT + "What is new?"),
        ("- id: new-card", "- id: newest-card"),
        *written()[2:],
        ("- id:\n", "- id: no\n"),
    )
    child = pexpect.spawn(
        sys.executable,
        ["-m", "certdrill", "--cards", str(folder), "cards", "new", "--kind", "basic", "--domain", "law"],
        env={**os.environ, "EDITOR": pen},
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=20,
    )
    child.expect("Which file")
    child.sendline("2")
    child.expect("'no' where a value such as")
    child.expect("k keeps the draft")
    (draft,) = drafts(own_home)
    draft.write_text(draft.read_text().replace("- id: no", "- id: new-card"))
    child.sendline("e")
    child.expect("newest-card is added: .*more.yaml:8")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, drafts(own_home)) == (0, [])


@pytest.mark.parametrize(
    ("command", "called"),
    [
        ("vim -f", ["vim", "-f", "+7", "a b.yaml"]),
        ("/usr/bin/nvim", ["/usr/bin/nvim", "+7", "a b.yaml"]),
        ("emacsclient -t", ["emacsclient", "-t", "+7", "a b.yaml"]),
        ("hx", ["hx", "+7", "a b.yaml"]),
        ("code", ["code", "--wait", "--goto", "a b.yaml:7"]),
        ("codium -w -n", ["codium", "-w", "-n", "--goto", "a b.yaml:7"]),
        ("'/my apps/subl' --wait", ["/my apps/subl", "--wait", "a b.yaml:7"]),
        ("zed", ["zed", "--wait", "a b.yaml:7"]),
        ("ed", ["ed", "a b.yaml"]),
    ],
)
def test_editors_are_sent_to_a_line_in_their_own_way(command: str, called: list[str]) -> None:
    """No shell takes the words apart; an editor with windows is told to wait; an unknown one gets the file alone."""
    assert arguments(command, "a b.yaml", 7) == called


def test_an_editor_command_with_an_open_quote_is_refused() -> None:
    """It is named with what is wrong."""
    with pytest.raises(EditorFailedError, match="No closing quotation"):
        arguments("vim 'x", "a.yaml")


def test_edit_opens_the_card_at_its_line_and_checks_the_file(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str], tmp_path: Path
) -> None:
    """Code 0 and a count, or the problems and code 1; an unknown editor gets the file and a note."""
    folder = corpus(law=basic_cards("law", 2))
    done = certdrill(
        "--cards", folder, "cards", "edit", "fact-law-b", EDITOR=editor(("fact 1", "fact one"), name="vim")
    )
    assert (done.returncode, done.stdout) == (0, f"{folder}/law.yaml: 0 errors, 0 warnings\n")
    assert json.loads((tmp_path / "calls").read_text()) == ["+7", f"{folder}/law.yaml"]
    assert "fact one" in (folder / "law.yaml").read_text()
    done = certdrill("--cards", folder, "cards", "edit", "fact-law-b", EDITOR=editor(("kind: basic", "kind: base")))
    assert done.returncode == 1
    assert done.stdout.startswith(f"fact-law-b is at {folder}/law.yaml:7\n{folder}/law.yaml:4:11: error: 'base'")
    assert done.stdout.endswith("law.yaml: 2 errors, 0 warnings\n")
    (folder / "law.yaml").write_text((folder / "law.yaml").read_text().replace("kind: base\n", "kind: 'base\n"))
    done = certdrill("--cards", folder, "cards", "edit", "fact-law-b", EDITOR=editor(("'base", "basic"), name="nano"))
    assert (done.returncode, "0 errors" in done.stdout) == (0, True)


def test_edit_says_what_an_edit_broke_in_other_files(
    certdrill: Run, corpus: Callable[..., Path], editor: Callable[..., str]
) -> None:
    """A changed id is a vanished one for the lock, and a reference to nobody elsewhere."""
    ethics = basic_cards("ethics", 1) + "    contrast: [fact-law-a]\n"
    folder = corpus(law=basic_cards("law", 1), ethics=ethics)
    certdrill("--cards", folder, "check", "--write-lock")
    done = certdrill("--cards", folder, "cards", "edit", "fact-law-a", EDITOR=editor(("fact-law-a", "fact-law-z")))
    assert done.returncode == 1
    assert "the card 'fact-law-a' has vanished" in done.stdout
    assert f"{folder}/ethics.yaml:7:16: error: the unknown card 'fact-law-a' under contrast" in done.stdout


def test_edit_without_an_editor_says_where_the_card_is(
    corpus: Callable[..., Path], refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be opened by hand; an unknown id gets the nearest ones."""
    folder = corpus(law=basic_cards("law", 1))
    assert refused(folder, "edit", "fact-law-x") == "certdrill: no card 'fact-law-x'; nearest: fact-law-a\n"
    monkeypatch.setenv("EDITOR", "")
    monkeypatch.setenv("VISUAL", " ")
    assert f"The card is at {folder}/law.yaml:3" in refused(folder, "edit", "fact-law-a")


def test_a_retired_card_keeps_its_history(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """Its lines go, its id stays with date and reason; `check`, the export and `show` know what happened."""
    folder = corpus(law=basic_cards("law", 3), retired="# gone for good\nretired: []  # none\n")
    options = ("--cards", folder, "--history", tmp_path / "h.db", "--now", "2026-11-22T12:00Z")
    certdrill(*options, "check", "--write-lock")
    certdrill(*options, "review", "--limit", 3, stdin="\n3\n" * 3)
    why = ("--why", 'Wrong: see "the page" #2\nsince May')
    done = certdrill(*options, "cards", "retire", "fact-law-b", *why, "--replaced-by", "fact-law-c")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"fact-law-b is retired and stands in {folder}/retired.yaml; its history is kept.\n"
    lines = basic_cards("law", 3).splitlines(keepends=True)
    assert (folder / "law.yaml").read_text() == "".join(lines[:6] + lines[10:])
    assert (folder / "retired.yaml").read_text() == (
        '# gone for good\nretired:  # none\n  - id: fact-law-b\n    date: "2026-11-22"\n'
        '    reason: "Wrong: see \\"the page\\" #2 since May"\n    replaced_by: fact-law-c\n'
    )
    checked = certdrill(*options, "check")
    assert (checked.returncode, f"2 cards from {folder}: 0 errors" in checked.stdout) == (0, True)
    shown = certdrill(*options, "cards", "show", "fact-law-b").stdout.split("\n")
    assert shown[0] == 'fact-law-b was retired on 2026-11-22: Wrong: see "the page" #2 since May'
    assert shown[1:4] == ["fact-law-c took its place.", "", "fact-law-b: retired"]
    assert shown[4].startswith("  2026-11-22 12:00  Good")
    row = json.loads(certdrill(*options, "cards", "show", "fact-law-b", "--json").stdout)
    assert (row["schema"], row["retired"]["replaced_by"], len(row["events"])) == (1, "fact-law-c", 1)
    assert certdrill(*options, "export", "-o", tmp_path / "a.apkg").returncode == 0
    again = certdrill(*options, "cards", "retire", "fact-law-b", "--why", "x")
    assert (again.returncode, "was retired on 2026-11-22" in again.stderr) == (1, True)


def test_the_last_card_of_a_file_takes_the_file_with_it(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """It is said; retired.yaml is made where it is missing."""
    folder = corpus(law=basic_cards("law", 1), ethics=basic_cards("ethics", 1))
    done = certdrill("--cards", folder, "cards", "retire", "fact-law-a", "--why", "Not asked any more")
    assert done.stdout.endswith(f"{folder}/law.yaml held no other card and was removed.\n")
    assert not (folder / "law.yaml").exists()
    made = (folder / "retired.yaml").read_text().split("\n")
    assert made[0].startswith("# Ids taken out of use")
    assert made[1:3] == ["retired:", "  - id: fact-law-a"]
    assert "    reason: Not asked any more" in made
    assert "1 cards" in certdrill("--cards", folder, "check").stdout


def test_a_card_that_others_name_is_not_retired(corpus: Callable[..., Path], refused: Callable[..., str]) -> None:
    """Each place is listed, and nothing changes; nor for a reason or a follower that is none."""
    ethics = basic_cards("ethics", 2) + "    contrast: [fact-law-a, fact-law-b]\n"
    folder = corpus(law=basic_cards("law", 2), ethics=ethics)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert f"  {folder}/ethics.yaml:11:28\n" in refused(folder, "retire", "fact-law-b", "--why", "x")
    for options in (("--why", " "), ("--why", "a\u202eb"), ("--why", "x", "--replaced-by", "fact-ethics-b")):
        assert refused(folder, "retire", "fact-ethics-b", *options)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_cannot_be_read_or_written_is_refused_and_nothing_changes(
    corpus: Callable[..., Path], refused: Callable[..., str]
) -> None:
    """A broken file may name the card, a list in brackets is not ours to rewrite, and an id may stand twice."""
    flow = "domain: ethics\ncards: [{id: flow-a, kind: basic, front: A, back: B}]\n"
    folder = corpus(law=basic_cards("law", 2), flow=flow, twice=basic_cards("law", 1))
    for card, said in (("flow-a", f"{folder}/flow.yaml:2:8"), ("fact-law-a", "stands at")):
        assert said in refused(folder, "retire", card, "--why", "x")
    (folder / "flow.yaml").write_text("domain: ethics\ncards:\n  - id: 'open\n")
    assert f"{folder}/flow.yaml:3:9: error" in refused(folder, "retire", "fact-law-b", "--why", "x")
    assert not (folder / "retired.yaml").exists()


def test_installed_cards_are_not_changed(refused: Callable[..., str], tmp_path: Path) -> None:
    """The next update would undo it: new, edit and retire refuse, printing does not."""
    folder = tmp_path / "site-packages" / "cards"
    shutil.copytree(CARDS, folder)
    card = load(str(folder), "here").cards[0]
    objective = ("--objective", card.objective, "--kind", "basic")
    for command in (("new", *objective), ("edit", card.id), ("retire", card.id, "--why", "x")):
        assert "copy them to a folder of your own" in refused(folder, *command)
    assert run(["--cards", str(folder), "cards", "new", *objective, "--print"]) == 0
