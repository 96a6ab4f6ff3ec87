"""The idea board: ideas that everybody may see and take part in (publication, 2.2, 2.3: needs and ideas are shown openly).

Whoever has an idea agrees to the very words that are shown, and a person at the municipality reads them first. Neither a
name nor a way to be reached is among them: who wants to join goes through the bot (`bot.flows.joining`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bot.flows.board import LISTED, title_of
from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Ending,
    EndPost,
    FileCase,
    Flow,
    Input,
    Known,
    PutUpAgreed,
    Reply,
    State,
    Step,
    Suggestion,
    Turn,
    When,
)
from bot.flows.plan import said_so_far, short_title
from bot.flows.read import consent, long_text, one_choice, place, text
from bot.flows.read.typed import as_text
from bot.i18n import Link, Text, Value, _, p_
from bot.rules.masking import mask_ways

KIND = "idea_board"
"""The kind of case in which an idea is read, and the purpose of the consent to show it."""

CONSENT_VERSION = "1"

SHOWN_DAYS = 180
"""So long an idea is shown; then its owner is asked to put it up anew."""

LISTED_MAX = 8
"""So many are listed in the chat; the page has all."""

WORDS_MAX = 400

PARAGRAPH = "\n\n"

# TRANSLATORS: buttons, at most 30 characters each.
JOIN = Choice("join", p_("ideas", "I want to join"))
HELP = Choice("help", p_("ideas", "I can help"))
OTHERS = Choice("others", p_("ideas", "See other ideas"))
PUT_UP = Choice("idea_post", p_("ideas", "Put up an idea"))
MENU = Choice("menu", p_("ideas", "Something else"))
SHOW_IT = p_("ideas", "Show it on the idea board")
TAKE_IT_DOWN = p_("ideas", "Take it off the idea board")

# TRANSLATORS: who is behind an idea: buttons, at most 30 characters each.
SIDES = (
    Choice("resident", p_("ideas", "I, or some of us who live here")),
    Choice("association", p_("ideas", "An association")),
    Choice("company", p_("ideas", "A company")),
)
ORGANISED = ("association", "company")


# --- what is shown --------------------------------------------------------------------------------------------------------


def who_words(post: Mapping[str, Any]) -> Text:
    """Who is behind it, as everybody sees it: what an association or company is called, of residents nothing."""
    match post.get("side"):
        case "association":
            return _("{name} (an association)", name=str(post.get("who") or ""))
        case "company":
            return _("{name} (a company)", name=str(post.get("who") or ""))
    return _("Somebody who lives here")


def idea_card(post: Mapping[str, Any], known: Known, title: Text | None = None) -> Card:
    """An idea as everybody sees it."""
    named = title_of(post)
    rows: list[tuple[Text, Value]] = []
    if title or str(post.get("what") or "") != named:
        rows.append((_("The idea"), str(post.get("what") or "")))
    if post.get("where"):
        rows.append((_("Where"), place().show(post["where"], known)))
    if post.get("wanted"):
        rows.append((_("Looked for"), str(post["wanted"])))
    rows.append((_("Who is behind it"), who_words(post)))
    return Card(title or as_text(named), tuple(rows))


def card_lines(card: Card) -> Text:
    """A card in words, each row on a line of its own."""
    # TRANSLATORS: a line of a list: the name of something and its value.
    return lines(
        [as_text(card.title), *(_("{label}: {value}", label=label, value=value) for label, value in card.rows)]
    )


def example_words(found: Mapping[str, Any]) -> Text:
    """The example of the month, with what the municipality says of it."""
    title = str(found["title"])
    # TRANSLATORS: {month} is a month and a year: "November 2026".
    lead = _("Good example, {month}: “{title}”.", month=month_of(found["month"]), title=title)
    return lines([lead, as_text(str(found["words"]))]) if found.get("words") else lead


_MONTHS: tuple[Text, ...] = (
    p_("month", "January"), p_("month", "February"), p_("month", "March"), p_("month", "April"), p_("month", "May"),
    p_("month", "June"), p_("month", "July"), p_("month", "August"), p_("month", "September"), p_("month", "October"),
    p_("month", "November"), p_("month", "December"),
)  # fmt: skip


def month_of(month: str) -> Text:
    """A month ("2026-11") in words: "November 2026"."""
    day = date.fromisoformat(f"{month}-01")
    return _("{month} {year}", month=_MONTHS[day.month - 1], year=str(day.year))


# --- the board in the chat ------------------------------------------------------------------------------------------------


def _shown(known: Known) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = known.lookup("board_ideas") or []
    return found


def _line(each: Mapping[str, Any]) -> Text:
    area = (each["post"].get("where") or {}).get("area")
    if area:
        return _("• {title} ({area})", title=title_of(each["post"]), area=str(area))
    return _("• {title}", title=title_of(each["post"]))


def _ideas_prompt(answers: Answers, known: Known) -> Text:
    found, example = _shown(known), known.lookup("good_example")
    told: list[Text] = [example_words(example)] if example else []
    if found:
        page = Link(_("The idea board"), f"{known.facts.get('public_url', '')}/ideas")
        listed = lines([_line(each) for each in found[:LISTED_MAX]])
        told += [
            _("Ideas of people who live here, the newest first:"),
            listed,
            _("All of them, with everything about each: {link}", link=page),
            _("Which one do you want to see?"),
        ]
    else:
        told.append(_("No idea is on the board right now. Do you want to put up the first one?"))
    return lines(told, PARAGRAPH)


def _ideas_choices(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but a title.
    named = (
        Choice(f"post-{each['id']}", _("{title}", title=title_of(each["post"]))) for each in _shown(known)[:LISTED_MAX]
    )
    return (*named, PUT_UP, MENU)


def _idea_chosen(answers: Answers, known: Known) -> Ending:
    chosen = str(answers["which"])
    if chosen.startswith("post-"):
        return Ending(then="posted", given={"subject": int(chosen.removeprefix("post-"))})
    return Ending(then=chosen)


IDEAS = Flow(
    name="ideas",
    title=_("The idea board"),
    steps=(Step("which", prompt=_ideas_prompt, label=_("Which one"), read=one_choice(_ideas_choices), must=True),),
    finish=_idea_chosen,
    personal=False,
)


# --- one thing that is shown ----------------------------------------------------------------------------------------------


def posted(known: Known) -> dict[str, Any] | None:
    """What the running flow is about, while it is shown: {"id", "kind", "post", "own"}."""
    found: dict[str, Any] | None = known.lookup("posted", post_id=int(known.given.get("subject") or 0))
    return found


# --- putting one up -------------------------------------------------------------------------------------------------------

NEW = Choice("new", p_("ideas", "Another idea"))


def _on_board(known: Known) -> dict[int, int]:
    """What of this person's plans is on the board, or waits to be: plan -> what is put up."""
    found = known.lookup("my_posts") or []
    return {each["post"]["plan"]: each["id"] for each in found if each.get("kind") == KIND and each["post"].get("plan")}


