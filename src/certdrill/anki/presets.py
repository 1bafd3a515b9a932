"""Anki's deck options as we send them: new cards a day, their order, and FSRS."""

from __future__ import annotations

from typing import Any, NamedTuple

from certdrill.anki.identity import fixed_id

_EVERY_DAY = [1.0] * 7


class Preset(NamedTuple):
    """What a deck asks of the scheduler; parameters are FSRS-6's, none of them the defaults."""

    exam: str
    name: str
    new_per_day: int = 20
    retention: float = 0.9
    parameters: tuple[float, ...] = ()
    owner: str = ""

    @property
    def id(self) -> int:
        """The preset's id. Anki never updates a preset it has, so other values are another preset."""
        values = (f"{self.new_per_day}", f"{self.retention:g}", ",".join(f"{one:g}" for one in self.parameters))
        return fixed_id("preset", self.exam, self.owner, *values)


def preset_json(preset: Preset, changed: int) -> dict[str, Any]:
    """Return a preset as Anki's schema 11 has it; new cards by ascending position, sorted as gathered.

    `changed` is in seconds UTC. Siblings are buried, so that the two sides of a card never come on one day.
    """
    return {
        "id": preset.id,
        "mod": changed,
        "usn": -1,
        "name": preset.name,
        "autoplay": True,
        "replayq": True,
        "timer": 0,
        "maxTaken": 60,
        "dyn": False,
        "new": {
            "bury": True,
            "delays": [1.0, 10.0],
            "initialFactor": 2500,
            "ints": [1, 4, 0],
            "order": 1,
            "perDay": preset.new_per_day,
        },
        "rev": {"bury": True, "ease4": 1.3, "ivlFct": 1.0, "maxIvl": 36500, "perDay": 9999, "hardFactor": 1.2},
        "lapse": {"delays": [10.0], "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0.0},
        "newMix": 0,
        "newPerDayMinimum": 0,
        "interdayLearningMix": 0,
        "reviewOrder": 0,
        "newGatherPriority": 1,  # ascending position, across subdecks
        "newSortOrder": 1,  # as gathered
        "buryInterdayLearning": True,
        "fsrsWeights": [],
        "fsrsParams5": [],
        "fsrsParams6": list(preset.parameters),
        "desiredRetention": preset.retention,
        "ignoreRevlogsBeforeDate": "",
        "easyDaysPercentages": _EVERY_DAY,
        "stopTimerOnAnswer": False,
        "secondsToShowQuestion": 0.0,
        "secondsToShowAnswer": 0.0,
        "questionAction": 0,
        "answerAction": 0,
        "waitForAudio": True,
        "sm2Retention": 0.9,
        "weightSearch": "",
    }
