"""What the municipality's own data still needs: what is not filled in, what nobody has checked, and what those who
answer have shown since. For administrators."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.flows.contact import MATTERS, topic_name
from bot.flows.enquiry import role_name
from bot.handlers.web.console.guard import console
from bot.handlers.web.site import Route, Visit
from bot.i18n import Ltr, Text, _
from bot.packs.contents import to_do
from bot.packs.model.routing import Forward


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something learned, and what to write into the pack so that the pack says it."""

    forward: Forward
    sender: Text
    receiver: Text
    topic: Text
    matter: Text | None
    change: Text


async def pack(visit: Visit) -> web.StreamResponse:
    """The list, below why a changed pack is not in use, if so."""
    wanted = to_do(visit.municipality, visit.known().today)
    learned = await visit.parts.enquiries.suggestions(visit.municipality.id)
    return visit.page(
        "console/pack.html", fault=console(visit).fault(visit.municipality.id),
        suggestions=[_suggestion(each, visit) for each in learned],
        check=[each for each in wanted if each.kind == "check"], fill=[each for each in wanted if each.kind == "fill"],
    )  # fmt: skip


def _suggestion(forward: Forward, visit: Visit) -> Suggestion:
    place = visit.municipality
    if forward.topic is None:
        change = _("Nobody has the topic of these questions. Give {to} a topic for them, with words of its own in topics.yaml.",
                   to=Ltr(forward.to_role))  # fmt: skip
    elif forward.area or forward.matter:
        only = ", ".join(
            f"{name}: [{value}]" for name, value in (("matters", forward.matter), ("areas", forward.area)) if value
        )
        change = _("Add the topic {topic} to {to}, with {only}.", topic=Ltr(forward.topic), to=Ltr(forward.to_role),
                   only=Ltr(only))  # fmt: skip
    else:
        change = _("Move the topic {topic} from {sender} to {to}.", topic=Ltr(forward.topic),
                   sender=Ltr(forward.from_role), to=Ltr(forward.to_role))  # fmt: skip
    matter = next((label for id, label in MATTERS.items() if id == forward.matter), None)
    return Suggestion(
        forward, role_name(forward.from_role, place), role_name(forward.to_role, place),
        topic_name(forward.topic, visit.known()), matter, change,
    )  # fmt: skip


async def dismissed(visit: Visit) -> web.StreamResponse:
    """What was learned is wrong: such questions go where the pack says."""
    fields = visit.fields
    topic, area, matter = (fields.get(name) or None for name in ("topic", "area", "matter"))
    forward = Forward(fields.get("from_role", ""), fields.get("to_role", ""), topic, area, matter)
    await visit.parts.enquiries.dismiss(visit.municipality.id, forward, visit.parts.now())
    return visit.go("/coach/pack")


ROUTES = (Route("GET", "/coach/pack", pack), Route("POST", "/coach/pack/dismiss", dismissed))
