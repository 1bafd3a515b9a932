from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from certdrill.corpus.lint.reading import READING
from certdrill.corpus.read import LOSSY
from certdrill.model import KINDS
from conftest import CHECKOUT, EXAM, Run, basic_cards

BROKEN = """\
domain: ethics
cards:
  - id: no-answer
    kind: basic
    front: What is missing here?
  - id: bad-colon
    kind: basic
    front: What is foo: bar?
    back: Nobody knows.
  - id: two-right
    kind: choice
    stem: Which?
    options:
      - {text: A, correct: true}
      - {text: B, correct: true}
  - id: sound-card
    kind: basic
    front: Which card of the broken file is sound?
    back: The last one.
"""


def test_a_sound_corpus_passes_with_one_line(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Nothing to say but how many cards were looked at, and where."""
    folder = corpus(law=basic_cards("law", 2), ethics=basic_cards("ethics", 1))
    done = certdrill("--cards", folder, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"3 cards from {folder}: 0 errors, 0 warnings\n"


def test_every_fault_is_located_the_drill_goes_on_and_an_export_refuses(
    corpus: Callable[..., Path], certdrill: Run, tmp_path: Path
) -> None:
    """One broken file: `check` tells all of it, `review` drills the sound cards, `export` writes nothing."""
    folder = corpus(law=basic_cards("law", 1), ethics=BROKEN)
    checked = certdrill("--cards", folder, "check")
    assert checked.returncode == 1
    assert checked.stdout == (
        f"{folder}/ethics.yaml:3:5: error: a basic card without 'back'; add `back:` (the answer) [missing-key]\n"
        "      - id: no-answer\n"
        "        ^\n"
        f"{folder}/ethics.yaml:8:23: error: not valid YAML (mapping values are not allowed in this context); if the "
        "text holds `: `, quote it or start it with `>-` on the line before; else align the line [yaml-syntax]\n"
        "        front: What is foo: bar?\n"
        "                          ^\n"
        f"{folder}/ethics.yaml:14:7: error: 2 options are marked right where select is 1; mark the right ones with "
        "`correct: true`, or change `select` [choice-key]\n"
        "          - {text: A, correct: true}\n"
        "          ^\n"
        f"3 cards from {folder}: 3 errors, 0 warnings\n"
    )
    for _ in range(2):  # the second run reads the cache
        drilled = certdrill("--cards", folder, "review", stdin="\n3\n\n3\nq\n")
        assert drilled.returncode == 0
        assert drilled.stderr.split("\n")[0] == "3 problems in the cards; `certdrill check` shows them."
    listed = json.loads(certdrill("--cards", folder, "cards", "--json").stdout)
    assert {card["id"] for card in listed["cards"]} == {"fact-law-a", "sound-card"}
    refused = certdrill("--cards", folder, "export", "-o", tmp_path / "deck.apkg")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"certdrill: {folder}/ethics.yaml:3:5: error: a basic card without 'back'")
    assert refused.stderr.endswith("nothing was exported; `certdrill check` shows every problem\n")
    assert not (tmp_path / "deck.apkg").exists()
    assert not (folder / "ids.lock").exists()


def test_json_lists_the_problems_for_an_editor(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Every problem with file, line, column, severity, rule, card, message and remedy."""
    folder = corpus(ethics=BROKEN)
    done = certdrill("--cards", folder, "check", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["schema"], found["cards"]) == (1, 2)
    assert [(row["line"], row["rule"], row["card"], row["severity"]) for row in found["problems"]] == [
        (3, "missing-key", "no-answer", "error"),
        (8, "yaml-syntax", "", "error"),
        (14, "choice-key", "two-right", "error"),
    ]
    assert found["problems"][0] == {
        "file": f"{folder}/ethics.yaml",
        "line": 3,
        "column": 5,
        "severity": "error",
        "rule": "missing-key",
        "card": "no-answer",
        "message": "a basic card without 'back'",
        "remedy": "add `back:` (the answer)",
    }


def test_a_broken_blueprint_is_reported_like_any_fault(corpus: Callable[..., Path], certdrill: Run) -> None:
    """In text and in JSON, with exit code 1; other commands refuse with the same places."""
    folder = corpus(exam=EXAM.replace("weight: 40", "wieght: 40"), law=basic_cards("law", 1))
    checked = certdrill("--cards", folder, "check")
    assert checked.returncode == 1
    assert f"{folder}/exam.yaml:5:33: error: the unknown key 'wieght'; did you mean 'weight'?" in checked.stdout
    assert f"{folder}/exam.yaml:5:5: error: a domain without 'weight'" in checked.stdout
    assert len(json.loads(certdrill("--cards", folder, "check", "--json").stdout)["problems"]) == 2
    refused = certdrill("--cards", folder, "review")
    assert refused.returncode == 1
    assert refused.stderr.startswith("certdrill: the blueprint cannot be used:\n")
    assert f"{folder}/exam.yaml:5:5: error:" in refused.stderr


def test_a_lock_is_not_written_over_errors(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Ids are recorded for good, so the faults come first."""
    folder = corpus(ethics=BROKEN)
    assert certdrill("--cards", folder, "check", "--write-lock").returncode == 1
    assert not (folder / "ids.lock").exists()


def test_no_corpus_and_wrong_usage_have_their_own_exit_codes(certdrill: Run, tmp_path: Path) -> None:
    """1 for a refusal, 2 for usage; nothing but the sentence."""
    refused = certdrill("--cards", tmp_path, "check")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"certdrill: {tmp_path} holds no exam.yaml; `certdrill init {tmp_path}`")
    assert certdrill("check", "--no-such-option").returncode == 2


STRICT = """\
strict: true
objectives:
  - {id: "1.1", domain: law, text: Know the law}
  - {id: "2.1", domain: ethics, text: Know what is right}
"""
SOURCES = "sources: [{url: https://docs.example.org/a}]"
SHORT = f"""\
domain: law
defaults: {{verified: "2026-06-01"}}
cards:
  - id: short-question
    kind: basic
    objective: "1.1"
    level: remember
    {SOURCES}
    front: What binds?
    back: A contract
  - id: closed-question
    kind: basic
    objective: "1.1"
    level: remember
    {SOURCES}
    front: Does silence count as an acceptance?
    back: Between merchants
"""
NOW = ("--now", "2026-11-22T12:00+00:00")


STEMS = {
    "law": (
        "A buyer drops a rented vase on his way home. What follows?",
        "Two heirs burn an old will. Which rule fits?",
    ),
    "ethics": ("A judge dines with one party. What now?", "An adviser hears of a planned theft. Where does it lead?"),
}


def complete_corpus() -> dict[str, str]:
    """Return card files that cover both objectives: seven and four recall cards, two choice items each, 60 to 40."""
    laws, duties = ("vase", "jug", "lamp", "desk", "chair", "shelf", "plate"), ("spoon", "bowl", "knife", "glass")
    files = {}
    for domain, objective, subjects in (("law", "1.1", laws), ("ethics", "2.1", duties)):
        cards = [
            f"  - id: {domain}-{thing}\n    kind: basic\n    level: {'apply' if number % 2 else 'understand'}\n"
            f"    front: Who pays for the {thing} and its {thing} cover?\n    back: The {thing} {domain} party\n"
            for number, thing in enumerate(subjects)
        ]
        cards += [
            f"  - id: {domain}-claim-x{number}\n    kind: choice\n    level: apply\n    stem: {stem}\n"
            f"    options:\n{options(number + (2 if domain == 'ethics' else 0))}"
            for number, stem in enumerate(STEMS[domain])
        ]
        sources = [
            f'    objective: "{objective}"\n    sources: [{{url: https://docs.example.org/{domain}/{number // 4}}}]\n'
            for number in range(len(cards))
        ]
        files[domain] = f"domain: {domain}\ncards:\n" + "".join(map("".join, zip(cards, sources, strict=True)))
    return files


def options(key: int) -> str:
    """Return four options of one length, another one right for every number."""
    names = ("a duty to pay", "a right to sue", "an end of all", "a new promise")
    return "".join(
        f"      - text: It is {name}\n        correct: {'true' if number == key % 4 else 'false'}\n"
        f"        why: The law says {name} follows here or not.\n"
        for number, name in enumerate(names)
    )


def test_writing_rules_come_after_the_structural_problems(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Errors of writing end a strict check with 1 as well; the day counts for the age of a fact."""
    folder = corpus(exam=EXAM + STRICT, law=SHORT + "  - id: no-kind\n")
    done = certdrill("--cards", folder, *NOW, "check")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if ".yaml:" in line] == [
        f"{folder}/law.yaml:18:5: error: a card without 'kind'; add `kind:` (basic, reversed, cloze, typed, choice or "
        "order) [missing-key]",
        f"{folder}/law.yaml:9:12: warning: a question of 2 words, fewer than 6; ask for one fact, with just the words "
        "that make the answer the only one [question-length]",
        f"{folder}/law.yaml:16:12: error: a yes-or-no question; ask which, what, why or when, so that the answer has "
        "to be produced [question-closed]",
    ]
    later = certdrill("--cards", folder, "--now", "2027-11-22T12:00+00:00", "check").stdout
    assert later.count("last verified 539 days ago, more than a year") == 2


def test_writing_never_stops_a_drill_or_an_export(corpus: Callable[..., Path], certdrill: Run, tmp_path: Path) -> None:
    """A strict corpus with an error of writing is exported and drilled without a word on it."""
    folder = corpus(exam=EXAM + STRICT, law=SHORT)
    assert certdrill("--cards", folder, "check").returncode == 1
    assert certdrill("--cards", folder, "export", "-o", tmp_path / "deck.apkg").returncode == 0
    drilled = certdrill("--cards", folder, "review", stdin="q\n")
    assert (drilled.returncode, "problem" in drilled.stderr) == (0, False)


def test_outside_strict_writing_rules_are_advice(corpus: Callable[..., Path], certdrill: Run) -> None:
    """The same cards pass, with the same sentences as warnings."""
    folder = corpus(exam=EXAM + STRICT.replace("strict: true", "strict: false"), law=SHORT)
    done = certdrill("--cards", folder, *NOW, "check")
    assert done.returncode == 0
    assert "law.yaml:16:12: warning: a yes-or-no question" in done.stdout
    assert done.stdout.endswith(f"2 cards from {folder}: 0 errors, 2 warnings\n")


def test_rule_shows_one_rule_only(corpus: Callable[..., Path], certdrill: Run) -> None:
    """It counts alone for the exit code too; several may be named; an unknown one is refused with the nearest."""
    folder = corpus(exam=EXAM + STRICT, law=SHORT)
    one = certdrill("--cards", folder, *NOW, "check", "--rule", "question-length")
    assert one.returncode == 0
    assert one.stdout.splitlines()[-1] == f"2 cards from {folder}: 0 errors, 1 warnings"
    assert "coverage" not in one.stdout
    two = certdrill("--cards", folder, *NOW, "check", "--rule", "question-length", "--rule", "question-closed")
    assert (two.returncode, two.stdout.count(" [question-")) == (1, 2)
    unknown = certdrill("--cards", folder, "check", "--rule", "question-lenght")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("certdrill: no rule 'question-lenght'; nearest: question-length")


def test_explain_prints_every_rule_that_a_problem_can_name(certdrill: Run) -> None:
    """Writing, structural and reading rules; an unknown id is refused with the nearest."""
    told = certdrill("check", "--explain", "key-longest")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("key-longest, writing rule: an error; in a corpus that is not strict a warning")
    assert "\nWhy: " in told.stdout
    assert "\nDo: move the detail into `why`" in told.stdout
    assert certdrill("check", "--explain", "id-vanished").stdout.startswith("id-vanished, error, structural")
    unknown = certdrill("check", "--explain", "key-longer")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("certdrill: no rule 'key-longer'; nearest: key-longest")


def test_every_rule_of_the_reader_is_explained() -> None:
    """Each id that stands in the sources of the reader has its sentence, and no other."""
    folder = CHECKOUT / "src" / "certdrill" / "corpus"
    text = "".join((folder / f"{name}.py").read_text() for name in ("read", "shapes", "yaml_events"))
    named = set(re.findall(r'"((?:yaml|exam|domain|missing|unknown)-[a-z-]+|type|length)"\)', text)) | set(LOSSY)
    assert named == set(READING)


def test_a_small_corpus_sees_no_figures(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Three cards without objectives get one line; --complete shows what it decides on."""
    folder = corpus(law=basic_cards("law", 2), ethics=basic_cards("ethics", 1))
    assert certdrill("--cards", folder, "check").stdout.count("\n") == 1
    complete = certdrill("--cards", folder, "check", "--complete")
    assert complete.returncode == 1
    assert "not complete: law is 66.7 % of the deck and 60.0 % of the exam\n" in complete.stdout


def test_complete_decides_by_coverage_and_cues(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Without it gaps are only shown; with it a corpus without gaps passes and one with a gap does not."""
    files = complete_corpus()
    folder = corpus(exam=EXAM + STRICT, **files)
    done = certdrill("--cards", folder, *NOW, "check", "--complete")
    assert done.stdout.splitlines()[-1] == f"15 cards from {folder}: 0 errors, 0 warnings", done.stdout
    assert (done.returncode, "not complete" in done.stdout) == (0, False)
    assert "coverage: 2 of 2 objectives have 4+2 cards" in done.stdout
    at = files["ethics"].index("  - id: ethics-claim-x1")
    corpus(exam=EXAM + STRICT, law=files["law"], ethics=files["ethics"][:at])
    shown = certdrill("--cards", folder, *NOW, "check")
    assert (shown.returncode, "2.1 4+1!" in shown.stdout) == (0, True)
    refused = certdrill("--cards", folder, *NOW, "check", "--complete")
    assert refused.returncode == 1
    assert "not complete: objective 2.1 has 4 of 4 recall cards and 1 of 2 choice items\n" in refused.stdout


def test_domain_narrows_problems_and_figures(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Only its cards, each objective with its kinds and levels; an unknown domain is refused."""
    folder = corpus(exam=EXAM + STRICT, law=SHORT, ethics=complete_corpus()["ethics"])
    done = certdrill("--cards", folder, *NOW, "check", "--domain", "Eth")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"6 cards from {folder}: 0 errors, 0 warnings"
    row = next(line for line in done.stdout.splitlines() if line.startswith("    2.1"))
    assert row.split() == ["2.1", "4", ".", ".", ".", "2", ".", "|", ".", "2", "4", "."]
    assert "\n    1.1" not in done.stdout
    assert certdrill("--cards", folder, "check", "--domain", "x").stderr.startswith("certdrill: no domain 'x'")


def test_json_has_the_figures(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Bots over all items and by domain, the matrix, the shares, the levels and every gap."""
    folder = corpus(exam=EXAM + STRICT, **complete_corpus())
    found = json.loads(certdrill("--cards", folder, *NOW, "check", "--json").stdout)
    assert list(found) == ["schema", "from", "cards", "problems", "cues", "coverage", "gaps"]
    assert (found["cues"]["items"], found["cues"]["chance"], found["gaps"]) == (4, 0.25, [])
    assert [bot["name"] for bot in found["cues"]["bots"]] == [
        "longest option", "shortest option", "stem overlap", "naive Bayes", "best fixed letter",
        "key to distractor length",
    ]  # fmt: skip
    assert set(found["cues"]["bots"][0]) == {"name", "value", "least", "most", "inside"}
    assert {domain: one["items"] for domain, one in found["cues"]["domains"].items()} == {"law": 2, "ethics": 2}
    assert found["coverage"]["objectives"][1] == {
        "id": "2.1",
        "domain": "ethics",
        "recall": 4,
        "choice": 2,
        "covered": True,
        "cards": [
            {"kind": "basic", "level": "apply", "number": 2},
            {"kind": "basic", "level": "understand", "number": 2},
            {"kind": "choice", "level": "apply", "number": 2},
        ],
    }
    assert found["coverage"]["domains"][0] == {
        "domain": "law", "recall": 7, "choice": 2, "share": 60.0, "weight": 60.0, "fair": True,
    }  # fmt: skip
    assert [level["fair"] for level in found["coverage"]["levels"]] == [True, True, True]


def test_kinds_and_levels_are_always_counted(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Without --domain the table sums the matrix over all objectives, a kind a line."""
    folder = corpus(exam=EXAM + STRICT, **complete_corpus())
    whole = certdrill("--cards", folder, *NOW, "check").stdout
    heading = next(line for line in whole.splitlines() if "kind and level" in line)
    assert heading.split()[3:] == ["remember", "understand", "apply", "analyze"]
    table = whole.splitlines()[whole.splitlines().index(heading) + 1 :][: len(KINDS)]
    rows = {line.split()[0]: line.split()[1:] for line in table}
    found = json.loads(certdrill("--cards", folder, *NOW, "check", "--json").stdout)
    counted = sum(int(number) for kind in KINDS for number in rows[kind] if number != ".")
    assert counted == found["cards"]
