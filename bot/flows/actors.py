"""The directory of actors: who does something for others here, and how they are reached through the bot (publication, 2.1).

It holds what the municipality's data names, and associations, companies and groups that want to be found: they agree to
the very words that are shown, and a person at the municipality reads them first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.flows.board import title_of
from bot.flows.gatherings import lines
from bot.flows.ideas import NOT_SHOWN, PARAGRAPH, as_everybody_sees, card_lines, expired, put_up, where_shown
from bot.flows.mapped import and_then
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Ending,
    Flow,
    Input,
    Known,
    State,
    Step,
    Suggestion,
    Turn,
)
from bot.flows.named import WHO_THERE_IS
from bot.flows.read import consent, long_text, many_choices, one_choice, place, text
from bot.flows.read.typed import as_text, bare, in_words, words
from bot.i18n import Link, Text, Value, _, content, p_
from bot.packs.model import Municipality
from bot.packs.model.actors import Actor, actors
from bot.packs.model.routing import areas_meant, topics_meant
from bot.rules.board import Need, Reason, fitting
from bot.rules.masking import mask_ways

KIND = "actor"
"""The kind of case in which one is read, and the purpose of the consent to show it."""

CONSENT_VERSION = "1"

SHOWN_DAYS = 365
"""So long an actor is listed; then they are asked whether it still holds."""

LISTED_MAX = 6
"""So many that fit are shown in the chat; the page has all."""

WORDS_MAX = 400

# TRANSLATORS: what kind of actor it is, in a list.
KINDS: Mapping[str, Text] = {
    "network": p_("actor", "Network, council or meeting"),
    "house": p_("actor", "House with places"),
    "role": p_("actor", "At the municipality"),
    "association": p_("actor", "Association"),
    "company": p_("actor", "Company"),
    "group": p_("actor", "Group"),
}
SIDES = tuple(Choice(side, KINDS[side]) for side in ("association", "group", "company"))

# TRANSLATORS: buttons, at most 30 characters each.
ASK = Choice("ask", p_("actor", "Write to them"))
PLACES = Choice("grants", p_("actor", "See what one can apply for"))
AGAIN = Choice("actors", p_("actor", "Look for others"))
LIST_US = Choice("actor_post", p_("actor", "We want to be listed"))
MENU = Choice("menu", p_("actor", "Something else"))
EVERYBODY = Suggestion("all", p_("actor", "Show some of them"), "*")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the directory: of the pack (`actor`), or put up (`post`, its id)."""

    kind: str
    title: Value
    does: Value
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    actor: Actor | None = None
    post: int = 0

    @property
    def mark(self) -> str:
        """What a choice or a page calls it."""
        return f"post-{self.post}" if self.actor is None else f"a-{self.actor.number}"


def directory(municipality: Municipality, posts: Sequence[Mapping[str, Any]]) -> tuple[Listed, ...]:
    """Everybody who is listed: those who have put themselves up first, the newest of them first."""
    own = [
        Listed(
            str(each["post"].get("side") or "association"), title_of(each["post"]), str(each["post"].get("what") or ""),
            tuple(filter(None, ((each["post"].get("where") or {}).get("area"),))), tuple(each["post"].get("topics") or ()),
            post=int(each["id"]),
        )
        for each in posts
    ]  # fmt: skip
    told = [
        Listed(each.kind, content(each.title), content(each.does), each.areas, each.topics, actor=each)
        for each in actors(municipality)
    ]
    return (*own, *told)


def looked_for(
    listed: Sequence[Listed], municipality: Municipality, locale: str, said: str = "", area: str = "", topic: str = ""
) -> list[Listed]:
    """Those that fit words, an area and a topic, the best fitting first. Of words, what they mean counts too: a topic,
    an area; whoever is named comes first.

    An actor without areas is there for all of them.
    """
    here = [each for each in listed if (not area or not each.areas or area in each.areas)]
    here = [each for each in here if not topic or topic in each.topics]
    if not said.strip():
        return here
    meant = {each.id for each in topics_meant(municipality, said)}
    places = [each.name for each in areas_meant(municipality, said)]
    titles = {each.id: in_words(content(each.title), locale) for each in municipality.topics}

    def told(each: Listed) -> str:
        about = " ".join(titles[id] for id in each.topics if id in titles)
        return f"{in_words(as_text(each.title), locale)} {in_words(as_text(each.does), locale)} {about}"

    fits = fitting([Need(at, told(each)) for at, each in enumerate(here)], said, None, {})
    words = {fit.id: len(fit.about) for fit in fits if Reason.WORDS in fit.reasons}
    plain = bare(said)

    def score(at: int, each: Listed) -> int:
        named = bare(in_words(as_text(each.title), locale)) in plain or (
            len(plain) > 3 and plain in bare(in_words(as_text(each.title), locale))
        )
        near = any(place in each.areas for place in places)
        return 100 * named + 20 * bool(meant & set(each.topics)) + 10 * near + min(words.get(at, 0), 9)

    scored = [(score(at, each), each) for at, each in enumerate(here)]
    return [each for points, each in sorted(scored, key=lambda pair: -pair[0]) if points]


