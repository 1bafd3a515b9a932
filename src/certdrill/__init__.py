"""Drill YAML cards with FSRS, weighted by an exam's blueprint, in the terminal and in Anki."""

__version__ = "0.1.0"
