"""Plain fields, as they stand in YAML and in the cache, made into the values of the model."""

from __future__ import annotations

from typing import Any

from certdrill.model import Content, Domain, Exam, Objective, Option, Source


def content_of(record: dict[str, Any]) -> Content:
    """Build what a person reads from a card's plain fields."""
    return Content(
        front=record.get("front", ""),
        back=record.get("back", ""),
        text=record.get("text", ""),
        answer=record.get("answer", ""),
        accept=tuple(record.get("accept", ())),
        match=record.get("match", "trim"),
        stem=record.get("stem", ""),
        options=tuple(
            Option(option["text"], option.get("correct", False), option.get("why", ""))
            for option in record.get("options", ())
        ),
        select=record.get("select", 1),
        steps=tuple(record.get("steps", ())),
        why=record.get("why", ""),
        sources=tuple(Source(source["url"], source.get("section", "")) for source in record.get("sources", ())),
    )


def exam_of(record: dict[str, Any]) -> Exam:
    """Build the blueprint from its plain fields."""
    profiles = {name: tuple(weights.items()) for name, weights in record.get("profiles", {}).items()}
    return Exam(
        id=record["id"],
        title=record["title"],
        domains=tuple(Domain(one["id"], one["title"], one["weight"]) for one in record["domains"]),
        objectives=tuple(
            Objective(one["id"], one["domain"], one["text"], one.get("since", ""))
            for one in record.get("objectives", ())
        ),
        profiles=tuple(profiles.items()),
        items=record.get("items", 0),
        minutes=record.get("minutes", 0),
        guide=record.get("guide", ""),
        url=record.get("url", ""),
        strict=record.get("strict", False),
    )
