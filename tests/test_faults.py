from __future__ import annotations

import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from certdrill.cli.main import run as run_here
from certdrill.errors import DamagedHistoryError
from certdrill.history.merge import read_log
from certdrill.history.replay import replay
from certdrill.history.store import open_history
from certdrill.history.verify import examine
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, plans, study_day
from conftest import Run, basic_cards

pytestmark = pytest.mark.slow

SETTINGS = Settings()
START_MS = 20_000 * 86_400_000 + 36_000_000
FIRST = "2026-11-22T12:00+00:00"
NEXT = "2026-11-23T12:00+00:00"

# Rates units in a loop through History and acknowledges each rating, after it was taken, with a line on stdout.
WRITER = """
import os, signal, sys
from certdrill.errors import CertdrillError, ChangedElsewhereError
from certdrill.history.store import open_history
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, plans, study_day

def rate_for_ever(path, number, units, most=10**9, write=os.write):
    settings = Settings()
    with open_history(path, "bar-exam", settings, write=True, now=Moment(number)) as history:
        for number in range(number, number + most):
            now, unit = Moment(number * 1000), Unit(f"card-{number % units}")
            state = history.state(unit)
            day = max(study_day(now), state.memory.last_day if state.memory else 0)
            rating = Rating(number % 4 + 1)
            plan = plans(state.memory, now, day, settings, str(unit))[rating]
            try:
                event = history.rate(unit, rating, plan, now, study_day(now), seen=state)
            except ChangedElsewhereError:
                continue
            write(1, (event.id + "\\n").encode())
"""

# Forks a writer for each line of stdin (first number, microseconds to live), kills it, and prints what it acknowledged.
KILLER = f"""{WRITER}
import json, time
plans(None, Moment(0), 0, Settings())
for line in sys.stdin:
    number, life = map(int, line.split())
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(into, 1)
        rate_for_ever(sys.argv[1], number, 40)
    os.close(into)
    time.sleep(life / 1e6)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with open(out, "rb") as stream:
        told = stream.read().decode().split("\\n")[:-1]
    print(json.dumps(told), flush=True)
"""


def log(path: Path) -> list[tuple[str, str, int]]:
    """Return id, card and rating of every review in a file."""
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT id, card, rating FROM reviews ORDER BY ordered_at, id").fetchall()
    connection.close()
    return found


def ids(path: Path) -> set[str]:
    return {event for event, _, _ in log(path)}


def writer(path: Path, call: str, **options: object) -> subprocess.Popen[str]:
    """Start a process that runs a call of `rate_for_ever`."""
    code = f"{WRITER}\ntry:\n    {call}\nexcept CertdrillError as error:\n    sys.exit(str(error))\n"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload]  # the options of Popen


