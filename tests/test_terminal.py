from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import signal
import sqlite3
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from certdrill.scheduling import Moment
from certdrill.screen.drill import Command
from certdrill.screen.keys import Keys
from certdrill.screen.lines import Paint
from certdrill.screen.terminal import TerminalFace
from conftest import basic_cards
from screen_sample import KINDS, NOW

LEFT = b"\x1b[?7h\x1b[?25h\x1b[?1049l"
PATIENCE = 10  # seconds; only a failing test waits that long


class Terminal:
    """A real process in a pseudo-terminal, and the picture it shows."""

    def __init__(self, command: list[str], columns: int, rows: int, environment: dict[str, str]) -> None:
        self.child = pexpect.spawn(
            command[0], command[1:], dimensions=(rows, columns), env={**os.environ, **environment}, timeout=PATIENCE
        )
        self.child.delaybeforesend = None
        self.modes = termios.tcgetattr(self.child.child_fd)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def row(self, text: str) -> str:
        """Return the row that holds a text."""
        return next(line.rstrip() for line in self.screen.display if text in line)

    def read(self, timeout: float = 0.1) -> bool:
        try:
            raw = self.child.read_nonblocking(65536, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += raw
        self.stream.feed(raw)
        return True

    def see(self, *wanted: str, gone: str = "\0") -> str:
        """Wait until every text is on the screen and `gone` is not."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if all(text in self.text for text in wanted) and gone not in self.text:
                return self.text
            if not self.read():
                break
        pytest.fail(f"did not see {wanted} (or still saw {gone!r}) in:\n{self.text}")

    def type(self, keys: str, *wanted: str, gone: str = "\0") -> str:
        """Type keys and wait for what they show."""
        self.child.send(keys)
        return self.see(*wanted, gone=gone)

    def end(self) -> tuple[int, str]:
        """Wait for the process to end; return its exit code and what it left behind the full screen."""
        while self.read():
            pass
        self.child.wait()
        assert self.raw.count(LEFT) >= 1
        assert self.raw.rindex(LEFT) > self.raw.rindex(b"\x1b[?1049h")
        left = self.raw[self.raw.rindex(LEFT) + len(LEFT) :].decode()
        return self.child.exitstatus, left

    def is_as_before(self) -> bool:
        """Whether the modes of the terminal are what they were before the start."""
        return termios.tcgetattr(self.child.child_fd) == self.modes

    def close(self) -> None:
        self.child.close(force=True)


Drill = Callable[..., Terminal]


@pytest.fixture
def drill(corpus: Callable[..., Path], tmp_path: Path) -> Iterator[Drill]:
    """Start `certdrill review` over all kinds, or over the given card files, in a terminal of its own."""
    started: list[Terminal] = []

    def start(
        *options: str, columns: int = 80, rows: int = 24, files: dict[str, str] = KINDS, **environment: str
    ) -> Terminal:
        main = ["--cards", str(corpus(**files)), "--history", str(tmp_path / "h.sqlite"), "--now", NOW]
        command = [sys.executable, "-m", "certdrill", *main, "review", "--seed", "1", *options]
        started.append(Terminal(command, columns, rows, environment))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.fixture
def ratings(tmp_path: Path) -> Callable[[], list[tuple[str, int]]]:
    """Return the ratings on disk, oldest first, those taken back left out."""

    def read() -> list[tuple[str, int]]:
        connection = sqlite3.connect(tmp_path / "h.sqlite")
        rows = connection.execute("SELECT card, rating FROM counted_reviews ORDER BY ordered_at").fetchall()
        connection.close()
        return rows

    return read


Ratings = Callable[[], list[tuple[str, int]]]


def facts(number: int) -> dict[str, str]:
    return {"law": basic_cards("law", number)}


LETTERS = (["a"], ["b"], ["c"])


def test_a_basic_card_is_revealed_and_rated(drill: Drill, ratings: Ratings) -> None:
    """Question, then answer with reason, source and four ratings; a rating key before the answer does nothing."""
    terminal = drill("--kind", "basic")
    terminal.see("What is an offer?", "Law of Contracts  new", "0 done  1 left", "space shows the answer")
    assert "promise" not in terminal.type("3x", "space shows")
    terminal.type(" ", "A promise to be bound if accepted.", "Source: https://example.org/offer (Basics)")
    assert terminal.row("Again").split("  ") == [" 1 Again 1m", " 2 Hard 6m", " 3 Good 10m", " 4 Easy 10d"]
    terminal.type("4", "Done for now.", "u undo the last")
    assert ratings() == [("offer-meaning", 4)]


def test_space_and_enter_mean_good(drill: Drill, ratings: Ratings) -> None:
    """Space or Enter reveals, and again rates Good."""
    terminal = drill("--kind", "reversed", "--limit", "1")
    terminal.see("consensus")
    terminal.type("\r", "agreement", "space Good")
    terminal.type("\r", "1 done  1 left", gone="agreement")
    assert ratings() == [("latin-word", 3)]


def test_a_cloze_shows_its_hint_then_the_whole(drill: Drill) -> None:
    """The hidden part is behind its hint until it is revealed."""
    terminal = drill("--kind", "cloze")
    terminal.see("A contract needs [first] and acceptance.")
    terminal.type(" ", "A contract needs offer and acceptance.")


def test_any_letter_can_be_typed(drill: Drill, ratings: Ratings) -> None:
    """In a typed answer u, q, s, b and wide letters are letters; Backspace and Ctrl-U take them back."""
    terminal = drill("--kind", "typed")
    terminal.see("Who decides a case?", "> _", "Enter don't know")
    terminal.type("uqsb?jk 漢x\x7f", "> uqsb?jk 漢_", "Enter checks")
    terminal.type("\x15Judge", "> Judge_")
    terminal.type("\r", "✓ Right", "2 Guessed 6m", "3 Good 10m")
    terminal.type("2", "1 done")
    assert ratings() == [("judge-word", 2)]


def test_escape_leaves_the_line_for_the_command_keys(drill: Drill) -> None:
    """After Escape the keys are commands, and the footer says so; space types on."""
    terminal = drill("--kind", "typed")
    terminal.see("> _")
    terminal.type("q", "> q_", "Esc other keys")
    terminal.type("\x1b", "space types on", "q quit", gone="> q_")
    terminal.type(" x", "> qx_")
    terminal.type("\x1b", "q quit", gone="qx_")
    terminal.child.send("q")
    assert terminal.end()[0] == 0


def test_a_choice_is_answered_by_a_letter(drill: Drill, ratings: Ratings) -> None:
    """One letter answers; a wrong one can only be Again, and every option has its reason."""
    terminal = drill("--kind", "choice", "--limit", "1")
    terminal.see("a-c answers", "0 don't know", "s suspend", "- bury")
    letter = next(line.split()[0] for line in terminal.screen.display if "Do it" in line)
    text = terminal.type(letter, "✗ Wrong", f"You answered {letter}", "It is an offence.", "space Again")
    assert re.search(rf"✗ {letter}  Do it", text)
    assert re.search(r"✓ [abc]  Refuse and say why", text)
    assert "Good" not in text
    terminal.type("3", "✗ Wrong")
    terminal.type("1", "1 done", gone="Wrong")
    assert ratings() == [("best-reply", 1)]


def test_several_answers_are_collected(drill: Drill) -> None:
    """Boxes show what is chosen, a letter again takes it back, and Enter checks when there are enough."""
    terminal = drill("--kind", "choice", files={"ethics": _only("both-duties")})
    terminal.see("Choose 2.", "a-d choose")
    letters = {line.split()[3]: line.split()[2] for line in terminal.screen.display if line.strip().startswith("[ ]")}
    terminal.type(letters["Speed"], f"[x] {letters['Speed']}  Speed")
    terminal.type("\r", "Choose 2.")
    terminal.type(letters["Speed"], gone="[x]")
    terminal.type(letters["Loyalty"] + letters["Secrecy"], "Enter checks", f"[x] {letters['Secrecy']}  Secrecy")
    terminal.type(letters["Speed"] + letters["Flattery"], "Enter checks", gone="Buried")
    terminal.type("\r", "✓ Right")


def test_an_order_is_collected_step_by_step(drill: Drill) -> None:
    """Letters in the right order answer, and boxes show their places; the right order is told with the letters."""
    terminal = drill("--kind", "order")
    terminal.see("a-c in the right order")
    letters = {line.split()[-1]: line.split()[-2] for line in terminal.screen.display if line.split()[-2:-1] in LETTERS}
    order = letters["Claim"] + letters["Judgment"] + letters["Evidence"]
    terminal.type(order, f"[2] {letters['Judgment']}  Judgment", "Enter checks")
    terminal.type("\x7f" + letters["Evidence"], "Enter checks")
    terminal.type("\r", "✗ Wrong", f"✓ 1. {letters['Claim']}  Claim", f"✗ 2. {letters['Evidence']}  Evidence")


def test_an_order_is_moved_into_place(drill: Drill, ratings: Ratings) -> None:
    """Arrows point at a step, space picks it up and puts it down, and Enter checks the order on the screen."""
    terminal = drill("--kind", "order")
    terminal.see("space picks up", "> a")
    wanted = ["Claim", "Evidence", "Judgment"]
    shown = [line.split()[-1] for line in terminal.screen.display if line.split()[-2:-1] in LETTERS]
    place = 0
    for goal, step in enumerate(wanted):
        at = shown.index(step)
        terminal.type("\x1b[B" * (at - place) + "\x1b[A" * (place - at))
        if at > goal:
            terminal.type(" ", "space puts down")
            terminal.type("\x1b[A" * (at - goal) + " ", "Enter checks")
            shown.insert(goal, shown.pop(at))
        place = goal if at > goal else at
    terminal.type("\r", "✓ Right")
    terminal.type("3", "space picks up")
    assert ratings() == [("trial-steps", 3)]


def test_a_card_is_edited_in_the_session(drill: Drill, tmp_path: Path) -> None:
    """e opens the editor at the card's line without a shell; the card is then shown as it stands in its file."""
    editor = tmp_path / "nano"
    script = f'#!/bin/sh\necho "$1" > {tmp_path}/line\nsed -i "s/an ..offer../a **tender**/; s/promise/bid/" "$2"\n'
    editor.write_text(script)
    editor.chmod(0o755)
    terminal = drill("--kind", "basic", EDITOR=str(editor))
    terminal.see("What is an offer?")
    terminal.type("e")
    terminal.see("What is a tender?", "space shows")
    terminal.type(" ", "A bid to be bound")
    assert re.fullmatch(r"\+\d+\n", (tmp_path / "line").read_text())


def test_editing_does_not_ask_a_graded_answer_again(drill: Drill, ratings: Ratings, tmp_path: Path) -> None:
    """After the verdict e shows the edited card's answer with the same verdict: a wrong answer stays wrong."""
    editor = tmp_path / "vi"
    editor.write_text('#!/bin/sh\nsed -i "s/It is an offence./It is a crime./" "$2"\n')
    editor.chmod(0o755)
    terminal = drill("--kind", "choice", files={"ethics": _only("best-reply")}, EDITOR=str(editor))
    terminal.see("A client asks you to lie.", "a-c answers")
    wrong = next(line.split()[0] for line in terminal.screen.display if "Do it" in line)
    terminal.type(wrong, "Wrong", "It is an offence.")
    terminal.type("e", "Wrong", "It is a crime.", "1 Again")
    terminal.type("3")
    terminal.type("1", "1 done")
    assert ratings() == [("best-reply", 1)]


def test_what_is_known_of_a_card(drill: Drill) -> None:
    """i shows place, memory, forgetting curve and history, before and after the first rating."""
    terminal = drill("--kind", "basic")
    terminal.see("i info")
    terminal.type("i", "offer-meaning (basic", "law.yaml:3", "Never rated.", "any key goes back")
    terminal.type("x", "space shows")
    terminal.type(" ", "Answer")
    terminal.type("1", "1 done")
    terminal.see("space shows")
    terminal.type("i", "Learning, due", "100 %", "T today, D due", "Again  then learning")


def test_help_comes_and_goes(drill: Drill) -> None:
    """? and F1 show every key, also while an answer is typed, and any key goes back to the same card."""
    terminal = drill("--kind", "typed")
    terminal.see("Who decides a case?")
    terminal.type("ju", "> ju_")
    terminal.type("\x1bOP", "suspend the card", "any key goes back")
    terminal.type("x", "Who decides a case?", "> ju_")
    terminal.type("\x1b", "q quit")
    terminal.type("?", "suspend the card")
    terminal.type(" ", "Who decides a case?")


def test_a_cloze_may_be_typed(drill: Drill) -> None:
    """t opens a line for what is hidden; what was typed is compared, and the learner rates."""
    terminal = drill("--kind", "cloze")
    terminal.see("t types it")
    terminal.type("t", "> _")
    terminal.type("ofer\r", "yours  ofer", "right  offer", "4 Easy")


def test_a_zero_gives_up(drill: Drill) -> None:
    """Whoever does not know says so, and sees the answer."""
    terminal = drill("--kind", "order")
    terminal.see("0 don't know")
    terminal.type("0", "Not answered. The answer is")


def test_a_burst_of_keys_rates_every_card(drill: Drill, ratings: Ratings) -> None:
    """Twenty keys at once reveal and rate ten cards."""
    terminal = drill("--limit", "10", files=facts(10))
    terminal.see("space shows the answer")
    terminal.type(" 4" * 10, "Done for now.")
    assert [rating for _, rating in ratings()] == [4] * 10
    assert len({card for card, _ in ratings()}) == 10


def test_keys_typed_too_early_rate_nothing(drill: Drill, ratings: Ratings) -> None:
    """What was typed before the first card could be seen is dropped."""
    terminal = drill(files=facts(2))
    terminal.child.send(" 3 3")
    terminal.see("space shows the answer")
    time.sleep(0.2)
    terminal.read()
    assert "0 done" in terminal.text
    assert "Answer" not in terminal.text
    assert ratings() == []


LONG = {"law": "domain: law\ncards:\n  - id: long-list\n    kind: basic\n    front: Which parts?\n    back: |\n"}
LONG["law"] += "".join(f"      - part {number}\n" for number in range(1, 61))


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("\x1b[B", "\x1b[A"), ("\x1bOB", "\x1bOA")])
def test_a_long_card_scrolls_by_lines(drill: Drill, down: str, up: str) -> None:
    """j and k and the arrows move by a line; the footer tells where one is."""
    terminal = drill(files=LONG)
    terminal.see("Which parts?")
    terminal.type(" ", "j/k scroll", "lines 1 to 19 of 64")
    terminal.type(down * 2, "lines 3 to 21 of 64", gone="Which parts?")
    terminal.type(up * 5, "lines 1 to 19 of 64", "Which parts?")


