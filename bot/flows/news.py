"""News from the municipality: asked for, seen, changed, stopped. Nobody gets any who has not asked for it.

What somebody chooses is theirs: topics, areas, how often, when it is quiet. One press ends all of it, whatever else is
under way, and nothing that is on its way comes any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Consent,
    Ending,
    Flow,
    Known,
    Listen,
    Reply,
    Step,
    StopListening,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, many_choices, one_choice
from bot.flows.read.matching import named_in
from bot.flows.read.typed import as_text
from bot.i18n import Text, Value, _, content, p_
from bot.packs.model.news import BANDS

CONSENT_VERSION = "1"

PURPOSE = "news"
"""The purpose of the consent that news is sent with."""

ALL = "all"
"""Everything: no topic, or no area, is left out."""

LONGER = (20, 9)
"""The quiet hours of those who want longer ones than the municipality's."""

# TRANSLATORS: buttons, at most 30 characters each.
EVERYTHING = Choice(ALL, p_("news", "Everything"), also=(_("all news | all of it | everything there is"),))
EVERYWHERE = Choice(
    ALL, p_("news", "All areas"), also=(_("everywhere | the whole municipality | all of the municipality"),)
)
AGES = (
    # TRANSLATORS: buttons, at most 30 characters each: groups of ages. Beside each what people write for it, separated by |.
    Choice("0", p_("news", "Under 18"), also=(_("child | teenager | younger than 18"),)),
    Choice("18", p_("news", "18 to 25"), also=(_("18-25 | young adult"),)),
    Choice("26", p_("news", "26 to 64"), also=(_("26-64 | grown-up"),)),
    Choice("65", p_("news", "65 or older"), also=(_("65+ | over 65 | retired"),)),
    Choice("untold", p_("news", "I would rather not say"), means="no"),
)
OFTEN = (
    # TRANSLATORS: buttons, at most 30 characters each: how often somebody wants news at most. Beside each what people write
    # for it, separated by |.
    Choice(
        "always", p_("news", "Every message"), also=(_("always | all of them | every time | as often as possible"),)
    ),
    Choice("day", p_("news", "Once a day at most"), also=(_("daily | every day | once a day"),)),
    Choice("week", p_("news", "Once a week at most"), also=(_("weekly | every week | once a week"),)),
)
GAPS: Mapping[str, int] = {"always": 0, "day": 1, "week": 7}
"""How many days lie between two messages at least."""

GET = Choice("f:news", p_("news", "Get news"))
CHANGE = Choice("f:news", p_("news", "Change it"))
STOP = Choice("f:news_stop", p_("news", "Stop the news"))
AGAIN = Choice("f:news", p_("news", "Take it up again"))
TELL_ME = Choice("f:news", p_("news", "Yes, tell me"))


# --- choosing -------------------------------------------------------------------------------------------------------------


def topic_choices(known: Known) -> tuple[Choice, ...]:
    """What the pack has news about."""
    # TRANSLATORS: a button that holds nothing but a topic of news, such as "Culture".
    named = (
        Choice(each.id, _("{topic}", topic=content(each.title)), also=(as_text(" | ".join(each.words)),))
        for each in known.municipality.news.topics
    )
    return (EVERYTHING, *named)


def _area_choices(known: Known) -> tuple[Choice, ...]:
    named = (
        Choice(f"area-{at}", as_text(area.name), also=(as_text(" | ".join((*area.aliases, *area.places))),))
        for at, area in enumerate(known.municipality.areas)
    )
    return (EVERYWHERE, *named)


def _quiet_choices(known: Known) -> tuple[Choice, ...]:
    here = known.municipality.news
    usual = Choice("usual", hours(here.quiet_from, here.quiet_to))
    longer = Choice("longer", hours(*LONGER))
    never = Choice("never", hours(0, 0), also=(_("any time | always | never | no limit"),))
    return (usual, longer, never) if (here.quiet_from, here.quiet_to) != LONGER else (usual, never)