def test_kill_minus_nine_at_two_hundred_moments_loses_nothing(tmp_path: Path) -> None:
    """Every acknowledged rating is there, at most one more a kill, and the states are the replay of the log."""
    path = tmp_path / "history.sqlite"
    chance = random.Random(5)  # noqa: S311 - no secret
    acknowledged: set[str] = set()
    with subprocess.Popen(
        [sys.executable, "-c", KILLER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as killer:
        assert killer.stdin is not None
        assert killer.stdout is not None
        for number in range(200):
            killer.stdin.write(f"{START_MS // 1000 + number * 100_000} {chance.randrange(500, 60_000)}\n")
            killer.stdin.flush()
            acknowledged |= set(json.loads(killer.stdout.readline()))
        killer.stdin.close()
    with open_history(str(path), "bar-exam", SETTINGS, write=True):
        pass  # the next drill puts right what the last kill left
    kept = ids(path)
    print(f"kill -9: {len(acknowledged)} acknowledged, {len(kept)} present")
    assert len(acknowledged) > 200
    assert acknowledged <= kept
    assert len(kept) <= len(acknowledged) + 200
    assert len(kept) == len(log(path))
    assert examine(str(path), SETTINGS).faults == ()
    assert {event.id for event in read_log(str(path))} == kept


def test_a_kill_during_backups_leaves_only_good_ones(tmp_path: Path) -> None:
    """A backup that stands under its name is whole, whenever the process that made it was killed."""
    path = tmp_path / "history.sqlite"
    code = f"{WRITER}\nrate_for_ever(sys.argv[1], {START_MS // 1000}, 500, 500)"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, stdout=subprocess.DEVNULL)
    code = """
import sys
from certdrill.history.store import open_history
from certdrill.scheduling import Moment, Settings
with open_history(sys.argv[1], "", Settings(), write=False) as history:
    second = 0
    while True:
        second += 1
        history.back_up(Moment(int(sys.argv[2]) + second * 86_400_000))
        print(second, flush=True)
"""
    from certdrill.history.backup import fault_of, listed

    for life in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(START_MS + life * 10**10)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(life * 0.004)
            process.kill()
        assert listed(str(path))
        assert [backup for backup in listed(str(path)) if fault_of(backup.path)] == []


def test_two_processes_that_review_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    """Each acknowledged rating is there once, and each unit's states follow one another without a fork."""
    path = tmp_path / "history.sqlite"
    processes = [writer(path, f"rate_for_ever(sys.argv[1], {START_MS // 1000}, 5, 150)") for _ in range(3)]
    told: list[str] = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        told += out.split()
    assert len(told) == len(set(told))
    assert set(told) == ids(path)
    assert len(log(path)) == len(told) >= 150
    assert examine(str(path), SETTINGS).faults == ()
    with open_history(str(path), "bar-exam", SETTINGS, write=False) as history:
        reps = sum(state.memory.reps for state in history.states().values() if state.memory)
    assert reps == len(told)


def limited(size: int) -> Callable[[], None]:
    """Return what makes a process unable to write beyond `size` bytes into any file, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("room", [0, 20_000, 70_000])
def test_a_full_disk_costs_no_acknowledged_rating(tmp_path: Path, room: int) -> None:
    """The rating that does not fit is refused with a sentence; all before it are there, and later ones fit again."""
    path = tmp_path / "history.sqlite"
    told: set[str] = set()
    for limit in (None, limited(60_000 + room)):
        call = f"rate_for_ever(sys.argv[1], {START_MS // 1000 + len(told)}, 50, {10**9 if limit else 40})"
        process = writer(path, call, preexec_fn=limit)
        out, err = process.communicate(timeout=60)
        told |= set(out.split())
        assert "Traceback" not in err
        assert process.returncode == bool(limit), err
    assert re.search(r"the history .* cannot be used: .*; nothing rated so far is lost", err)
    assert told == ids(path)
    out, err = writer(path, f"rate_for_ever(sys.argv[1], {START_MS // 1000 + 10**6}, 50, 5)").communicate(timeout=60)
    assert (len(out.split()), err) == (5, "")
    assert told | set(out.split()) == ids(path)
    assert examine(str(path), SETTINGS).faults == ()


@pytest.fixture
def study(corpus: Callable[..., Path], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run certdrill in a process of its own on a small corpus and a history, h.db or another."""
    folder = corpus(law=basic_cards("law", 10), ethics=basic_cards("ethics", 10))

    def run(
        *arguments: object, history: Path = tmp_path / "h.db", now: str = FIRST, stdin: str = "", **options: object
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "certdrill", "--cards", folder, "--history", history, "--now", now, *arguments]
        return subprocess.run(
            list(map(str, command)), input=stdin, capture_output=True, text=True, timeout=60, check=False, **options
        )  # type: ignore[call-overload]  # the options of Popen

    return run


def test_a_drill_on_a_full_disk_says_so_and_ends(study: Run, tmp_path: Path) -> None:
    """The review refuses with one sentence and code 1; what was rated before is there, also without room for copies."""
    study("review", "--limit", 2, stdin="\n3\n" * 2)
    before = ids(tmp_path / "h.db")
    done = study("review", "--limit", 2, now=NEXT, stdin="\n3\n" * 2, preexec_fn=limited(4096))
    assert done.returncode == 1
    assert "no backup was made" in done.stderr
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert ids(tmp_path / "h.db") == before
    assert not [name for name in os.listdir(tmp_path / "backups") if "partial" in name]
    assert "2 rated" in study("review", "--limit", 2, now=NEXT, stdin="\n3\n" * 2).stdout
    assert study("history", "verify").returncode == 0


# Runs a command as a user who owns nothing; first as it is, on another history, since nobody may read our libraries.
AS_NOBODY = """
import contextlib, io, os, sys
from certdrill.cli.main import run
other, *arguments = sys.argv[1:]
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
    for command in (["review", "--limit", "1"], arguments[6:]):
        sys.stdin = io.StringIO("\\n3\\n")
        run([*arguments[:2], "--history", other, *command])
if not os.getuid():
    os.setuid(65534)
sys.stdin = io.StringIO("\\n3\\n")
sys.exit(run(arguments))
"""


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that any user may read and its owner write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_is_read_and_refused_to_writers(
    study: Run, tmp_path: Path, shared_folder: Path
) -> None:
    """Reading commands work as ever, writing ones refuse with a sentence, and doctor names the folder."""
    history, cards = shared_folder / "h.db", shared_folder / "cards"
    shutil.copytree(tmp_path / "corpus", cards)
    study("review", "--limit", 2, history=history, stdin="\n3\n" * 2)
    before = history.read_bytes()
    if os.getuid():
        history.chmod(0o444)
        shared_folder.chmod(0o555)
    for command, code in (
        (["due"], 0), (["history", "verify"], 0), (["history", "export"], 0),
        (["review"], 1), (["undo"], 1), (["history", "rebuild"], 1), (["history", "backup"], 1), (["doctor"], 1),
    ):  # fmt: skip
        arguments = ["--cards", cards, "--history", history, "--now", NEXT, *command]
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(tmp_path / "h.db"), *map(str, arguments)],
            capture_output=True, text=True, timeout=60, check=False, cwd="/",
            env={**os.environ, "XDG_CACHE_HOME": os.devnull},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (command, done.stdout, done.stderr)
        if command == ["doctor"]:
            assert "may not be written" in done.stdout
        elif code:
            assert re.search(r"certdrill: .*(readonly|no backup was made)", done.stderr), done.stderr
    assert history.read_bytes() == before


