"""Networks, councils and meetings in words: what each is, who may come, how often, and where that stands (1.1, 2.1, 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.flows.model import Card
from bot.i18n import Text, Value, _, content, n_
from bot.packs.model import LocalGroup, Municipality, Network, Role, Sourced
from bot.packs.model.networks import Rhythm

OPEN: Mapping[str, Text] = {
    "everyone": _("Everybody may come."),
    "groups": _("Groups and associations, also loose ones. If you come alone, ask first."),
    "organisations": _("Associations and other organisations. Your own matter can be passed on to them."),
    "members": _("Those who have been chosen for it. Your own matter can be passed on to them."),
}
"""Who may come, by `Network.open_to`."""

# TRANSLATORS: how often people meet. {count} is a number or a span such as "2 to 4".
OFTEN: Mapping[str, Callable[[int, Value], Text]] = {
    "month": lambda most, count: n_("{times} time a month", "{times} times a month", most, times=count),
    "quarter": lambda most, count: n_("{times} time a quarter", "{times} times a quarter", most, times=count),
    "half_year": lambda most, count: n_("{times} time every half-year", "{times} times every half-year", most, times=count),
    "year": lambda most, count: n_("{times} time a year", "{times} times a year", most, times=count),
}  # fmt: skip


def lines(texts: Sequence[Text], between: str = "\n") -> Text:
    """Each text on a line of its own."""
    names = [f"line{number}" for number in range(len(texts))]
    return Text(between.join(f"{{{name}}}" for name in names), values=tuple(zip(names, texts, strict=True)))


def sentences(texts: Sequence[Text]) -> Text:
    """Whole sentences one after the other."""
    names = [f"sentence{number}" for number in range(len(texts))]
    return Text(" ".join(f"{{{name}}}" for name in names), values=tuple(zip(names, texts, strict=True)))


def rhythm_words(rhythm: Rhythm) -> Text:
    """ "About 4 times a year"."""
    most = rhythm.most or rhythm.times
    # TRANSLATORS: a span of numbers: "2 to 4".
    count: Value = _("{low} to {high}", low=rhythm.times, high=most) if rhythm.most else rhythm.times
    often = OFTEN[rhythm.per](most, count)
    return _("about {value}", value=often) if rhythm.about else often


def groups_in(network: Network, area: str | None) -> tuple[LocalGroup, ...]:
    """Those of several of a kind that are for an area: of those that are known by name."""
    return tuple(each for each in network.groups if area is not None and area in each.areas)


def _group_words(group: LocalGroup, network: Network, municipality: Municipality) -> Text:
    role = content(municipality.contacts.role(group.contact or network.contact).title)
    if group.reached:
        # TRANSLATORS: a group of a district or village, who answers for it, and how it is reached.
        return _(
            "{group}. Contact: {role}, {reached}", group=content(group.name), role=role, reached=content(group.reached)
        )
    return _("{group}. Contact: {role}", group=content(group.name), role=role)


def network_card(
    network: Network, municipality: Municipality, coming: Sequence[Mapping[str, Any]] = (), area: str | None = None
) -> Card:
    """What somebody has to know who thinks of coming. `coming` are the meetings to come, the soonest first. Of several of a kind it names the one of `area`, where it is known."""
    rows: list[tuple[Text, Value]] = [
        (_("What it is"), content(network.what)),
        (_("Who may come"), OPEN[network.open_to]),
    ]
    if network.count is not None or network.groups:
        mine = groups_in(network, area)
        if mine and area is not None:
            named: Value = lines([_group_words(each, network, municipality) for each in mine], " ")
            rows.append((_("In {area}", area=area), named))
        elif network.groups and area is None:
            rows.append((_("They are called"), tuple(content(each.name) for each in network.groups)))
        elif network.unnamed and area is not None:
            rows.append(
                (_("In {area}", area=area), _("Which one it is does not stand in my list yet. The one below knows."))
            )
    if network.part_of:
        whole = next(each for each in municipality.networks.networks if each.id == network.part_of)
        rows.append((_("Part of"), content(whole.title)))
    if network.rhythm is not None:
        rows.append((_("How often"), rhythm_words(network.rhythm)))
    soonest = next((each for each in coming if each["network"] == network.id), None)
    if soonest is not None:
        begins = datetime.fromisoformat(soonest["when"][0])
        # TRANSLATORS: when a network meets next, what the meeting is called, and where it is.
        rows.append((_("Next time"), _("{time}: {title}, {place}", time=begins, title=str(soonest["title"]),
                                       place=str(soonest["place"]))))  # fmt: skip
    elif network.dates:
        rows.append((_("Next time"), network.dates))
    elif network.rhythm is not None or network.kind == "meeting":
        rows.append((_("Next time"), _("The dates are not in my list. Ask the municipality.")))
    if network.items_beforehand:
        rows.append((_("Beforehand"), _("You may send in what is to be talked about.")))
    if network.invited_by:
        rows.append((_("Invitation"), content(network.invited_by)))
    return Card(content(network.title), tuple(rows))


def role_words(role: Role) -> Text:
    """Who answers, and what they are there for."""
    return _("{role}. {does}", role=content(role.title), does=content(role.does))


def stands(told: Sourced, today: date) -> Text:
    """Where something stands, and whether the municipality has checked it."""
    if told.is_current(today):
        return _("{source}, checked by the municipality", source=told.source)
    return _(
        "MUCF’s publication, section {section}, {year}. Ask the municipality whether it is still so.",
        section=told.source, year=str(told.year),
    )  # fmt: skip
