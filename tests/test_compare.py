"""What was typed beside what is right."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certdrill.study.compare import compared


def marked(text: str, right: str) -> tuple[str, str]:
    """Return both sides with brackets around what does not agree."""
    ours, theirs = (
        "".join(one.text if one.agrees else f"[{one.text}]" for one in side) for side in compared(text, right)
    )
    return ours, theirs


def test_letters_are_compared_in_place() -> None:
    """Missing, extra and other letters are told apart; case counts, spaces at the ends and in runs do not."""
    assert marked("juge", "judge") == ("juge", "ju[d]ge")
    assert marked("judgge", "judge") == ("judg[g]e", "judge")
    assert marked(" The  judge ", "the judge") == ("[T]he judge", "[t]he judge")
    assert marked("", "judge") == ("", "[judge]")
    assert marked("judge", "judge") == ("judge", "judge")


def test_controls_are_shown_as_replaced() -> None:
    """What a terminal might act on never comes through."""
    assert marked("a\x1bb", "ab") == ("a[\ufffd]b", "ab")


@given(st.text(max_size=40), st.text(max_size=40))
def test_both_sides_are_whole_and_agree_where_they_say_so(typed: str, right: str) -> None:
    """Joined stretches are the texts, and the agreeing ones are the same on both sides."""
    ours, theirs = compared(typed, right)
    agreed = ["".join(one.text for one in side if one.agrees) for side in (ours, theirs)]
    assert agreed[0] == agreed[1]
    assert all(one.text for one in (*ours, *theirs))