def hours(begins: int, ends: int) -> Text:
    """Quiet hours in words, short enough for a button."""
    if begins == ends:
        return p_("news", "No quiet hours")
    # TRANSLATORS: a button, at most 30 characters: hours of the day, such as "From 21 to 8".
    return p_("news", "From {begins} to {ends}", begins=begins, ends=ends)


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What somebody has chosen before, or else what their sentence told already."""
    before = known.lookup("my_news") if known.facts.get("listens") else None
    if before:
        return _chosen_before(before, known)
    answers = dict(given.get("answers", {}))
    said = str(given.get("text") or "")[:500]
    if said and (topics := named_in(said, topic_choices(known)[1:], known, several=True)):
        answers.setdefault("topics", topics)
    named = {area.name: f"area-{at}" for at, area in enumerate(known.municipality.areas)}
    if given.get("area") in named:
        answers.setdefault("areas", [named[given["area"]]])
    return answers


def _chosen_before(before: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Answers out of what was kept. What the municipality has no name for any more is asked anew."""
    offered = [each.id for each in topic_choices(known)]
    named = {area.name: f"area-{at}" for at, area in enumerate(known.municipality.areas)}
    topics = [each for each in offered if each in before["topics"]]
    areas = [id for name, id in named.items() if name in before["areas"]]
    both = (("topics", topics), ("areas", areas))
    answers: dict[str, Any] = {name: each or [ALL] for name, each in both if each or not before[name]}
    answers["band"] = "untold" if before["band"] is None else str(before["band"])
    answers["often"] = next((id for id, days in GAPS.items() if days == before["gap_days"]), "always")
    answers["quiet"] = next((id for id, each in _quiet(known).items() if each == tuple(before["quiet"])), "usual")
    if before["version"] == CONSENT_VERSION:
        answers["agree"] = {"given": True, "version": CONSENT_VERSION}
    return answers


def _quiet(known: Known) -> dict[str, tuple[int, int]]:
    here = known.municipality.news
    return {"usual": (here.quiet_from, here.quiet_to), "longer": LONGER, "never": (0, 0)}


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """What this municipality has nothing to choose from is not asked."""
    here = known.municipality
    asked = {"topics": bool(here.news.topics), "areas": bool(here.areas)}
    return tuple(step.name for step in NEWS.steps if asked.get(step.name, True))


def chosen(answers: Answers, known: Known) -> Listen:
    """The answers as what is kept: no topics or areas are all of them."""
    topics, areas = (list(answers.get(name) or [ALL]) for name in ("topics", "areas"))
    names = {f"area-{at}": area.name for at, area in enumerate(known.municipality.areas)}
    begins, ends = _quiet(known)[answers.get("quiet") or "usual"]
    band = answers.get("band")
    return Listen(
        topics=() if ALL in topics else tuple(topics),
        areas=() if ALL in areas else tuple(names[each] for each in areas if each in names),
        band=int(band) if band in {str(each) for each in BANDS} else None,
        gap_days=GAPS[answers.get("often") or "always"],
        quiet_from=begins,
        quiet_to=ends,
    )


def _draft_card(answers: Answers, known: Known) -> Card:
    whole = {"topics": EVERYTHING.label, "areas": EVERYWHERE.label}
    rows = tuple(
        (step.label, whole[step.name] if ALL in answers[step.name] else step.read.show(answers[step.name], known))
        for step in NEWS.steps
        if step.read is not None and step.name in answers and step.name != "agree"
    )
    return Card(_("The news you get"), rows)


def _finish(answers: Answers, known: Known) -> Ending:
    if not (answers.get("agree") or {}).get("given"):
        if known.facts.get("listens"):
            return _stopped(answers, known)
        words = _("All right. You get no news, and nothing has been kept. You can ask for it whenever you like.")
        return Ending((Reply(words=(words,)),), then="menu")
    effects = (chosen(answers, known), Consent(PURPOSE, CONSENT_VERSION, True))
    words = _("Done! From now on I send you the news that you have chosen.")
    change = _("You can change it or stop in /mine, or with these buttons, at any time.")
    reply = Reply(words=(words, _reached_words(known), change), choices=(CHANGE, STOP), serial=0)
    return Ending((reply,), effects, then=None if known.facts.get("reachable") else "reach")


def _intro(answers: Answers, known: Known) -> Text:
    if known.facts.get("listens"):
        return _("This is what you have chosen. You can change any of it.")
    return _(
        "I can tell you what happens, and when people are needed. You choose what you hear about, and how often. It takes "
        "about a minute."
    )


def _reached_words(known: Known) -> Text:
    if known.channel == "telegram":
        return _("It comes here, in Telegram.")
    if known.facts.get("reachable"):
        return _("It comes by e-mail, to the address that you have left here, and you find it on this page.")
    return _("You find it on this page when you come back. With an e-mail address you get it by mail too.")