def studied(path: Path) -> set[tuple[str, str, int]]:
    """Make a history of 120 ratings and two other events, back it up, and return its log."""
    with open_history(str(path), "bar-exam", SETTINGS, write=True) as history:
        for number in range(120):
            unit, now = Unit(f"fact-law-{'abcdefghij'[number % 10]}"), Moment(START_MS + number * 40_000_000)
            state = history.state(unit)
            plan = plans(state.memory, now, study_day(now), SETTINGS, str(unit))[Rating(number * 7 % 4 + 1)]
            history.rate(unit, Rating(number * 7 % 4 + 1), plan, now, study_day(now), seen=state)
        history.undo(now, study_day(now))
        history.act(unit, "suspend", now, study_day(now))
        history.back_up(now)
    return set(log(path))


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield copies of a file that were cut off or have one bit flipped."""
    chance = random.Random(7)  # noqa: S311 - no secret
    for length in (0, 50, 4096, 5000, len(content) // 2, len(content) - 4096, len(content) - 1):
        yield f"cut to {length}", content[:length]
    for number in range(220):
        # Half of them in the header and the schema, where every command looks.
        place = chance.randrange(min(4096, len(content)) if number % 4 == 0 else len(content))
        bit = 1 << chance.randrange(8)
        yield f"bit {bit} of byte {place}", content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


def test_a_damaged_history_is_refused_or_whole_and_can_be_restored(
    corpus: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After any cut or flipped bit: no traceback, and the command that verify or a refusal names brings all back."""
    folder = corpus(law=basic_cards("law", 10))
    path = tmp_path / "h.db"
    wanted = studied(path)
    content = path.read_bytes()
    counts = {"whole": 0, "rebuilt": 0, "restored": 0, "refused": 0}

    def certdrill(*arguments: str) -> tuple[int, str]:
        options = ["--cards", str(folder), "--history", str(path), "--now", "2025-01-01T12:00Z"]
        code = run_here([*options, *arguments])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    for what, damaged in damages(content):
        path.write_bytes(damaged)
        code, said = certdrill("due")
        refused, refusal = certdrill("bury", "fact-law-a")
        for status, text in ((code, said), (refused, refusal)):
            names_the_way_back = "history verify`" in text and "history restore " in text
            assert not status or "newer certdrill" in text or names_the_way_back, (what, text)
        if refused == 0:
            path.write_bytes(damaged)  # without the burial
        status, found = certdrill("history", "verify")
        mend = re.search(r"To mend it: `certdrill --history \S+ ([^`]*)`", found)
        assert (status == 0) == (mend is None), (what, found)
        if mend:
            status, said = certdrill(*shlex.split(mend[1]))
            assert status == 0, (what, found, said)
            status, found = certdrill("history", "verify")
            assert status == 0, (what, found)
        assert set(log(path)) == wanted, (what, found)
        counts["whole" if not mend else "rebuilt" if "rebuild" in mend[1] else "restored"] += 1
        counts["refused"] += bool(refused)
    print(f"damage: {counts}")
    assert counts["restored"] > 50
    assert counts["whole"] > 5