def _plans(known: Known) -> tuple[Choice, ...]:
    there = _on_board(known)
    mine = [each for each in known.lookup("my_plans") or [] if each["id"] not in there]
    # TRANSLATORS: a button that holds nothing but a plan's title.
    named = (Choice(f"plan-{each['id']}", _("{title}", title=each["title"])) for each in mine[:LISTED_MAX])
    return (*named, NEW)


def _from_plan(chosen: Any, known: Known) -> dict[str, Any]:
    """What a plan says of itself; names, money and all else stay in it."""
    id = _plan_id({"plan": chosen})
    found = known.lookup("plan", plan_id=id) if id is not None else None
    if found is None or not found["own"]:
        return {}
    said = said_so_far(found["answers"])
    where = (found["answers"].get("where") or {}).get("area") or {}
    where = {name: where[name] for name in ("area", "said") if name in where}
    answers = {"plan": f"plan-{found['id']}", "title": said.title, "what": said.idea or said.title, "where": where}
    return {name: value for name, value in answers.items() if value}


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    if given.get("subject"):
        return {**_from_plan(f"plan-{given['subject']}", known), **answers}
    if given.get("text"):
        answers.setdefault("what", given["text"])
    return answers


def _order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    if _plan_id(answers) in _on_board(known):
        return ()
    asks = "plan" in answers or ("what" not in answers and len(_plans(known)) > 1)
    what = str(answers.get("what") or "")
    called = "title" in answers or len(what) > len(short_title(what)) + 1  # a full stop is no reason to ask
    return (
        *(("plan",) if asks else ()), "what", *(("title",) if called else ()), "where", "wanted", "side", "who", "agree",
    )  # fmt: skip


def _plan_id(answers: Answers) -> int | None:
    """The plan that it is about, if it is about one."""
    chosen = str(answers.get("plan") or "")
    return int(chosen.removeprefix("plan-")) if chosen.startswith("plan-") else None


def _held(answers: Answers) -> dict[str, Any]:
    """What is shown: no name or number, whatever somebody wrote, and not the question whether it may be."""
    held = {name: value for name, value in answers.items() if name not in ("agree", "plan") and value not in (None, "")}
    held |= {name: mask_ways(str(held[name]))[0] for name in ("title", "what", "wanted", "who") if name in held}
    held |= where_shown(held.pop("where", None))
    if _plan_id(answers) is not None:
        held["plan"] = _plan_id(answers)
    if held.get("title") == short_title(str(held.get("what") or "")):
        del held["title"]
    return held


def where_shown(where: Mapping[str, Any] | None) -> dict[str, Any]:
    """{"where": …} as everybody may know it: the area and what was said of the place, no point on a map; {} without both."""
    where = where or {}
    known = {name: where[name] and mask_ways(where[name])[0] for name in ("area", "said") if name in where}
    return {"where": known} if any(known.values()) else {}


