"""Plain fields, as they stand in YAML and in the cache, made into the values of the model."""

from __future__ import annotations

import os
from typing import Any

from certdrill.model import Content, Domain, Exam, Media, Objective, Option, Source


def content_of(record: dict[str, Any], folder: str = "") -> Content:
    """Build what a person reads from a card's plain fields; `folder` is where its corpus can be opened."""
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
        media=media_of(record, folder) if "media" in record else (),
    )


def media_of(record: dict[str, Any], folder: str) -> tuple[Media, ...]:
    """Return the pictures and sounds of a card; none has to exist."""
    items = [{"file": item} if isinstance(item, str) else item for item in record.get("media", ())]
    return tuple(Media(**item, path=os.path.join(folder, *item["file"].split("/"))) for item in items)


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
