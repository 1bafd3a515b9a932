"""Which weights a command goes by."""

from __future__ import annotations

from certdrill.corpus.load import Corpus
from certdrill.errors import UnknownNameError


def weights_of(corpus: Corpus, profile: str) -> dict[str, int]:
    """Return the weights of a profile; raise UnknownNameError when the blueprint does not have it."""
    try:
        return corpus.exam.weights(profile)
    except KeyError:
        known = ["default", *(name for name, _ in corpus.exam.profiles)]
        raise UnknownNameError("weight profile", profile, known) from None
