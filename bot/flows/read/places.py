"""Answers that are a place: an area of the municipality by its name, or a shared location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from bot.flows.model import Answers, Choice, Doubt, Draft, Input, Known, Point, Problem, Read, Reading
from bot.flows.read.agreeing import yes_or_no
from bot.flows.read.typed import Control, Kind, as_text, bare, shown, visible
from bot.i18n import Text, _
from bot.packs.model import Area
from bot.rules.places import FORGIVEN, km_between, meant
from bot.rules.places import likely as likeliest

_BUTTONS = 8
"""So many areas still fit as buttons."""
_FAR_KM = 15.0


@dataclass(frozen=True, slots=True)
class Place(Kind):
    """A place: {"area": name}, or {"area": name or None, "said": words}, or with latitude and longitude as well.

    The draft holds what was said when it was not clear, and the areas that are likely.
    """

    kind = "place"

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        if input.place is not None:
            return self._shared(input.place, known)
        return Kind.read(self, input, known, draft)

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        if isinstance(draft, dict) and draft.get("likely"):
            answer = yes_or_no(words, known.locale)
            if answer and len(draft["likely"]) == 1:
                return Read({"area": draft["likely"][0]})
            if answer is False or words == draft.get("said"):
                return Read({"area": None, "said": str(draft.get("said"))})
        areas = known.municipality.areas
        if not areas:
            return Read({"area": None, "said": words})
        places = [area.names for area in areas]
        best = meant(words, places)
        if len(best) == 1:
            return self._named(areas[best[0]], words)
        likely = [areas[at] for at in (best or likeliest(words, places))[:3]]
        names = tuple(area.name for area in likely)
        if len(likely) > 1:
            return Draft(
                {"likely": list(names), "said": words},
                _("I know more than one: {places}. Which one do you mean?", places=names),
            )
        if likely:
            return Draft({"likely": list(names), "said": words}, _("Do you mean {place}?", place=names[0]))
        kept = {"area": None, "said": words}
        return Doubt(
            kept,
            _("I do not know of a place called “{said}” here. Shall I keep it as you wrote it?", said=shown(words)),
        )

    def _named(self, area: Area, words: str) -> Read:
        """The area, with the words where they say more than its name ("the old school in Stenhamra", a place in it)."""
        if any(fuzz.ratio(bare(words), bare(name)) >= FORGIVEN for name in (area.name, *area.aliases)):
            return Read({"area": area.name}, None if words == area.name else as_text(area.name))
        return Read({"area": area.name, "said": words}, _("Place: {place}", place=area.name))

    def _shared(self, point: Point, known: Known) -> Reading:
        if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
            return Problem(self.help(known))
        area = nearest(point, known.municipality.areas)
        value = {
            "area": area.name if area else None,
            "latitude": point.latitude,
            "longitude": point.longitude,
            "said": "",
        }
        if area:
            return Read(value, _("Thank you. That is near {place}.", place=area.name))
        return Read(value, _("Thank you. I have kept the place on the map. It is outside the areas I know."))

    def pressed(self, choice: str, known: Known, draft: Any) -> Reading:
        if choice == "keep" and isinstance(draft, dict) and draft.get("said"):
            return Read({"area": None, "said": str(draft["said"])})
        named = {each.id: name for each, name in self._buttons(known, draft)}
        return Read({"area": named[choice]}) if choice in named else Problem(self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        area, said = fields.get("area", ""), fields.get("said", "")
        names = [each.name for each in known.municipality.areas]
        point = _point(fields)
        if point:
            return Read(
                {
                    "area": area if area in names else None,
                    "latitude": point.latitude,
                    "longitude": point.longitude,
                    "said": said,
                }
            )
        if area in names:
            return Read({"area": area, "said": said} if visible(said) else {"area": area})
        if not visible(said):
            return self.silent(known, draft) if not visible(area) else self.said(area, known, draft)
        reading = self.said(said, known, draft)
        return Read({"area": None, "said": said}) if isinstance(reading, Draft | Doubt) else reading

    def help(self, known: Known) -> Text:
        names = tuple(area.name for area in known.municipality.areas[:2])
        if names:
            return _("Write the name of a place, for example {places}, or share a location.", places=names)
        return _("Write the name of a place, or share a location.")

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        buttons = tuple(choice for choice, _name in self._buttons(known, draft))
        if isinstance(draft, dict) and draft.get("said"):
            # TRANSLATORS: a button, at most 30 characters with the words in it: keep the place as it was written.
            return (*buttons, Choice("keep", _("Keep “{said}”", said=shown(str(draft["said"]), 20))))
        return buttons

    def _buttons(self, known: Known, draft: Any) -> list[tuple[Choice, str]]:
        areas = [area.name for area in known.municipality.areas]
        likely = [name for name in draft.get("likely", ()) if name in areas] if isinstance(draft, dict) else []
        wanted = likely or (areas if len(areas) <= _BUTTONS else [])
        return [(Choice(f"area.{areas.index(name)}", as_text(name)), name) for name in wanted]

    def show(self, value: Any, known: Known) -> Text:
        area, said = value.get("area"), value.get("said")
        if area and said:
            return _("{said} ({place})", said=said, place=area)
        if area or said:
            return as_text(str(area or said))
        return _("A place on the map")

    def spot(self, text: str, known: Known) -> Any | None:
        plain = f" {bare(text)} "
        found = [
            area.name for area in known.municipality.areas if any(f" {bare(name)} " in plain for name in area.names)
        ]
        return {"area": found[0]} if len(found) == 1 else None

    def form_values(self, value: Any) -> dict[str, str]:
        values = {"area": value.get("area") or "", "said": value.get("said") or ""}
        if "latitude" in value:
            values |= {"latitude": repr(value["latitude"]), "longitude": repr(value["longitude"])}
        return values

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        options = tuple(Choice(area.name, as_text(area.name)) for area in known.municipality.areas)
        said = Control("said", _("Another place, or more exactly where"), required=not options)
        chosen = (Control("area", _("Area"), "select", options, required=False), said) if options else (said,)
        hidden = ("latitude", "longitude") if isinstance(value, dict) and "latitude" in value else ()
        return (*chosen, *(Control(name, input_type="hidden", required=False) for name in hidden))


def place() -> Place:
    """A place in the municipality, or wherever somebody says."""
    return Place()


def nearest(point: Point, areas: Sequence[Area]) -> Area | None:
    """The area whose centre is nearest, at most 15 km away."""
    here = (point.latitude, point.longitude)
    ranked = sorted(
        (km_between(here, (area.latitude, area.longitude)), number)
        for number, area in enumerate(areas)
        if area.latitude is not None and area.longitude is not None
    )
    return areas[ranked[0][1]] if ranked and ranked[0][0] <= _FAR_KM else None


def _point(fields: Mapping[str, str]) -> Point | None:
    try:
        latitude, longitude = float(fields["latitude"]), float(fields["longitude"])
    except (KeyError, ValueError):
        return None
    return Point(latitude, longitude) if -90 <= latitude <= 90 and -180 <= longitude <= 180 else None


def here(answers: Answers, known: Known) -> Text:
    """A place for an example: one of the municipality's own."""
    areas = known.municipality.areas
    return as_text(areas[0].name if areas else known.municipality.name)