def actor_card(each: Listed, municipality: Municipality) -> Card:
    """An actor as everybody sees it."""
    titles = {topic.id: topic.title for topic in municipality.topics}
    rows: list[tuple[Text, Value]] = [(_("What it is"), KINDS[each.kind])]
    if each.does:
        rows.append((_("What they do"), each.does))
    if each.areas:
        rows.append((_("Where"), each.areas))
    if topics := tuple(content(titles[id]) for id in each.topics if id in titles):
        rows.append((_("Topics"), topics))
    if each.kind == "house":
        reached: Text = _("Apply for a place here, in the conversation.")
    elif each.actor is not None:
        reached = _("Ask here, in the conversation. The one who answers is: {role}.",
                    role=content(municipality.contacts.role(each.actor.asks).title))  # fmt: skip
    else:
        reached = _("Write here, in the conversation. They answer through the bot.")
    rows.append((p_("actor", "How to reach them"), reached))
    return Card(each.title, tuple(rows))


# --- looking for one ------------------------------------------------------------------------------------------------------


def _all(known: Known) -> tuple[Listed, ...]:
    return directory(known.municipality, known.lookup("listed_actors") or [])


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What was written is looked for, but for the words that only ask who there is."""
    answers = dict(given.get("answers", {}))
    said = bare(str(given.get("text") or "")[:300])
    for each in sorted(words(WHO_THERE_IS, given.get("language") or known.locale), key=len, reverse=True):
        said = said.replace(each, " ")
    if given.get("text"):
        answers.setdefault("what", " ".join(each for each in said.split() if len(each) > 3) or EVERYBODY.value)
    return answers


def _looked(answers: Answers, known: Known) -> Ending:
    return Ending(then="actors_found", given={"said": str(answers.get("what") or "*")})


ACTORS = Flow(
    name="actors",
    title=_("Who does what here"),
    steps=(
        Step("what", prompt=_("What are you looking for? Write a topic, a place, or the name of an association."),
             label=_("What you look for"), read=text(max_chars=300),
             suggest=lambda answers, known: (EVERYBODY,), example=_("Something with music for young people.")),
    ),
    begin=_begin,
    finish=_looked,
    personal=False,
)  # fmt: skip


def _found(known: Known) -> list[Listed]:
    said = str(known.given.get("said") or "*")
    return looked_for(_all(known), known.municipality, known.locale, "" if said == "*" else said)[:LISTED_MAX]


def _found_prompt(answers: Answers, known: Known) -> Text:
    found = _found(known)
    page = Link(_("Who does what here"), f"{known.facts.get('public_url', '')}/actors")
    if not found:
        return _("I found nobody for that. Everybody who is listed: {link}", link=page)
    # TRANSLATORS: a line of a list: the name of an actor and what kind it is.
    listed = [_("• {name} ({kind})", name=each.title, kind=KINDS[each.kind]) for each in found]
    told = (_("This is who I found:"), lines(listed), _("Everybody who is listed: {link}", link=page))
    return lines(told, PARAGRAPH)


def _found_choices(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but a title.
    named = (Choice(each.mark, _("{title}", title=each.title)) for each in _found(known))
    return (*named, AGAIN, LIST_US, MENU)


def _chosen(answers: Answers, known: Known) -> Ending:
    chosen = str(answers["which"])
    name, _dash, number = chosen.partition("-")
    if name in ("a", "post") and number.isdecimal():
        return Ending(then="actor" if name == "a" else "posted", given={"subject": int(number)})
    return Ending(then=chosen)


ACTORS_FOUND = Flow(
    name="actors_found",
    title=_("Who does what here"),
    steps=(Step("which", prompt=_found_prompt, label=_("Which one"), read=one_choice(_found_choices), must=True),),
    finish=_chosen,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- one of them ----------------------------------------------------------------------------------------------------------


def _subject(known: Known) -> Listed | None:
    number = int(known.given.get("subject") or 0)
    return next((each for each in _all(known) if each.actor is not None and each.actor.number == number), None)


def _actor_prompt(answers: Answers, known: Known) -> Text:
    found = _subject(known)
    if found is None:
        return _("It is not shown any more.")
    told = (card_lines(actor_card(found, known.municipality)), _("What would you like to do now?"))
    return lines(told, PARAGRAPH)


def _actor_choices(known: Known) -> tuple[Choice, ...]:
    found = _subject(known)
    first = () if found is None else (PLACES,) if found.kind == "house" else (ASK,)
    return (*first, AGAIN, MENU)


def _actor_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _subject(known), str(answers["do"])
    if found is None or found.actor is None or chosen != "ask":
        return Ending(then=chosen if chosen in ("grants", "actors") else "menu")
    if found.kind == "network":
        return Ending(then="networks_next", given={"role": found.actor.asks, "found": [found.actor.id]})
    return Ending(then="enquiry", given={"role": found.actor.asks, "because": "given"})


ACTOR = Flow(
    name="actor",
    title=_("Who does what here"),
    steps=(Step("do", prompt=_actor_prompt, label=_("What to do"), read=one_choice(_actor_choices), must=True),),
    finish=_actor_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- being listed ---------------------------------------------------------------------------------------------------------


def _topics(known: Known) -> tuple[Choice, ...]:
    return tuple(Choice(each.id, content(each.title)) for each in known.municipality.topics)


def _held(answers: Answers) -> dict[str, Any]:
    """What is shown: no number, whatever somebody wrote, and not the question whether it may be."""
    held = {
        name: value for name, value in answers.items() if name not in ("agree", "who") and value not in (None, "", [])
    }
    held |= {
        name: mask_ways(str(answers[of]))[0] for name, of in (("title", "who"), ("what", "what")) if answers.get(of)
    }
    return held | where_shown(held.pop("where", None))


def listing(post: Mapping[str, Any], known: Known) -> Card:
    """What is put up, as it stands in the directory."""
    (own,) = directory(known.municipality, [{"id": 0, "post": post}])[:1]
    return actor_card(own, known.municipality)


def _agree_prompt(answers: Answers, known: Known) -> Text:
    asked = _(
        "Your own name and how you are reached are not shown. May it be shown, once a person at the municipality has read it? "
        "You can take it down at any time in /mine."
    )
    return as_everybody_sees(listing(_held(answers), known), asked)


def _put_up(answers: Answers, known: Known) -> Ending:
    if not (answers.get("agree") or {}).get("given"):
        return NOT_SHOWN
    held = _held(answers)
    ending = put_up(KIND, CONSENT_VERSION, "actor_post", held, known)
    area = (held.get("where") or {}).get("area")
    group = {
        "group": held["title"], "does": held.get("what", ""), "side": held.get("side", ""),
        "areas": [area] if area else [], "topics": list(held.get("topics") or ()),
    }  # fmt: skip
    onwards, given = and_then(group, known)
    return replace(ending, then=onwards, given=given)


ACTOR_POST = Flow(
    name="actor_post",
    title=_("Be listed among those who do something here"),
    steps=(
        Step("side", prompt=_("Who are you?"), label=_("What it is"), read=one_choice(SIDES), must=True),
        Step("who", prompt=_("What is it called?"), label=_("What it is called"), read=text(max_chars=100), must=True),
        Step("what", prompt=_("What do you do? A sentence or two."), label=_("What you do"), read=long_text(WORDS_MAX),
             must=True, example=_("We look after the gardens together, and drink coffee.")),
        Step("where", prompt=_("Is it about a certain area? Which one?"), label=_("Area"), read=place(), may_skip=True),
        Step("topics", prompt=_("What is it about? You can choose several."), label=_("Topics"), read=many_choices(_topics)),
        Step("agree", prompt=_agree_prompt, label=_("Shown to everybody"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    finish=_put_up,
)  # fmt: skip


def ends(state: State, input: Input, known: Known) -> Turn:
    """An actor has been listed for a year."""
    words = _("“{title}” has been listed for a year, and is taken down now. Does it still hold? Put it up again.",
              title=str(input.data["title"]))  # fmt: skip
    return expired(state, input, words, Choice("f:actor_post", LIST_US.label))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"actor_ends": ends}
"""What happens when a promise about a listed actor falls due."""