def test_a_long_card_scrolls_by_pages(drill: Drill) -> None:
    """Page keys move by a screen less a line, End and Home to the ends; the last line can be seen."""
    terminal = drill(files=LONG)
    terminal.see("Which parts?")
    terminal.type(" ", "lines 1 to 19 of 64")
    terminal.type("\x1b[6~", "lines 19 to 37 of 64")
    terminal.type("\x1b[F", "part 60", "lines 46 to 64 of 64")
    terminal.type("\x1b[5~\x1b[H", "lines 1 to 19")
    terminal.type("3", "1 done", gone="lines 1")


def test_a_resize_draws_again(drill: Drill) -> None:
    """The picture follows the window, smaller and larger, without a key."""
    terminal = drill(files=LONG)
    terminal.see("Which parts?")
    terminal.type(" ", "lines 1 to 19 of 64")
    for columns, rows, seen in ((40, 12, "lines 1 to 6 of 64"), (120, 40, "lines 1 to 35 of 64")):
        terminal.screen.resize(rows, columns)
        terminal.screen.reset()
        terminal.child.setwinsize(rows, columns)
        terminal.see(seen, "4 Easy")
        assert terminal.screen.display[-1].strip().startswith("space Good")


def test_a_narrow_terminal_keeps_the_essential(drill: Drill) -> None:
    """At 40 x 12 the card, all ratings with their intervals, what is left and how to leave are there."""
    terminal = drill("--kind", "basic", columns=40, rows=12)
    terminal.see("What is an offer?", "Law of Contracts  new", "1 left", "space shows the answer  q quit")
    terminal.type(" ", "1 Again 1m  2 Hard 6m  3 Good 10m", "4 Easy 10d", "A promise to be bound", "q quit")