def test_a_clock_that_jumps_back_costs_nothing(study: Run, tmp_path: Path) -> None:
    """Ratings of a session dated before the last one are kept in the order they were made, and it is said."""
    study("review", "--limit", 3, now="2027-05-01T12:00Z", stdin="\n4\n" * 3)
    done = study("review", "--limit", 3, stdin="\n4\n" * 3)
    assert "3 rated" in done.stdout
    assert "clock" in done.stdout
    assert len(ids(tmp_path / "h.db")) == 6
    assert study("history", "verify").returncode == 0
    assert "before your last review" in study("doctor").stdout
    assert study("undo").returncode == 0
    assert [rating for _, _, rating in log(tmp_path / "h.db")] == [4] * 6


def test_a_time_zone_that_changes_between_sessions_costs_nothing(study: Run, tmp_path: Path) -> None:
    """Flying round the world keeps the order of events, and study days never run backwards in a state."""
    for number, zone in enumerate(("+14:00", "-11:00", "+00:00", "-11:00", "+14:00")):
        day = 22 + number // 2
        done = study("review", "--limit", 2, now=f"2026-11-{day}T{number * 2:02}:30{zone}", stdin="\n1\n" * 2)
        assert done.returncode == 0, done.stderr
    assert study("history", "verify").returncode == 0
    with open_history(str(tmp_path / "h.db"), "bar-exam", SETTINGS, write=False) as history:
        events = history.events()
        assert len(events) == len(ids(tmp_path / "h.db")) >= 8
        for unit, state in history.states().items():
            assert state == replay(history.events(unit), SETTINGS)


def test_a_history_of_a_newer_version_is_left_alone_by_every_command(study: Run, tmp_path: Path) -> None:
    """All commands refuse with the same sentence, verify too, and no byte changes."""
    study("review", "--limit", 1, stdin="\n3\n")
    connection = sqlite3.connect(tmp_path / "h.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / "h.db").read_bytes()
    for command in (["review"], ["due"], ["history", "export"], ["history", "backup"], ["history", "rebuild"]):
        done = study(*command)
        assert (done.returncode, "written by a newer certdrill" in done.stderr) == (1, True)
    verified = study("history", "verify")
    assert (verified.returncode, "its schema 99 is newer" in verified.stdout) == (1, True)
    assert (tmp_path / "h.db").read_bytes() == before


def test_a_history_deleted_or_replaced_under_a_drill_takes_no_rating_into_nowhere(tmp_path: Path) -> None:
    """The rating is refused with a sentence rather than written into a file that nobody will open again."""
    from certdrill.errors import ReplacedHistoryError

    path = tmp_path / "h.db"
    now = Moment(START_MS)
    with open_history(str(path), "bar-exam", SETTINGS, write=True) as history:
        plan = plans(None, now, study_day(now), SETTINGS)[Rating.GOOD]
        history.rate(Unit("card"), Rating.GOOD, plan, now, study_day(now), seen=history.state(Unit("card")))
        for change in (lambda: shutil.copy(path, tmp_path / "x") and os.replace(tmp_path / "x", path), path.unlink):
            change()
            with pytest.raises(ReplacedHistoryError, match="moved, deleted or replaced"):
                history.act(Unit("card"), "bury", now, study_day(now))


def test_a_file_cut_off_in_the_middle_of_a_drill_is_refused_at_the_next_rating(tmp_path: Path) -> None:
    """Damage that comes while the file is open is met with the same sentence."""
    path = tmp_path / "h.db"
    studied(path)
    now = Moment(START_MS + 10**10)
    with open_history(str(path), "bar-exam", SETTINGS, write=True) as history:
        os.truncate(path, 8192)
        with pytest.raises(DamagedHistoryError, match="history restore"):
            history.act(Unit("card"), "bury", now, study_day(now))
