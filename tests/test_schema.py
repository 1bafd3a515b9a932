from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from certdrill.corpus import fields
from certdrill.corpus.files import list_files
from certdrill.corpus.read import read_library
from certdrill.corpus.shapes import MAX_TEXT
from certdrill.errors import BrokenExamError
from conftest import CARDS, Run

SCHEMAS = fields.schemas()
EXAM = b"id: bar-exam\ntitle: Bar\ndomains: [{id: law, title: L, weight: 1}]\n"
OF_FILE = {"exam.yaml": "exam", "names.yaml": "names", "retired.yaml": "retired"}


def validator(name: str) -> Draft7Validator:
    return Draft7Validator(SCHEMAS[f"{name}.schema.json"], format_checker=FormatChecker())


VALIDATORS = {name: validator(name) for name in ("cards", "mock", "exam", "names", "retired")}


def test_the_published_schemas_are_the_loaders_own() -> None:
    """The files beside the cards are what the fields say today."""
    published = {path.name: json.loads(path.read_text("utf-8")) for path in (CARDS / "schema").iterdir()}
    assert published == SCHEMAS


def test_init_writes_the_same_schemas(certdrill: Run, tmp_path: Any) -> None:
    """A corpus of one's own has the editor's help from the start."""
    assert certdrill("init", "mine").returncode == 0
    written = {path.name: json.loads(path.read_text("utf-8")) for path in (tmp_path / "mine" / "schema").iterdir()}
    assert written == SCHEMAS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_draft_7(name: str) -> None:
    """The draft that editors' YAML servers support."""
    Draft7Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_built_in_files_are_valid() -> None:
    """What the loader takes, an editor does not underline."""
    for name, raw in list_files(str(CARDS)).items():
        if not name.endswith(".yaml"):
            continue
        kind = "mock" if name.startswith("mocks/") else OF_FILE.get(name, "cards")
        faults = [f"{name}: {error.json_path} {error.message}" for error in VALIDATORS[kind].iter_errors(_typed(raw))]
        assert faults == []


class Strict(yaml.SafeLoader):
    """A loader that takes a date for text, as a JSON Schema does."""


Strict.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _typed(raw: bytes) -> Any:
    return yaml.load(raw, Strict)  # noqa: S506 - a SafeLoader


slugs = st.sampled_from(["chunk-overlap", "a-b", "x1-2y-z", "a-" * 7 + "a"])
names = st.sampled_from(["law", "vector-search", "x"])
urls = st.sampled_from(["https://example.org/a", "http://x.y/z?q=1#s"])
prose = st.sampled_from(["What?", "{{c1::x}}", "a: b #c", "no", "1.10", "é\nü", "x" * MAX_TEXT])
days = st.sampled_from(["2026-11-22", "2024-02-29"])
NOT_TEXT = (["a"], {"a": "b"})
WRONG: dict[str, list[Any]] = {  # what a value of each form must not be; texts only where texts belong
    "slug": ["one", "A-b", "a--b", "a_b", "-a-b", "a-b ", "", "a-" * 25 + "a", *NOT_TEXT],
    "name": ["", "A", "a b", "a-", "a" * 61, *NOT_TEXT],
    "url": ["", "ftp://x", "https://", "https://a b", "see https://a", "https://" + "a" * 500, *NOT_TEXT],
    "prose": ["", " ", "\n", "x" * (MAX_TEXT + 1), *NOT_TEXT],
    "day": ["", "2026-13-01", "2026-1-1", "20261122", "2026-02-30", "today", *NOT_TEXT],
    "whole": ["3", "", 0, 1000, -1, *NOT_TEXT],
    "flag": ["true", "yes", "", *NOT_TEXT],
    "level": ["", "Apply", "know", *NOT_TEXT],
}
FORM: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "id": ("slug", slugs),
    "objective": ("name", st.sampled_from(["3.11", "1", "a.B"])),
    "level": ("level", st.sampled_from(["remember", "apply"])),
    "difficulty": ("whole", st.integers(1, 5)),
    "verified": ("day", days),
    "volatile": ("flag", st.booleans()),
    "rev": ("whole", st.integers(1, 999)),
    "since": ("day", st.sampled_from(["2024", "2026-03"])),
    "why": ("prose", prose),
    "front": ("prose", prose),
    "back": ("prose", prose),
    "text": ("prose", prose),
    "stem": ("prose", prose),
    "answer": ("prose", st.sampled_from(["yes", "x" * 200])),
    "match": ("level", st.sampled_from(["exact", "trim", "nocase"])),
    "select": ("whole", st.integers(1, 7)),
}
LISTS: dict[str, tuple[st.SearchStrategy[Any], int, int]] = {
    "tags": (names, 0, 12),
    "contrast": (slugs, 1, 50),
    "requires": (slugs, 1, 50),
    "lint_ok": (names, 1, 50),
    "accept": (st.sampled_from(["a", "b c"]), 1, 20),
    "steps": (prose, 2, 9),
    "sources": (st.fixed_dictionaries({"url": urls}, optional={"section": prose.filter(lambda x: len(x) < 300)}), 1, 8),
    "media": (
        st.sampled_from(["a.png", "x/y.mp3"])
        | st.fixed_dictionaries(
            {"file": st.just("a/b.svg")}, optional={"alt": st.just("A plot"), "side": st.sampled_from(["answer"])}
        ), 1, 8,
    ),
    "options": (
        st.fixed_dictionaries({"text": prose}, optional={"correct": st.booleans(), "why": prose}), 2, 8,
    ),
}  # fmt: skip
SUB = {"url": "url", "section": "prose", "text": "prose", "why": "prose", "correct": "flag", "file": "prose",
       "alt": "prose", "side": "level"}  # fmt: skip