@pytest.mark.parametrize("key", ["q", "\x03", "\x04"])
def test_leaving_is_a_normal_end(drill: Drill, ratings: Ratings, key: str) -> None:
    """q, Ctrl-C and Ctrl-D end with the summary in the scrollback and the terminal as it was."""
    terminal = drill(files=facts(3))
    terminal.see("space shows")
    terminal.type(" ", "Answer")
    terminal.type("3", "1 done")
    terminal.child.send(key)
    code, left = terminal.end()
    assert code == 0
    assert "1 rated, 1 remembered. Everything is saved." in left
    assert terminal.is_as_before()
    assert len(ratings()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back(drill: Drill, ratings: Ratings, number: int) -> None:
    """A program told to go leaves the full screen and restores the modes; what was rated is kept."""
    terminal = drill(files=facts(3))
    terminal.see("space shows")
    terminal.type(" ", "Answer")
    terminal.type("3", "1 done")
    os.kill(terminal.child.pid, number)
    code, left = terminal.end()
    assert code == 128 + number
    assert "Traceback" not in left
    assert terminal.is_as_before()
    assert len(ratings()) == 1


@pytest.mark.skipif(not shutil.which("bash"), reason="needs a shell with jobs")
def test_ctrl_z_and_fg(drill: Drill, ratings: Ratings) -> None:
    """Ctrl-Z gives the terminal to the shell, fg draws the card again, and keys typed meanwhile rate nothing."""
    terminal = drill(files=facts(2))
    terminal.close()
    command = " ".join(map(str, terminal.child.args))
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], 80, 24, {"PS1": "shell> ", "TERM": "xterm-256color"})
    try:
        shell.see("shell>")
        shell.type(f"{command}\n", "space shows the answer")
        shell.child.send("\x1a")
        shell.see("Stopped")
        assert shell.raw.rindex(LEFT) > shell.raw.rindex(b"\x1b[?1049h")
        shell.type("stty -a\n", " icanon", " echo ")
        seen = len(shell.raw)
        shell.screen.reset()
        shell.type("fg\n", "space shows the answer")
        assert b"\x1b[?1049h" in shell.raw[seen:]
        shell.type(" ", "Answer")
        shell.type("q", "0 rated", "shell>")
        shell.child.send("exit\n")
    finally:
        shell.close()
    assert ratings() == []


