"""Code as stretches of one colour each, for the terminal and for Anki; alone knows Pygments."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

# Pygments' token types and what they are called here; a type not named is its parent's.
_COLOURS = {
    "Token.Keyword": "k",
    "Token.Operator.Word": "k",
    "Token.Literal.String": "s",
    "Token.Comment": "c",
    "Token.Literal.Number": "n",
    "Token.Name.Function": "f",
    "Token.Name.Class": "f",
    "Token.Name.Decorator": "f",
    "Token.Name.Builtin": "f",
    "Token.Name.Tag": "f",
    "Token.Operator": "o",
}
# The languages that are coloured, by the words that may stand after a fence. Pygments knows hundreds more: some fail or
# take very long over odd texts, and asked for one it does not know it looks for plug-ins. Even of these some take time
# that grows with the square of a text, so that a block longer than any card should hold stays plain.
_LONGEST = 2_000
LANGUAGES = {
    "bash", "c", "c#", "c++", "console", "cpp", "csharp", "css", "diff", "docker", "dockerfile", "go", "graphql",
    "haskell", "html", "ini", "java", "javascript", "js", "json", "kotlin", "lua", "perl", "php", "postgresql",
    "powershell", "properties", "py", "python", "python3", "r", "ruby", "rust", "scala", "sh", "shell", "sql",
    "swift", "toml", "ts", "typescript", "xml", "yaml", "yml",
}  # fmt: skip


def coloured(text: str, language: str) -> list[tuple[str, str]]:
    """Split code into stretches with their colour.

    That is k for keywords, s strings, c comments, n numbers, f names that stand out, o operators, or nothing.
    `language` is what stands after the fence. Nothing is returned for a language that is not coloured; joined, the
    stretches are the text.
    """
    name = language.partition(" ")[0].lower()
    if name not in LANGUAGES or len(text) > _LONGEST:
        return []
    whole = text + "\n"  # comments of some languages end with their line only
    tokens = [(_colour(kind), token) for _, kind, token in _lexer(name).get_tokens_unprocessed(whole)]
    if "".join([token for _, token in tokens]) != whole:
        return []
    runs = [("".join([token for _, token in run]), colour) for colour, run in groupby(tokens, lambda pair: pair[0])]
    last, colour = runs[-1]
    return [*runs[:-1], *[(last[:-1], colour)] * (len(last) > 1)]


@cache
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name({"yml": "yaml"}.get(language, language))  # only the newest Pygments knows yml


@cache
def _colour(kind: Any) -> str:
    """Return the colour of a token type, or nothing for one that has none."""
    while kind is not None and str(kind) not in _COLOURS:
        kind = kind.parent
    return _COLOURS[str(kind)] if kind is not None else ""