@st.composite
def values(draw: st.DrawFn, key: str) -> Any:
    """Draw a value of a card's key: mostly a good one."""
    sound = draw(st.integers(0, 40)) != 17
    if key in FORM:
        form, good = FORM[key]
        return draw(good if sound else st.sampled_from(WRONG[form]))
    item, least, most = LISTS[key]
    if sound:
        return draw(st.lists(item, min_size=least, max_size=min(most, least + 2)))
    if draw(st.booleans()):
        return draw(st.sampled_from(["", "a", {"a": "b"}, ["", "A b"], [["a"]], [{"url": "https://a", "x": "y"}]]))
    number = draw(st.sampled_from([number for number in (least - 1, most + 1) if number >= 0]))
    found = [draw(item)] * number
    if found and isinstance(found[0], dict):
        broken = dict(found[0])
        broken[draw(st.sampled_from(sorted(broken)))] = draw(st.sampled_from(WRONG[SUB[min(broken)]]))
        return [*found[1:], broken]
    return found


@st.composite
def cards(draw: st.DrawFn) -> Any:
    """Draw a card of any kind, with most of what it needs and sometimes what it must not have."""
    if draw(st.integers(0, 60)) == 17:
        return draw(st.sampled_from(["text", [], {}, ["a"]]))
    kind = draw(st.sampled_from(sorted(fields.BY_KIND)))
    own = fields.BY_KIND[kind]
    needed = [key for key, spec in {**fields.COMMON, **own}.items() if spec.required and key != "kind"]
    others = [key for key in {**fields.COMMON, **own} if key not in needed and key != "kind"]
    chosen = [key for key in needed if draw(st.integers(0, 60)) != 17] + draw(
        st.lists(st.sampled_from(others), max_size=2)
    )
    if draw(st.integers(0, 40)) == 17:
        chosen.append(draw(st.sampled_from(["steps", "options", "front", "text", "answer"])))
    card = {"kind": kind, **{key: draw(values(key)) for key in chosen}}
    if draw(st.integers(0, 40)) == 17:
        card[draw(st.sampled_from(["kind", "colour", "Front"]))] = draw(st.sampled_from(["basik", "", ["basic"]]))
    if draw(st.integers(0, 60)) == 17:
        del card["kind"]
    return card