def _agree_prompt(answers: Answers, known: Known) -> Text:
    asked = _(
        "Your name and how you are reached are not shown. May it be shown, once a person at the municipality has read it? "
        "You can take it down at any time in /mine."
    )
    return as_everybody_sees(idea_card(_held(answers), known), asked)


def as_everybody_sees(card: Card, asked: Text) -> Text:
    """What somebody is to agree to, and the question whether they do."""
    told = _("This is what everybody would see, on the web and in the chat:")
    return lines((told, card_lines(card), asked), PARAGRAPH)


def put_up(
    kind: str,
    version: str,
    flow: str,
    held: dict[str, Any],
    known: Known,
    *more: Text,
    choices: tuple[Choice, ...] = (),
) -> Ending:
    """It waits for a person who reads it; the kind is the purpose of the consent, given to this version of its words."""
    answer_by = kind_of(kind).answer_by(known.municipality, known.now)
    words = _(
        "Thank you! A person at the municipality reads it. By {time} at the latest you hear here that it is shown, or what is "
        "missing.",
        time=answer_by,
    )  # fmt: skip
    case = FileCase(kind, flow, held, answer_by, note=title_of(held))
    return Ending(
        (Reply(words=(words, *more), choices=choices, serial=0 if choices else None),),
        (case, PutUpAgreed(held, kind, version)),
        then=None if known.facts.get("reachable") else "reach",
    )


NOT_SHOWN = Ending((Reply(words=(_("All right. Then it is not shown, and nothing has been sent."),)),), then="menu")


def expired(state: State, input: Input, words: Text, again: Choice) -> Turn:
    """It has been shown as long as its kind is, and can be put up again."""
    return Turn(
        state, (Reply(words=(words,), choices=(again,), serial=0),), (EndPost(int(input.data["post"]), "expired"),)
    )


def _put_up(answers: Answers, known: Known) -> Ending:
    there = _on_board(known).get(_plan_id(answers) or 0)
    if there is not None:
        return Ending(then="my_post", given={"subject": there})
    if not (answers.get("agree") or {}).get("given") or not answers.get("what"):
        return NOT_SHOWN
    later = _(
        "When somebody wants to join or help, I ask you. Nobody gets to know how you are reached before you say yes."
    )
    listed = (LISTED,) if answers.get("side") in ORGANISED else ()
    return put_up(KIND, CONSENT_VERSION, "idea_post", _held(answers), known, later, choices=listed)


def _title(answers: Answers, known: Known) -> tuple[Suggestion, ...]:
    title = short_title(str(answers.get("what") or ""))
    # TRANSLATORS: a button that holds nothing but a proposed title.
    return (Suggestion("short", _("{title}", title=title), title, by_yes=True),) if title else ()


IDEA_POST = Flow(
    name="idea_post",
    title=_("Put an idea on the board"),
    steps=(
        Step("plan", prompt=_("Is it one of your plans?"), label=_("Your plan"), read=one_choice(_plans), fills=_from_plan,
             must=True),
        Step("what", prompt=_("What is the idea? Two or three sentences are enough, without names."), label=_("The idea"),
             read=long_text(WORDS_MAX), must=True,
             example=_("We repair bicycles together, one evening a week. Everybody may come and learn.")),
        Step("title", prompt=_("What shall we call it?"), label=_("Title"), read=text(max_chars=100), suggest=_title,
             must=True, why=_("A name makes it easier to talk about.")),
        Step("where", prompt=_("Where is it?"), label=_("Where"), read=place()),
        Step("wanted", prompt=_("Whom or what are you looking for?"), label=_("Looked for"), read=long_text(WORDS_MAX),
             may_skip=True, example=_("Somebody who can weld, and two who open the door with us.")),
        Step("side", prompt=_("Who is behind the idea?"), label=_("Who is behind it"), read=one_choice(SIDES), must=True),
        Step("who", prompt=_("What is it called?"), label=_("What it is called"), read=text(max_chars=100), must=True,
             when=When("side", ORGANISED), why=_("Everybody sees it, so that they know whom they come to.")),
        Step("agree", prompt=_agree_prompt, label=_("Shown to everybody"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=_begin,
    order=_order,
    finish=_put_up,
)  # fmt: skip


# --- what falls due -------------------------------------------------------------------------------------------------------


def ends(state: State, input: Input, known: Known) -> Turn:
    """An idea has been shown as long as ideas are shown."""
    words = _("“{title}” has been on the idea board for half a year, and is taken down now. Is it still alive? Put it up again.",
              title=str(input.data["title"]))  # fmt: skip
    return expired(state, input, words, Choice("f:idea_post", PUT_UP.label))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"idea_ends": ends}
"""What happens when a promise about the idea board falls due."""