NEWS = Flow(
    name="news",
    title=_("News from the municipality"),
    intro=_intro,
    steps=(
        Step("topics", prompt=_("What do you want to hear about? Choose all that fit, then press Done."),
             label=p_("news", "Topics"), read=many_choices(topic_choices, 1), must=True),
        Step("areas", prompt=_("From which areas? Choose all that fit, then press Done."), label=p_("news", "Areas"),
             read=many_choices(_area_choices, 1), must=True,
             why=_("So that you do not hear about what is far from you. It need not be where you live.")),
        Step("band", prompt=_("How old are you? You can skip this."), label=p_("news", "Age"), read=one_choice(AGES),
             may_skip=True,
             why=_("Some news is only for young people, or only for older ones. Without an answer you do not get that.")),
        Step("often", prompt=_("How often may I write at most?"), label=p_("news", "How often"), read=one_choice(OFTEN),
             must=True, why=_("Something urgent, such as danger to people, can come in between.")),
        Step("quiet", prompt=_("At which hours shall it be quiet? Then nothing comes that is not urgent, such as danger to "
                               "people."),
             label=p_("news", "Quiet hours"), read=one_choice(_quiet_choices), must=True),
        Step("agree", prompt=_("May the municipality keep what you have chosen, to send you this news? You can stop at any "
                               "time, with one press. Then it is taken away."),
             label=p_("news", "Kept"), read=consent(PURPOSE, CONSENT_VERSION), must=True),
    ),
    begin=_begin,
    order=_order,
    finish=_finish,
    card=_draft_card,
    review=True,
)  # fmt: skip


# --- one's own ------------------------------------------------------------------------------------------------------------

WHERE: Mapping[str, Text] = {
    "telegram": p_("news", "Here, in Telegram"),
    "mail": p_("news", "By e-mail"),
    "web": p_("news", "In the chat on the web"),
}


def news_card(found: Mapping[str, Any], known: Known) -> Card:
    """What somebody gets, as they and the page that a letter links to see it."""
    here = known.municipality  # what it has no name for any more is shown as it was kept, never as everything
    topics = tuple(content(each.title) for each in here.news.topics if each.id in found["topics"])
    areas = tuple(as_text(each.name) for each in here.areas if each.name in found["areas"])
    topics, areas = topics or tuple(map(as_text, found["topics"])), areas or tuple(map(as_text, found["areas"]))
    ages = {each.id: each.label for each in AGES}
    often = {GAPS[each.id]: each.label for each in OFTEN}
    rows: list[tuple[Text, Value]] = [
        # TRANSLATORS: holds nothing but a list of topics, or of areas.
        (p_("news", "Topics"), _("{list}", list=topics) if topics else EVERYTHING.label),
        (p_("news", "Areas"), _("{list}", list=areas) if areas else EVERYWHERE.label),
    ]
    if str(found["band"]) in ages:
        rows.append((p_("news", "Age"), ages[str(found["band"])]))
    rows += [
        (p_("news", "How often"), often.get(found["gap_days"], OFTEN[0].label)),
        (p_("news", "Quiet hours"), hours(*found["quiet"])),
        (p_("news", "Where it comes"), WHERE[found["channel"]]),
    ]
    return Card(_("The news you get"), tuple(rows))


def _shown(answers: Answers, known: Known) -> Ending:
    found = known.lookup("my_news")
    if not found:
        words = _("You get no news from the municipality. Do you want to?")
        return Ending((Reply(words=(words,), choices=(GET, button(Move.MENU)), serial=0),))
    words = _("You have chosen this yourself, and can change it or stop at any time.")
    choices = (CHANGE, STOP, button(Move.MENU))
    return Ending((Reply(words=(words,), card=news_card(found, known), choices=choices, serial=0),))


MY_NEWS = Flow("my_news", _("News I get"), (), _shown, personal=False, passing=True)


def _stopped(answers: Answers, known: Known) -> Ending:
    """It ends at once; said kindly, and without a question."""
    if known.facts.get("listens"):
        words = _("Done. You get no more news, and nothing of what was on its way. Everything else works as before.")
    else:
        words = _("You get no news from the municipality, so there is nothing to stop. If you want no reminders either, "
                  "write /stop.")  # fmt: skip
    return Ending((Reply(words=(words,), choices=(AGAIN if known.facts.get("listens") else GET,), serial=0),),
                  (StopListening(),))  # fmt: skip


NEWS_STOP = Flow("news_stop", _("No more news"), (), _stopped, personal=False, passing=True)


# --- offered by others ----------------------------------------------------------------------------------------------------


def offered(reply: Reply, known: Known) -> Reply:
    """A reply that ends something, with the offer of news at its end for those who get none."""
    if known.facts.get("listens") or known.facts.get("protected"):
        return reply
    ask = _("Shall I also tell you when people are needed, or something happens?")
    return Reply(words=(*reply.words, ask), choices=(*reply.choices, TELL_ME), serial=0)
