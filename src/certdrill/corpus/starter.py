"""The files of a first corpus: a blueprint with two domains, three cards and the schemas."""

from __future__ import annotations

from typing import Any

from certdrill.corpus.fields import schemas

_EXAM = """\
# yaml-language-server: $schema=schema/exam.schema.json
# The id never changes: your history and your Anki deck are tied to it.
id: my-first-exam
title: My first exam
domains:
  - id: basics
    title: Basics
    weight: 60
  - id: practice
    title: Practice
    weight: 40
"""

_BASICS = """\
# yaml-language-server: $schema=schema/cards.schema.json
domain: basics
cards:
  - id: spacing-effect
    kind: basic
    front: Why are reviews spread over days instead of massed in one evening?
    back: Recalling just before forgetting strengthens memory most.
  - id: fsrs-targets-retention
    kind: cloze
    text: FSRS chooses each interval so that recall stays near a {{c1::desired retention}}.
"""

_PRACTICE = """\
# yaml-language-server: $schema=schema/cards.schema.json
domain: practice
cards:
  - id: rate-honestly
    kind: choice
    stem: You recalled an answer only after a long hesitation. Which rating tells FSRS so?
    options:
      - text: Again
        why: Again says that you did not recall it.
      - text: Hard
        correct: true
        why: Hard is a pass that took effort, so the next interval grows less.
      - text: Easy
        why: Easy says that it came at once.
"""


def starter_files() -> dict[str, str | dict[str, Any]]:
    """Return the files of a new corpus by path: YAML as text, schemas as JSON values."""
    return {
        "exam.yaml": _EXAM,
        "basics.yaml": _BASICS,
        "practice.yaml": _PRACTICE,
        **{f"schema/{name}": schema for name, schema in schemas().items()},
    }