@st.composite
def files(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a card file or a mock form with its header."""
    kind = draw(st.sampled_from(["cards", "mock"]))
    header: dict[str, Any] = {"domain": "law"} if kind == "cards" else {"form": draw(names)}
    if kind == "mock" and draw(st.booleans()):
        header["title"] = draw(st.sampled_from(["Form A", "B", "é", "x" * 201]))
    if draw(st.integers(0, 3)) == 0:
        header["exam_guide"] = draw(st.sampled_from(["2026-03", "2026", "2025", "2026-3"]))
    if draw(st.integers(0, 3)) == 0:
        some = draw(st.lists(st.sampled_from(["verified", "tags", "since"]), unique=True))
        header["defaults"] = {key: draw(values(key)) for key in some}
    if draw(st.integers(0, 30)) == 17:
        header[draw(st.sampled_from(["domain", "form", "colour", "defaults"]))] = draw(
            st.sampled_from(["", "A b", "x", ["law"], {"id": "a-b"}])
        )
    if draw(st.integers(0, 30)) != 17:
        header["cards"] = draw(st.lists(cards(), min_size=0 if draw(st.integers(0, 20)) == 17 else 1, max_size=3))
    return kind, header


def faults_of_form(name: str, raw: bytes) -> list[str]:
    """Return what the loader finds without the rules, apart from domains the blueprint does not have."""
    problems = read_library({"exam.yaml": EXAM, name: raw}).problems
    return [str(problem) for problem in problems if problem.rule != "domain-unknown"]


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files())
def test_schema_and_loader_agree_on_every_card_file(file: tuple[str, Any]) -> None:
    """What an editor underlines is what `check` reports, for all kinds, header included."""
    kind, whole = file
    raw = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False).encode()
    valid = VALIDATORS[kind].is_valid(whole)
    faults = faults_of_form("mocks/form.yaml" if kind == "mock" else "law.yaml", raw)
    assert valid == (not faults), (
        raw.decode()[:2_000],
        faults,
        [e.message for e in VALIDATORS[kind].iter_errors(whole)],
    )


SOUND_EXAM: dict[str, Any] = {
    "id": "bar-exam", "title": "Bar Exam", "items": 45, "minutes": 90, "strict": True, "guide": "2026-03",
    "url": "https://example.org",
    "domains": [{"id": "law", "title": "Law", "weight": 60}, {"id": "ethics", "title": "Ethics", "weight": 40}],
    "objectives": [{"id": "1.1", "domain": "law", "text": "Know", "since": "2024"}],
    "profiles": {"flat": {"law": 1, "ethics": 0}},
}  # fmt: skip


def test_a_sound_blueprint_is_valid_and_read() -> None:
    """The one the broken ones below are made from."""
    assert VALIDATORS["exam"].is_valid(SOUND_EXAM)
    assert not read_library({"exam.yaml": yaml.safe_dump(SOUND_EXAM).encode()}).problems


@pytest.mark.parametrize("change", [
    {"id": "bar"}, {"title": ""}, {"items": 0}, {"minutes": "90"}, {"strict": "true"}, {"guide": "26"}, {"url": "x"},
    {"domains": []}, {"domains": [{"id": "law", "title": "Law"}]}, {"colour": "red"}, {"profiles": {}},
    {"domains": [{"id": "law", "title": "Law", "weight": 0}]}, {"profiles": {"Flat Out": {"law": 1, "ethics": 1}}},
    {"objectives": [{"id": "1 1", "domain": "law", "text": "Know"}]}, {"profiles": {"flat": {"law": -1, "ethics": 1}}},
])  # fmt: skip
def test_schema_and_loader_agree_on_broken_blueprints(change: dict[str, Any]) -> None:
    """Each fault is seen by both."""
    exam = {**SOUND_EXAM, **change}
    assert not VALIDATORS["exam"].is_valid(exam)
    try:
        problems = read_library({"exam.yaml": yaml.safe_dump(exam).encode()}).problems
    except BrokenExamError as error:
        problems = error.problems
    assert problems


@pytest.mark.parametrize(("name", "whole", "valid"), [
    ("names", {"names": []}, True),
    ("names", {"names": [{"exam": "A", "current": "B", "source": "https://a.b"}]}, True),
    ("names", {"names": [{"exam": "A", "current": "B"}]}, False),
    ("names", {"names": [{"exam": "A", "current": "B", "source": "https://a.b", "old": []}]}, False),
    ("names", {}, False),
    ("retired", {"retired": []}, True),
    ("retired", {"retired": [{"id": "a-b", "date": "2026-01-31", "reason": "wrong", "replaced_by": "c-d"}]}, True),
    ("retired", {"retired": [{"id": "a-b", "date": "2026-01-32", "reason": "wrong"}]}, False),
    ("retired", {"retired": "none"}, False),
])  # fmt: skip
def test_schema_and_loader_agree_on_names_and_retired_ids(name: str, whole: Any, valid: bool) -> None:
    """The small files are held to the same rule."""
    card = b"domain: law\ncards: [{id: c-d, kind: basic, front: Q, back: A}]"
    files = {"exam.yaml": EXAM, f"{name}.yaml": yaml.safe_dump(whole).encode(), "law.yaml": card}
    assert VALIDATORS[name].is_valid(whole) is valid
    assert (not read_library(files).problems) is valid