def test_no_color_is_respected(drill: Drill) -> None:
    """With NO_COLOR no colour is sent, weights stay; without it code is coloured."""
    for environment, coloured in (({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        terminal = drill("--kind", "basic", **environment)
        terminal.see("offer?")
        terminal.type(" ", "if `accepted`." if not coloured else "if accepted.")
        terminal.child.send("q")
        terminal.end()
        colours = re.findall(rb"\x1b\[(?:[0-9;]*;)?(?:[349][0-9]|10[0-7])(?:;[0-9;]*)?m", terminal.raw)
        assert bool(colours) == coloured
        assert b"\x1b[1mLaw of Contracts" in terminal.raw


def test_only_named_colours_that_read_on_any_ground(drill: Drill) -> None:
    """Red, green and magenta; never white, black, a background or a colour by number."""
    terminal = drill("--kind", "choice", "--limit", "1")
    terminal.see("a-c answers")
    terminal.type("b", "The answer is")
    codes = {code for run in re.findall(rb"\x1b\[([0-9;]*)m", terminal.raw) for code in run.split(b";")}
    assert codes <= {b"0", b"1", b"2", b"3", b"31", b"32", b"35"}


WIDE = {"law": "domain: law\ncards:\n  - id: wide-letters\n    kind: basic\n"}
WIDE["law"] += "    front: 漢字 \N{TOKYO TOWER} |\n    back: |\n"
WIDE["law"] += "      | 漢字 | z |\n      |---|---|\n      | ab | z |\n\n      " + "漢字かな" * 30 + "\n"


def test_wide_letters_stay_aligned(drill: Drill) -> None:
    """Columns of a table stand below each other, and no long line runs over the edge."""
    terminal = drill(files=WIDE)
    terminal.see("space shows")
    terminal.type(" ", "Answer")
    cells = [[terminal.screen.buffer[row][column].data for column in range(80)] for row in range(24)]
    assert [row.index("z") for row in cells if "z" in row] == [7, 7]
    assert all(row[79] == " " for row in cells)
    assert sum(row.count("か") for row in cells) == 30


def test_an_ascii_terminal_does_not_stop_the_drill(drill: Drill) -> None:
    """Letters the encoding lacks are question marks; rules and marks have ASCII forms."""
    terminal = drill(files=WIDE, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    terminal.see("?? ? |", "-" * 78)
    terminal.type(" ", "-- Answer ---")
    terminal.child.send("q")
    assert terminal.end()[0] == 0


def test_the_first_card_is_there_before_the_scheduler(drill: Drill) -> None:
    """Neither the scheduler nor the parser is imported before a card that needs neither has been drawn."""
    terminal = drill("--kind", "reversed", PYTHONPROFILEIMPORTTIME="1")
    end = time.monotonic() + PATIENCE
    while b"?2026l" not in terminal.raw and time.monotonic() < end:
        terminal.read()
    before, drawn, _ = terminal.raw.partition(b"?2026l")
    assert drawn
    assert b"certdrill.screen.terminal" in before
    assert b"fsrs" not in before
    assert b"markdown_it" not in before


def test_undo_goes_back_over_cards(drill: Drill, ratings: Ratings) -> None:
    """u is offered once there is something to undo, and takes back one rating after the other."""
    terminal = drill(files=facts(3))
    assert "u undo" not in terminal.see("space shows the answer")
    terminal.type(" 4", "1 done  2 left", "u undo")
    terminal.type(" 4", "2 done  1 left")
    terminal.type("u", "Undone.", "1 done  2 left")
    terminal.type("u", "0 done  3 left", gone="u undo")
    terminal.type("u", "Nothing to undo in this session.")
    assert ratings() == []


def test_the_last_card_can_be_taken_back_at_the_end(drill: Drill, ratings: Ratings) -> None:
    """On the end screen u shows the last card again; any other key ends."""
    terminal = drill("--limit", "1", files=facts(1))
    terminal.see("space shows")
    terminal.type(" 4", "Done for now.", "u undo the last")
    terminal.type("u", "Undone.", "space shows the answer")
    assert ratings() == []
    terminal.type(" 4", "Done for now.")
    terminal.child.send("x")
    code, left = terminal.end()
    assert (code, "1 rated, 1 remembered." in left) == (0, True)


def test_undo_brings_back_a_learning_card(drill: Drill, ratings: Ratings) -> None:
    """A card that came again today and is taken back comes once more, as it was before."""
    terminal = drill(files=facts(1))
    terminal.see("Law of Contracts  new")
    terminal.type(" 1", "Law of Contracts  learning")
    terminal.type(" 4", "Done for now.")
    terminal.type("u", "Undone.", "Law of Contracts  learning", "1 done  1 left")
    assert ratings() == [("fact-law-a", 1)]


def test_waiting_for_a_learning_card(drill: Drill) -> None:
    """With nothing else to show the time is counted down; u takes the rating back, q ends."""
    terminal = drill("--limit", "1", "--learn-ahead", "0", files=facts(1))
    terminal.see("space shows")
    terminal.type(" 1", "The next card comes in 1:00.", "q quit", "u undo")
    terminal.type("u", "Undone.", "0 done  1 left")
    terminal.type(" 3", "The next card comes in 10:00.")
    terminal.child.send("q")
    code, left = terminal.end()
    assert (code, "Next: 1 learning, the first in 10 min." in left) == (0, True)


def test_suspend_and_bury_go_on_with_the_next_card(drill: Drill) -> None:
    """s and b say what they did; a card put aside can be brought back by u."""
    terminal = drill(files=facts(3))
    terminal.see("fact 0 of law", "3 left")
    terminal.type("s", "Suspended: fact-law-a.", "2 left")
    terminal.type(" ", "Answer")
    terminal.type("b", "Buried until tomorrow: fact-law-b.", "1 left")
    terminal.type("u", "Undone.", "fact 1 of law", "2 left")


def test_two_terminals_never_rate_the_same_showing(drill: Drill, ratings: Ratings) -> None:
    """A rating of a card rated elsewhere since it was shown is not taken; it is shown again while it is still due."""
    first, second = drill("--limit", "1", files=facts(1)), drill("--limit", "1", files=facts(1))
    first.see("space shows")
    second.see("space shows")
    second.type(" ", "Answer")
    first.type(" 3", "1 done")
    second.type("1", "changed in another terminal", "space shows the answer")
    assert ratings() == [("fact-law-a", 3)]


def test_a_card_seen_to_in_another_terminal_is_not_asked_again(drill: Drill, ratings: Ratings) -> None:
    """What is no longer due when its turn comes is passed over, and no lapse is logged for it."""
    first, second = drill("--limit", "2", files=facts(2)), drill("--limit", "2", files=facts(2))
    first.see("space shows")
    second.see("space shows")
    first.type(" 4", "1 done")
    first.type(" 4", "Done for now.")
    second.type(" ", "Answer")
    second.type("1", "changed in another terminal", "Done for now.")
    assert ratings() == [("fact-law-a", 4), ("fact-law-b", 4)]


def test_the_wait_ends_when_the_card_is_due(capfd: pytest.CaptureFixture[str]) -> None:
    """Counting down ends by itself; a signal meanwhile only draws again."""
    keyboard, wake = os.pipe(), os.pipe()
    os.write(wake[1], b"\x1c")
    face = TerminalFace(Keys(keyboard[0]), Paint(), wake[0])
    face._is_up = True  # a pipe has no keys to flush
    ticks = itertools.count(0, 15)
    assert face.wait(100, lambda: Moment(next(ticks)), undoable=False) is None
    assert "The next card comes in 0:00." in capfd.readouterr().out
    for descriptor in (*keyboard, *wake):
        os.close(descriptor)


def test_a_clock_that_stands_still_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    """With a fixed --now the countdown would never end, so the session does."""
    keyboard, wake = os.pipe(), os.pipe()
    face = TerminalFace(Keys(keyboard[0]), Paint(), wake[0])
    face._is_up = True
    assert face.wait(60_000, lambda: Moment(0), undoable=True) == Command("quit")
    assert "1:00" in capfd.readouterr().out
    for descriptor in (*keyboard, *wake):
        os.close(descriptor)


def test_a_terminal_that_cannot_be_written_to_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that was cut ends the session as the end of the input does."""

    def broken(text: str) -> None:
        raise OSError(errno.EIO, text)

    monkeypatch.setattr("certdrill.screen.modes.write", broken)
    face = TerminalFace(Keys(-1), Paint(), -1)
    face._is_up = True
    with pytest.raises(EOFError):
        face.end("Done for now.", undoable=False)


def _only(card: str) -> str:
    """Return the ethics file with one card."""
    head, *cards = KINDS["ethics"].split("  - id: ")
    return head + "  - id: ".join(["", *(text for text in cards if text.startswith(card))])
