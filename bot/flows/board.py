"""The volunteer board: an association says what it needs people for, somebody who wants to help finds it (publication, 5.1).

A person at the municipality reads every need before it is shown. Name and contact of who helps are passed on with their
consent, and only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.flows.case_kinds import kind_of
from bot.flows.gatherings import lines
from bot.flows.model import (
    Answers,
    Card,
    Choice,
    Consent,
    Ending,
    EndPost,
    FileCase,
    Flow,
    HelperReached,
    Input,
    Known,
    OfferHelp,
    PutUp,
    Reply,
    State,
    Step,
    Turn,
)
from bot.flows.named import NEEDS_PEOPLE
from bot.flows.plan import short_title
from bot.flows.read import consent, long_text, one_choice, place, text, whole_number
from bot.flows.read.typed import as_text, bare, words
from bot.i18n import Text, Value, _, content, n_, p_
from bot.packs.model.routing import route
from bot.rules.board import Fit, Need, Reason, fitting

SHOWN_DAYS = 60
"""So long a need is shown; then its owner is asked to put it up anew, so that the board tells of today."""

FITTING_MAX = 5
OTHERS_MAX = 3
"""So many that fit are listed; where none does, so many of the others."""

CONSENT_VERSION = "1"

# TRANSLATORS: buttons, at most 30 characters each.
HELP = Choice("board_offer", p_("board", "I want to help"))
SEEK = Choice("board_need", p_("board", "We are looking for people"))

LISTED = Choice("f:actor_post", p_("actor", "Be listed among the actors"))
"""Offered to whoever puts something up for an association or a company."""

# TRANSLATORS: words of an association that looks for people, separated by |. Only such as a helper would not write.
SEEKING = _("we need | we are looking for | our association")


# TRANSLATORS: words of somebody who wants to be a volunteer of the municipality's, separated by |.
BE_A_VOLUNTEER = _("become a volunteer | be a volunteer | sign up as a volunteer | register as a volunteer")


def _seeks(said: str, locale: str) -> bool:
    plain, listed = f" {bare(said[:500])} ", words(SEEKING, locale) | words(NEEDS_PEOPLE, locale)
    return any(f" {each} " in plain for each in listed)


def _side(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """What somebody wrote says on which side they are: people who want to help write of themselves."""
    said = str(given.get("text") or "")
    if not said:
        return dict(given.get("answers", {}))
    return {"side": SEEK.id if _seeks(said, given.get("language") or known.locale) else HELP.id}


def _to_side(answers: Answers, known: Known) -> Ending:
    given = {name: known.given[name] for name in ("text", "area", "topic") if name in known.given}
    said, listed = f" {bare(str(known.given.get('text') or '')[:500])} ", words(BE_A_VOLUNTEER, known.locale)
    signs_up = any(f" {each} " in said for each in listed) or known.lookup("crisis")
    if answers["side"] == HELP.id and signs_up:
        return Ending(then="volunteer", given=given)
    return Ending(then=answers["side"], given=given)


BOARD = Flow(
    name="board",
    title=_("The volunteer board"),
    steps=(
        Step("side", prompt=_("Do you want to help, or are you looking for people who do?"), label=_("Help or look"),
             read=one_choice((HELP, SEEK)), must=True),
    ),
    begin=_side,
    finish=_to_side,
    personal=False,
    passing=True,
)  # fmt: skip


# --- an association's need ----------------------------------------------------------------------------------------------


def post_card(post: Mapping[str, Any], known: Known, title: Text | None = None) -> Card:
    """A need as it is shown to those who want to help."""
    rows: tuple[tuple[Text, Value], ...] = tuple(
        (step.label, step.read.show(post[step.name], known))
        for step in BOARD_NEED.steps
        if step.read is not None and post.get(step.name) not in (None, "")
    )
    return Card(title or as_text(title_of(post)), rows)


def title_of(post: Mapping[str, Any]) -> str:
    """What is put up is called so in a list."""
    return str(post.get("title") or "") or short_title(str(post.get("what") or ""))


def _from_words(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    if len(str(given.get("text") or "").split()) > 3:
        answers.setdefault("what", given["text"])
    if given.get("area"):
        answers.setdefault("where", {"area": given["area"]})
    return answers


def _needed(answers: Answers, known: Known) -> Ending:
    answer_by = kind_of("board").answer_by(known.municipality, known.now)
    held = dict(answers)
    case = FileCase("board", "board_need", held, answer_by, note=title_of(held))
    words_ = _(
        "Thank you! It is read first by: {role}. By {time} at the latest you hear here that it is shown, or what is missing.",
        role=content(_coordinator(known)), time=answer_by,
    )  # fmt: skip
    mine = _("You can change your mind in /mine: take it down, or say that you have found enough people.")
    return Ending(
        (Reply(words=(words_, mine), choices=(LISTED,), serial=0),),
        (case, PutUp(held)),
        then=None if known.facts.get("reachable") else "reach",
    )


def _coordinator(known: Known) -> str:
    """The title of the role that brings associations and helpers together."""
    return route(known.municipality, "volunteer").role.title


BOARD_NEED = Flow(
    name="board_need",
    title=_("What we need people for"),
    intro=_("A few short questions. A person at the municipality reads it before anybody sees it."),
    steps=(
        Step("what", prompt=_("What do you need people for?"), label=_("What it is"), read=long_text(), must=True,
             example=_("Two people who help children with their homework.")),
        Step("where", prompt=_("Where is it?"), label=_("Where"), read=place()),
        Step("when", prompt=_("When, and how often?"), label=_("When"), read=text(),
             example=_("Tuesdays 16-18, from September.")),
        Step("people", prompt=_("How many people do you need?"), label=_("How many people"),
             read=whole_number(1, 1000, unit=_("people | persons | participants | guests"))),
        Step("languages", prompt=_("Which languages are useful?"), label=_("Languages"), read=text(), may_skip=True),
        Step("who", prompt=_("Which association, company or group are you?"), label=_("Who we are"), read=text(), must=True,
             why=_("Whoever wants to help sees it, so that they know where they are going.")),
    ),
    begin=_from_words,
    finish=_needed,
    card=lambda answers, known: post_card(answers, known, _("What we need people for")),
    review=True,
)  # fmt: skip


# --- somebody who wants to help -----------------------------------------------------------------------------------------


def _offered(answers: Answers, known: Known) -> Ending:
    given = {"wish": str(answers.get("wish") or ""), "area": (answers.get("where") or {}).get("area"),
             "when": answers.get("when")}  # fmt: skip
    return Ending(then="board_pick", given={name: value for name, value in given.items() if value})


def _offer_begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    if given.get("text") and given.get("topic"):
        answers.setdefault("wish", given["text"])
    if given.get("area"):
        answers.setdefault("where", {"area": given["area"]})
    return answers


BOARD_OFFER = Flow(
    name="board_offer",
    title=_("I want to help"),
    steps=(
        Step("wish", prompt=_("What would you like to do?"), label=_("What you would like to do"), read=long_text(),
             example=_("Help with homework, or bake for a party."), why=_("So that I show what fits first.")),
        Step("where", prompt=_("Where do you live, or where would you like to help?"), label=_("Where"), read=place()),
        Step("when", prompt=_("When do you have time?"), label=_("When"), read=text(), may_skip=True,
             example=_("Evenings, and every other Saturday.")),
    ),
    begin=_offer_begin,
    finish=_offered,
    personal=False,
)  # fmt: skip

# TRANSLATORS: why a need on the volunteer board fits somebody; they follow the title, separated by commas.
_REASONS: Mapping[Reason, Callable[[Fit, Mapping[str, Any]], Text]] = {
    Reason.WORDS: lambda fit, post: _("it is about {words}", words=tuple(as_text(each) for each in fit.about[:3])),
    Reason.AREA: lambda fit, post: _("it is in {area}", area=str(post["area"])),
    Reason.NEAR: lambda fit, post: _("it is near you, in {area}", area=str(post["area"])),
    Reason.ANYWHERE: lambda fit, post: _("it can be done from anywhere, or its place is not said"),
}


def _area_of(post: Mapping[str, Any]) -> str | None:
    area = (post.get("where") or {}).get("area")
    return str(area) if area else None


def _listed(known: Known) -> list[tuple[dict[str, Any], Fit]]:
    """The needs to show, the best fitting first: those with a reason, or else a few of the others."""
    posts: list[dict[str, Any]] = known.lookup("board_posts") or []
    by_id = {each["id"]: each for each in posts}
    needs = [Need(each["id"], str(each["post"].get("what") or ""), _area_of(each["post"])) for each in posts]
    beside = {area.name: area.neighbours for area in known.municipality.areas}
    every = fitting(needs, str(known.given.get("wish") or ""), known.given.get("area"), beside)
    fits = [fit for fit in every if fit.reasons][:FITTING_MAX]
    return [(by_id[fit.id], fit) for fit in fits or every[:OTHERS_MAX]]


def _line(post: Mapping[str, Any], fit: Fit, known: Known) -> Text:
    told = {**post["post"], "area": _area_of(post["post"]) or ""}
    who = str(post["post"].get("who") or "")
    reasons = tuple(_REASONS[reason](fit, told) for reason in fit.reasons)
    if reasons:
        # TRANSLATORS: a line of a list: a need, who has it, and why it fits.
        return _("• {title} ({who}): {reasons}", title=title_of(post["post"]), who=who, reasons=reasons)
    return _("• {title} ({who})", title=title_of(post["post"]), who=who)


def _pick_prompt(answers: Answers, known: Known) -> Text:
    listed = _listed(known)
    if not listed:
        return _("The board is empty right now. Shall I tell those who know more that you want to help?")
    shown = lines([_line(post, fit, known) for post, fit in listed])
    if any(fit.reasons for _post, fit in listed):
        return _("This fits you:\n{needs}\nWhich one do you want to see?", needs=shown)
    return _("Nothing fits just that. This is what else there is:\n{needs}\nDo you want to see any of it?", needs=shown)


# TRANSLATORS: buttons, at most 30 characters each.
TELL = Choice("contact", p_("board", "Pass on that I want to help"))
SIGN_UP = Choice("volunteer", p_("board", "Be asked when needed"))
MENU = Choice("menu", p_("board", "Something else"))


def _pick_choices(known: Known) -> tuple[Choice, ...]:
    # TRANSLATORS: a button that holds nothing but a title.
    named = (Choice(f"post-{post['id']}", _("{title}", title=title_of(post["post"]))) for post, _fit in _listed(known))
    return (*named, SIGN_UP, TELL, MENU)


def _picked(answers: Answers, known: Known) -> Ending:
    chosen = str(answers["which"])
    if chosen in ("menu", "volunteer"):
        held = {"area": known.given.get("area"), "text": known.given.get("wish")}
        return Ending(then=chosen, given={name: value for name, value in held.items() if value})
    if chosen == "contact":
        said = [str(known.given[name]) for name in ("wish", "when") if known.given.get(name)]
        given = {"role": route(known.municipality, "volunteer", area=known.given.get("area")).role.id, "matter": "offer",
                 "topic": "volunteer", "text": "\n".join(said), "area": known.given.get("area")}  # fmt: skip
        return Ending(then="contact", given={name: value for name, value in given.items() if value})
    return Ending(then="board_answer", given={"subject": int(chosen.removeprefix("post-"))})


BOARD_PICK = Flow(
    name="board_pick",
    title=_("What people are needed for"),
    steps=(Step("which", prompt=_pick_prompt, label=_("Which one"), read=one_choice(_pick_choices), must=True),),
    finish=_picked,
    personal=False,
    needs_subject=True,
)


def _post(known: Known) -> dict[str, Any] | None:
    """The need that was chosen, while it is shown."""
    posts = known.lookup("board_posts") or []
    return next((each for each in posts if each["id"] == known.given.get("subject")), None)


def _answer_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("name", "contact", "words", "agree") if _post(known) else ()


def _agree_prompt(answers: Answers, known: Known) -> Text:
    found = _post(known)
    return _(
        "May I give your name, how they reach you and what you wrote to {who}? Otherwise nothing is sent.",
        who=str(found["post"].get("who") or "") if found else "",
    )


def _answer_intro(answers: Answers, known: Known) -> Text:
    found = _post(known)
    if found is None:
        return _("That need is no longer on the board.")
    rows = post_card(found["post"], known).rows
    # TRANSLATORS: a line of a list: the name of something and its value.
    return lines([_("{label}: {value}", label=label, value=value) for label, value in rows])


def _answered(answers: Answers, known: Known) -> Ending:
    found = _post(known)
    if found is None:
        return Ending(then="board_offer")
    if not (answers.get("agree") or {}).get("given"):
        return Ending((Reply(words=(_("All right. Nothing has been sent."),)),), then="menu")
    answer_by = kind_of("board_answer").answer_by(known.municipality, known.now)
    who = str(found["post"].get("who") or "")
    held = {name: answers[name] for name in ("name", "contact", "words") if answers.get(name)}
    held |= {"post": found["id"], "need": title_of(found["post"]), "who": who}
    case = FileCase("board_answer", "board_answer", held, answer_by, note=f"{who}: {held['need']}")
    offer = OfferHelp(
        found["id"], str(answers["name"]), str(answers["contact"]), str(answers.get("words") or ""), answer_by
    )
    words_ = _(
        "Thank you! {who} has got it now, and gets in touch with you. If you hear nothing, you get an answer here by {time} at "
        "the latest, from: {role}.",
        who=who, role=content(_coordinator(known)), time=answer_by,
    )  # fmt: skip
    agreed = Consent("board", CONSENT_VERSION, True, found["id"])
    reached = None if known.facts.get("reachable") else "reach"
    return Ending((Reply(words=(words_,)),), (agreed, case, offer), then=reached)


BOARD_ANSWER = Flow(
    name="board_answer",
    title=_("I want to help"),
    intro=_answer_intro,
    steps=(
        Step("name", prompt=_("What is your name? The first name is enough."), label=_("Name"), read=text(), must=True),
        Step("contact", prompt=_("How do they reach you? A number or an e-mail address."), label=_("How you are reached"),
             read=text(), must=True),
        Step("words", prompt=_("Is there anything you want to tell them?"), label=_("What you want to tell them"),
             read=long_text(), may_skip=True),
        Step("agree", prompt=_agree_prompt, label=_("Passed on"), read=consent("board", CONSENT_VERSION), must=True),
    ),
    order=_answer_order,
    finish=_answered,
    needs_subject=True,
)  # fmt: skip


# --- the owner's side -----------------------------------------------------------------------------------------------------

# TRANSLATORS: buttons, at most 30 characters each.
FILLED = Choice("filled", p_("board", "We have enough people"))
WITHDRAWN = Choice("withdrawn", p_("board", "Take it down"))
KEEP = Choice("keep", p_("board", "Leave it as it is"))
MINE = Choice("mine", p_("board", "Show what is mine"))


def _my_post(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_post", post_id=known.given.get("subject", 0))
    return found


def _my_prompt(answers: Answers, known: Known) -> Text:
    found = _my_post(known)
    if found is None:
        return _("It is not shown any more.")
    title = title_of(found["post"])
    if found["status"] == "waiting" and not _is_need(found):
        return _("“{title}”: a person at the municipality has not read it yet. What would you like to do?", title=title)
    if not _is_need(found):
        return _("Everybody can see “{title}” now. What would you like to do?", title=title)
    if found["status"] == "waiting":
        return _("“{title}”: a person at the municipality has not put it on the board yet. What would you like to do?",
                 title=title)  # fmt: skip
    return _("“{title}” is on the board until {day}. What would you like to do?", title=title, day=found["until"])


def _is_need(found: Mapping[str, Any]) -> bool:
    """Whether it is a need, and no open activity."""
    return bool(found.get("kind", "board") == "board")


def _my_choices(known: Known) -> tuple[Choice, ...]:
    found = _my_post(known)
    if found is None:
        return (MINE,)
    return (KEEP, FILLED, WITHDRAWN) if _is_need(found) else (KEEP, WITHDRAWN)


def _my_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _my_post(known), answers["do"]
    if found is None or chosen == "mine":
        return Ending(then="mine")
    if chosen == "keep":
        return Ending((Reply(words=(_("All right, it stays as it is."),)),))
    words_ = (
        _("Good! It is taken down. Thank you for telling me.")
        if chosen == "filled"
        else _("It is taken down. You can put up a new one whenever you like.")
    )
    return Ending((Reply(words=(words_,)),), (EndPost(found["id"], chosen),))


MY_POST = Flow(
    name="my_post",
    title=_("What I have put up"),
    steps=(Step("do", prompt=_my_prompt, label=_("What to do"), read=one_choice(_my_choices), must=True),),
    finish=_my_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


def _reached(answers: Answers, known: Known) -> Ending:
    words_ = _("Thank you. Then I have told the municipality that it is settled.")
    return Ending((Reply(words=(words_,)),), (HelperReached(int(known.given.get("subject", 0))),))


BOARD_REACHED = Flow(
    name="board_reached",
    title=_("We have been in touch"),
    steps=(),
    finish=_reached,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- what falls due -------------------------------------------------------------------------------------------------------


def helper(state: State, input: Input, known: Known) -> Turn:
    """Somebody wants to help with a need of this person's."""
    data = input.data
    answer_by = datetime.fromisoformat(data["answer_by"]).astimezone(known.municipality.zone)
    told: list[Text] = [
        _("{name} wants to help with “{title}”!", name=str(data["name"]), title=str(data["title"])),
        _("Reach them here: {contact}", contact=str(data["contact"])),
    ]
    if data.get("words"):
        told.append(_("They write: {reason}", reason=str(data["words"])))
    told.append(_("Please get in touch by {time}, also if it is a no. Then press the button.", time=answer_by))
    choices = (
        Choice(f"f:board_reached:{data['case']}", p_("board", "We have been in touch")),
        Choice(f"f:my_post:{data['post']}", FILLED.label),
    )
    return Turn(state, (Reply(words=tuple(told), choices=choices, serial=0),))


def ends(state: State, input: Input, known: Known) -> Turn:
    """A need has been shown as long as needs are shown."""
    words_ = n_(
        "“{title}” has been on the board for {count} day, and is taken down now. Do you still need people? Put it up again.",
        "“{title}” has been on the board for {count} days, and is taken down now. Do you still need people? Put it up again.",
        SHOWN_DAYS, title=str(input.data["title"]),
    )  # fmt: skip
    choices = (Choice("f:board_need", SEEK.label),)
    return Turn(
        state, (Reply(words=(words_,), choices=choices, serial=0),), (EndPost(int(input.data["post"]), "expired"),)
    )


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {"board_helper": helper, "board_ends": ends}
"""What happens when a promise about the board falls due."""
