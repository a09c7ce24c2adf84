"""What the phone is given: plain JSON values, small enough for a weak signal, complete enough for a day without one."""

from datetime import datetime
from typing import Any

from wangge.casework import queries as casework
from wangge.casework import terms
from wangge.events import queries as events
from wangge.identity import queries as identity
from wangge.kernel import clock, files
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.territory import queries as territory

TODOS, MINE, MANY_CELLS = 100, 50, 60
DAYS = 31
# What an officer does standing in the street, in the order of the buttons; the rest is desk work.
COMMANDS = (
    "sign", "finish", "confirm", "refute", "verify", "rework", "send_back", "hand_up", "support_done", "resume", "note",
)  # fmt: skip
OUTCOMES = ("resolved", "partly", "not_ours", "not_feasible")
# Commands that a photograph belongs to.
WITH_PHOTO = frozenset({"finish", "confirm", "refute", "verify", "rework", "note", "support_done", "send_back"})


def moment(value: datetime | None) -> str | None:
    return clock.local(value).isoformat(timespec="seconds") if value else None


def brief(case: Any) -> dict[str, Any]:
    """One line of a list."""
    return {
        "number": case.number,
        "title": case.title,
        "state": case.state,
        "state_name": case.get_state_display(),
        "place": territory.path_of(case.place_code).split("·", 1)[-1],
        "due_at": moment(case.due_at),
        "received_at": moment(case.received_at),
        "step": case.step,
        "card": case.card,
    }


def district_of(actor: Actor) -> int | None:
    """The district code an actor works in; None for somebody without a post."""
    found = identity.district_of_post(actor.post_id)
    return found.pk if found else None


def categories(district: int | None) -> list[dict[str, Any]]:
    """The category tree with its words, so that the phone can suggest without a signal."""
    if district is None:
        return []
    try:
        found = events.catalogue(district)
    except Refusal:
        return []
    return [
        {
            "code": c.code,
            "name": c.name,
            "group": c.class_name,
            "photo": c.photo_required,
            "self_solve": c.self_solve,
            "words": [[word, weight] for word, weight in c.words],
        }
        for c in found.categories.values()
    ]


def cells(actor: Actor) -> dict[str, Any]:
    """The cells of the post with their borders, thinned when there are many; nothing for an office without a place."""
    if actor.lo > actor.hi:
        return {"type": "FeatureCollection", "features": []}
    many = actor.hi - actor.lo >= 10**6 - 1
    return territory.geojson(actor.lo, simplify_m=10.0 if many else 0.0)


def offices(district: int | None) -> list[dict[str, str]]:
    """Who can be proposed instead when a case is sent back."""
    if district is None:
        return []
    return [{"code": d.code, "name": d.name} for d in events.offices(district).values() if d.kind != "leader"]


def bootstrap(actor: Actor, account: Any, csrf: str) -> dict[str, Any]:
    """Everything the phone keeps for a day without a signal."""
    district = district_of(actor)
    mine = casework.search(actor, mine=True).order_by("-id")[:MINE] if actor.id else []
    return {
        "account": {"id": actor.id, "name": actor.name},
        "csrf": csrf,
        "post": {"id": actor.post_id, "name": actor.post_name},
        "posts": [{"id": p.pk, "name": p.name} for p in identity.posts_of(account)],
        "rights": sorted(actor.rights),
        "cells": cells(actor),
        "categories": categories(district),
        "offices": offices(district),
        "outcomes": [[code, terms.OUTCOMES[code]] for code in OUTCOMES],
        "decline_reasons": list(terms.DECLINE_REASONS.items()),
        "todos": [brief(c) for c in casework.inbox(actor)[:TODOS]],
        "mine": [brief(c) for c in mine],
        "server_time": moment(clock.now()),
    }


def attached(hashes: list[str]) -> list[dict[str, Any]]:
    """Files of a step as links."""
    known = files.find_many(hashes)
    return [
        {
            "url": f"/pocket/files/{h}",
            "thumb": f"/pocket/files/{h}?thumb=1" if known[h].is_image else "",
            "kind": known[h].media_type,
        }
        for h in hashes
        if h in known
    ]


def whole(actor: Actor, number: str) -> dict[str, Any]:
    """One case: its matter, its steps newest first, its clock explained, and what this person may do now.

    Raises `NotHere` when the number does not exist or is not for this actor.
    """
    case = casework.get(actor, number)
    may = casework.allowed(actor, case)
    steps = list(casework.steps(actor, case))
    matter = terms.Matter(case.category, case.place_code, case.urgency, case.received_at)
    running = [(c, lines) for c, lines in casework.explain(actor, case) if c.stopped_at is None]
    return {
        **brief(case),
        "text": case.text,
        "category": casework.process_of(case).category_name(matter),
        "source": case.get_source_display(),
        "holder": case.holder.name if case.holder else "",
        "lng": case.lng,
        "lat": case.lat,
        "seen_at": moment(case.seen_at),
        "clocks": [{"name": c.get_kind_display(), "due_at": moment(c.due_at), "lines": lines} for c, lines in running],
        "timeline": [
            {
                "at": moment(s.at),
                "who": s.actor_name,
                "post": s.post_name,
                "what": terms.COMMANDS.get(s.command, s.command),
                "text": s.text,
                "files": attached(s.files),
            }
            for s in sorted(steps, key=lambda s: -s.seq)
        ],
        "allowed": [
            {
                "command": c,
                "label": terms.COMMANDS[c],
                "needs": list(casework.needs(case, c)),
                "photo": c in WITH_PHOTO,
            }
            for c in COMMANDS
            if c in may
        ],
    }
