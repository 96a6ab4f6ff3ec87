"""Furniture that somebody gives and somebody needs, brought by a volunteer with a car (publication 2.1, Dragkrokslubben).

What is broken is kindly refused. Nobody pays anybody, and neither of the two learns who the other is. Where somebody lives
is asked when there is something to fetch or bring, and only the driver of that very run gets to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.flows.case_kinds import kind_of
from bot.flows.model import (
    AnswerGoods,
    Answers,
    Card,
    Choice,
    Consent,
    EndGoods,
    Ending,
    EraseAddress,
    File,
    FileCase,
    Flow,
    GiveAddress,
    Input,
    Known,
    PostGoods,
    RemindStaff,
    Reply,
    State,
    Step,
    Turn,
)
from bot.flows.moves import Move, button
from bot.flows.read import consent, file, long_text, many_choices, one_choice, place, text
from bot.flows.read.typed import labels
from bot.flows.volunteer import DAYS, coarse, reached
from bot.i18n import Text, Value, _, content, p_
from bot.rules.goods import kinds_in
from bot.rules.masking import mask_contacts

KIND: Final = "goods"
"""The kind of case that sees to it that somebody looks at it, and the purpose of the consent."""

CONSENT_VERSION: Final = "1"

WORKS = (
    # TRANSLATORS: buttons, at most 30 characters each: whether something that is given away is whole. Beside each what people
    # write for it, separated by |.
    Choice("yes", p_("goods", "Yes, it is whole and works"), means="yes",
           also=(_("it works | works fully | whole | as new | like new | good condition"),)),
    Choice("no", p_("goods", "No, something is broken"), means="no",
           also=(_("broken | it is broken | does not work | damaged | something is missing | partly"),)),
)  # fmt: skip
SIZES = (
    # TRANSLATORS: buttons, at most 30 characters each: how large a thing is. Beside each what people write for it, separated
    # by |.
    Choice("one", p_("goods", "One person can carry it"), also=(_("small | light | one person | it fits in a car"),)),
    Choice("two", p_("goods", "Two have to carry it"), also=(_("two people | heavy | large | big | two persons"),)),
    Choice("van", p_("goods", "It needs a van"), also=(_("a van | very large | very big | huge | a lorry"),)),
)
HOURS = (
    # TRANSLATORS: buttons, at most 30 characters each: parts of the day at which somebody is at home. Beside each what people
    # write for it, separated by |.
    Choice("morning", p_("goods", "Morning, 8 to 12"), also=(_("morning | mornings | in the morning | before noon"),)),
    Choice("day", p_("goods", "Afternoon, 12 to 17"), also=(_("afternoon | afternoons | in the afternoon | after lunch"),)),
    Choice("evening", p_("goods", "Evening, 17 to 20"), also=(_("evening | evenings | in the evening | after work"),)),
)  # fmt: skip
UP = (
    # TRANSLATORS: buttons, at most 30 characters each: whether a thing has to be carried up stairs. Beside each what people
    # write for it, separated by |.
    Choice("no", p_("goods", "No, ground floor or a lift"), means="no",
           also=(_("ground floor | a lift | there is a lift | an elevator | no stairs"),)),
    Choice("yes", p_("goods", "Yes, up the stairs"), means="yes", also=(_("stairs | upstairs | no lift | no elevator"),)),
)  # fmt: skip

# TRANSLATORS: buttons, at most 30 characters each.
GIVE = Choice("give_item", p_("goods", "I have something to give"), also=(_("give | give away | donate"),))
NEED = Choice("need_item", p_("goods", "I need something"), also=(_("need | I need"),))
DRIVE = Choice("drive_goods", p_("goods", "I can drive"), also=(_("drive | driver | I have a car"),))
TAKE = p_("goods", "Yes, I would like it")
DECLINE = p_("goods", "No, thank you")
TELL_ADDRESS = p_("goods", "Say where it is")
WITHDRAW = Choice("withdraw", p_("goods", "Take it back"))
KEEP = Choice("keep", p_("goods", "Leave it as it is"))
ADDRESS = Choice("address", TELL_ADDRESS)
ANSWER = Choice("answer", p_("goods", "See what was found"))


def offered(known: Known) -> bool:
    """Whether furniture is driven in this municipality."""
    return known.municipality.goods is not None


def elsewhere() -> Ending:
    """What is said where it is not."""
    words = _("Furniture is not driven from one to another here. A human can tell you who may be able to help.")
    return Ending((Reply(words=(words,), choices=(button(Move.HUMAN),), serial=0),))


# --- which of the three -----------------------------------------------------------------------------------------------------


def _which(answers: Answers, known: Known) -> Text:
    assert known.municipality.goods is not None
    return _(
        "{name}: good furniture goes to somebody who needs it, and a volunteer with a car brings it. Nobody pays. What would "
        "you like to do?",
        name=content(known.municipality.goods.name),
    )


def _chosen(answers: Answers, known: Known) -> Ending:
    return Ending(then=answers["which"]) if "which" in answers else elsewhere()


FURNITURE = Flow(
    name="furniture",
    title=_("Furniture to give or get"),
    steps=(Step("which", prompt=_which, label=_("What to do"), read=one_choice((GIVE, NEED, DRIVE)), must=True),),
    order=lambda answers, known, left: ("which",) if offered(known) else (),
    finish=_chosen,
    personal=False,
)


# --- giving and needing -----------------------------------------------------------------------------------------------------


def _kinds(what: str, known: Known) -> list[str]:
    words = {
        each.id: (*each.words, *labels(content(each.name), known.locale)) for each in known.municipality.furniture.kinds
    }
    return sorted(kinds_in(what, words))


def _kept(answers: Answers, known: Known) -> dict[str, Any]:
    """What is kept of the answers: no way to reach anybody, and where they live no closer than is needed."""
    what = mask_contacts(str(answers["what"]))[0]
    kept = {name: value for name, value in answers.items() if name not in ("agree", "works")}
    name = (str(answers.get("name") or "").split() or [""])[0]
    return {
        **kept,
        "what": what,
        "name": name,
        "where": coarse(answers.get("where") or {}),
        "kinds": _kinds(what, known),
    }


def card(flow: Flow, answers: Answers, known: Known) -> Card:
    """What somebody gives or needs, as they and the municipality see it."""
    rows: list[tuple[Text, Value]] = [
        (step.label, step.read.show(answers[step.name], known))
        for step in flow.steps
        if step.read is not None and answers.get(step.name) not in (None, "", []) and step.name != "agree"
    ]
    return Card(flow.title, tuple(rows))


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    answers = dict(given.get("answers", {}))
    if given.get("area"):
        answers.setdefault("where", {"area": given["area"]})
    return answers


def _refused(known: Known) -> Ending:
    assert known.municipality.goods is not None
    broken = known.municipality.goods.broken
    words = _(
        "Thank you for asking. We only pass on what is whole and works, so that nobody gets something they have to throw away. "
        "So I do not put it up."
    )
    way = content(broken) if broken else _(
        "I do not know where broken things are left or mended here. Ask the municipality: a human here finds it out for you."
    )  # fmt: skip
    choices = (button(Move.HUMAN), Choice("f:give_item", p_("goods", "I have something else")))
    return Ending((Reply(words=(words, way), choices=choices, serial=0),))


def _posted(kind: str, flow: str) -> Callable[[Answers, Known], Ending]:
    def finish(answers: Answers, known: Known) -> Ending:
        if not offered(known):
            return elsewhere()
        if answers.get("works") == "no":
            return _refused(known)
        if not (answers.get("agree") or {}).get("given"):
            return Ending((Reply(words=(_("All right. Nothing has been kept, and nothing is sent."),)),), then="menu")
        said, by = _kept(answers, known), kind_of(KIND).answer_by(known.municipality, known.now)
        if kind == "item":
            words = _("Thank you! “{what}” is in the queue. As soon as somebody needs it I write to you, and ask where it is.",
                      what=said["what"])  # fmt: skip
        else:
            words = _(
                "All right, I look for “{what}”. As soon as somebody gives it away I show it to you.", what=said["what"]
            )
        more = _(
            "A person at the municipality looks at it by {time}. It costs nothing, and I cannot promise that it works out. In "
            "/mine you can take it back at any time.",
            time=by,
        )
        effects = (FileCase(KIND, flow, said, by, note=said["what"][:200]), PostGoods(kind, said),
                   Consent(KIND, CONSENT_VERSION, True))  # fmt: skip
        reach = None if known.channel == "phone" else reached(known)
        return Ending((Reply(words=(words, more)),), effects, then=reach)

    return finish


def _give_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    """A form has no photo, and for what is broken nothing more is asked."""
    if not offered(known):
        return ()
    if answers.get("works") == "no":
        return ("what", "works")
    return ("what", "works", *(("photo",) if answers else ()), "size", "where", "days", "hours", "name", "agree")


def _need_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    return ("what", "where", "days", "hours", "up", "name", "agree") if offered(known) else ()


GIVE_ITEM: Flow = Flow(
    name="give_item",
    title=_("Give something away"),
    intro=_("Good that you think of others. Two minutes, one question at a time. No address yet, and no money between anybody."),
    steps=(
        Step("what", prompt=_("What do you want to give away? One thing, or things that belong together."),
             label=p_("goods", "Thing"), read=text(200), must=True, example=_("A grey sofa for three, two metres long")),
        Step("works", prompt=_("Is it whole, and does everything in it work?"), label=p_("goods", "Whole"),
             read=one_choice(WORKS), must=True),
        Step("photo", prompt=_("Can you send a photo of it? It is shown to whoever may get it. Please no people in it."),
             label=p_("goods", "Photo"), read=file(), may_skip=True),
        Step("size", prompt=_("How large is it?"), label=p_("goods", "Size"), read=one_choice(SIZES), must=True),
        Step("where", prompt=_("Where is it? The part of the municipality is enough, no address yet."),
             label=p_("goods", "Area"), read=place(), must=True),
        Step("days", prompt=_("On which days can it be fetched?"), label=p_("goods", "Days"), read=many_choices(DAYS, 1),
             must=True),
        Step("hours", prompt=_("And at what time of the day?"), label=p_("goods", "Time of day"),
             read=many_choices(HOURS, 1), must=True),
        Step("name", prompt=_("What is your first name? Besides staff only the driver gets it."), label=p_("goods", "First name"),
             read=text(), must=True),
        Step("agree", prompt=_("May we keep this until it is over? Staff see it. Whoever may get it sees the thing and the "
                               "photo, and never who you are."),
             label=p_("goods", "Kept"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=_begin,
    order=_give_order,
    finish=_posted("item", "give_item"),
    card=lambda answers, known: card(GIVE_ITEM, answers, known),
)  # fmt: skip

NEED_ITEM: Flow = Flow(
    name="need_item",
    title=_("Get something you need"),
    intro=_("I look for somebody who gives it away, and a volunteer brings it. It costs nothing. No address yet."),
    steps=(
        Step("what", prompt=_("What do you need? One thing at a time: then I find it faster."), label=p_("goods", "Thing"),
             read=text(200), must=True, example=_("A bed for a child of six")),
        Step("where", prompt=_("Where do you live? The part of the municipality is enough, no address yet."),
             label=p_("goods", "Area"), read=place(), must=True),
        Step("days", prompt=_("On which days are you at home?"), label=p_("goods", "Days"), read=many_choices(DAYS, 1),
             must=True),
        Step("hours", prompt=_("And at what time of the day?"), label=p_("goods", "Time of day"),
             read=many_choices(HOURS, 1), must=True),
        Step("up", prompt=_("Does it have to be carried up stairs?"), label=p_("goods", "Stairs"), read=one_choice(UP),
             must=True),
        Step("name", prompt=_("What is your first name? Besides staff only the driver gets it."), label=p_("goods", "First name"),
             read=text(), must=True),
        Step("agree", prompt=_("May we keep this until it is over? Only staff see it. The driver gets to know where you live, "
                               "once you have said yes to something."),
             label=p_("goods", "Kept"), read=consent(KIND, CONSENT_VERSION), must=True),
    ),
    begin=_begin,
    order=_need_order,
    finish=_posted("need", "need_item"),
    card=lambda answers, known: card(NEED_ITEM, answers, known),
)  # fmt: skip

FLOW_OF: Final[Mapping[str, Flow]] = {"item": GIVE_ITEM, "need": NEED_ITEM}


# --- yes or no to what was found ----------------------------------------------------------------------------------------------


def _pair(known: Known, *statuses: str) -> dict[str, Any] | None:
    """What this person gives or gets, by the number of the pair; only in one of these statuses."""
    found: dict[str, Any] | None = known.lookup("goods_pair", pair_id=int(known.given.get("subject") or 0))
    return found if found is not None and found["status"] in statuses else None


def _over() -> Ending:
    words = _("That is over, or it has been answered already. In /mine you see what is yours.")
    return Ending((Reply(words=(words,)),))


_WHERE = (
    Step("address", prompt=_("Which street and number? Besides staff only the driver gets it, for this one run."),
         label=p_("goods", "Address"), read=text(200), must=True, example=_("Storgatan 3, code 1234"),
         why=_("The address is erased some days after it is over.")),
    Step("notes", prompt=_("Is there anything the driver should know? Which floor, where one can park."),
         label=p_("goods", "Good to know"), read=long_text(500), may_skip=True),
    Step("phone", prompt=_("Is there a number for the driver to call? Besides staff only the driver gets it."), label=p_("goods", "Phone"),
         read=text(40), may_skip=True),
)  # fmt: skip


def _address(answers: Answers) -> dict[str, str]:
    return {name: str(answers[name]) for name in ("address", "notes", "phone") if answers.get(name)}


def _yes_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _pair(known, "proposed")
    return ("address", "notes", "phone") if found and found["kind"] == "need" else ()


def _taken(answers: Answers, known: Known) -> Ending:
    found = _pair(known, "proposed")
    if found is None or found["kind"] != "need" or not answers.get("address"):
        return _over()
    words = _("Good! I tell whoever gives it away. When a driver has a time for it, I tell you when “{what}” comes.",
              what=found["what"])  # fmt: skip
    return Ending((Reply(words=(words,)),), (AnswerGoods(found["id"], True, _address(answers)),))


GOODS_YES = Flow(name="goods_yes", title=TAKE, steps=_WHERE, order=_yes_order, finish=_taken, needs_subject=True)


def _declined(answers: Answers, known: Known) -> Ending:
    found = _pair(known, "proposed")
    if found is None or found["kind"] != "need":
        return _over()
    words = _("All right. I keep looking, and show you the next one.")
    return Ending((Reply(words=(words,)),), (AnswerGoods(found["id"], False),))


GOODS_NO = Flow(name="goods_no", title=DECLINE, steps=(), finish=_declined, personal=False, passing=True,
                needs_subject=True)  # fmt: skip


def _address_order(answers: Answers, known: Known, left: tuple[str, ...]) -> tuple[str, ...]:
    found = _pair(known, "agreed")
    return ("address", "notes", "phone") if found and found["kind"] == "item" else ()


def _address_given(answers: Answers, known: Known) -> Ending:
    found = _pair(known, "agreed")
    if found is None or found["kind"] != "item" or not answers.get("address"):
        return _over()
    words = _("Thank you! When a driver has a time for it, I tell you when “{what}” is fetched. Please keep it until then.",
              what=found["what"])  # fmt: skip
    return Ending((Reply(words=(words,)),), (GiveAddress(found["id"], _address(answers)),))


GOODS_ADDRESS = Flow(
    name="goods_address",
    title=TELL_ADDRESS,
    steps=_WHERE,
    order=_address_order,
    finish=_address_given,
    needs_subject=True,
)


# --- what is mine -----------------------------------------------------------------------------------------------------------


def _mine(known: Known) -> dict[str, Any] | None:
    found: dict[str, Any] | None = known.lookup("my_good", good_id=int(known.given.get("subject") or 0))
    return found


def _mine_prompt(answers: Answers, known: Known) -> Text:
    found = _mine(known)
    if found is None:
        return _("That is over. What would you like to do?")
    told: dict[str, Value] = {"what": found["what"]}
    giving = found["kind"] == "item"
    match found["pair"]:
        case "proposed" if not giving:
            return _("Something was found for “{what}”. Would you like it?", **told)
        case "agreed" if giving:
            return _("Somebody needs “{what}”. Only the address is missing.", **told)
        case "proposed" | "agreed" | "ready":
            return _(
                "“{what}” has been brought together, and waits for a driver with time. What would you like to do?",
                **told,
            )
        case "planned" if found["from"]:
            return _("The driver comes on {day}, between {begins} and {ends}: “{what}”. What would you like to do?",
                     day=found["from"].date(), begins=found["from"].time(), ends=found["to"].time(), **told)  # fmt: skip
        case "planned":
            return _("A driver is being asked about “{what}”. What would you like to do?", **told)
        case "fetched":
            return _("“{what}” is in the car.", **told)
    if giving:
        return _("“{what}” waits for somebody who needs it. What would you like to do?", **told)
    return _("I look for “{what}”. What would you like to do?", **told)


def _mine_choices(known: Known) -> tuple[Choice, ...]:
    found = _mine(known)
    if found is None or found["pair"] == "fetched":
        return (KEEP,)
    answer = (ANSWER,) if found["pair"] == "proposed" and found["kind"] == "need" else ()
    address = (ADDRESS,) if found["pair"] == "agreed" and found["kind"] == "item" else ()
    return (*answer, *address, WITHDRAW, KEEP)


def _mine_done(answers: Answers, known: Known) -> Ending:
    found, chosen = _mine(known), answers["do"]
    if found is None:
        return Ending(then="menu")
    if chosen == ADDRESS.id:
        return Ending(then="goods_address", given={"subject": found["pair_id"]})
    if chosen == ANSWER.id:
        return Ending((_proposal({**found, "id": found["pair_id"]}, known, None),))
    if chosen == WITHDRAW.id:
        words = _("It is taken back. Whoever it concerns is told, and not by whom.")
        return Ending((Reply(words=(words,)),), (EndGoods(found["id"]),))
    return Ending((Reply(words=(_("All right, it stays as it is."),)),))


MY_GOOD = Flow(
    name="my_good",
    title=_("Furniture of mine"),
    steps=(Step("do", prompt=_mine_prompt, label=_("What to do"), read=one_choice(_mine_choices), must=True),),
    finish=_mine_done,
    personal=False,
    passing=True,
    needs_subject=True,
)


# --- what falls due ---------------------------------------------------------------------------------------------------------


def _proposal(found: Mapping[str, Any], known: Known, photo: File | None) -> Reply:
    item = found["item"]
    rows: list[tuple[Text, Value]] = [
        (GIVE_ITEM.steps[3].label, one_choice(SIZES).show(item["size"], known)),
        (GIVE_ITEM.steps[5].label, many_choices(DAYS).show(found["days"], known)),
    ]
    words = _("Somebody gives this away, and it is whole. Would you like it? Both answers are fine.")
    choices = (Choice(f"f:goods_yes:{found['id']}", TAKE), Choice(f"f:goods_no:{found['id']}", DECLINE))
    return Reply(words=(words,), card=Card(str(item["what"]), tuple(rows)), choices=choices, serial=0, file=photo)


def _ring(known: Known, case_id: int | None) -> tuple[RemindStaff, ...]:
    """Nothing reaches whoever has called by itself: staff ring them."""
    return (RemindStaff(case_id, "ring"),) if known.channel == "phone" and case_id else ()


def proposed(state: State, input: Input, known: Known) -> Turn:
    """The municipality has found something for somebody."""
    found = known.lookup("goods_pair", pair_id=int(input.data["pair"]))
    if found is None or found["status"] != "proposed" or found["kind"] != "need":
        return Turn(state)
    sent = input.data.get("photo")
    photo = File("photo", f"file:{sent['file']}", "", sent["mime"], sent["size"]) if sent else None
    return Turn(state, (_proposal(found, known, photo),), _ring(known, found["case"]))


def wanted(state: State, input: Input, known: Known) -> Turn:
    """Somebody has said yes to what this person gives."""
    found = known.lookup("goods_pair", pair_id=int(input.data["pair"]))
    if found is None or found["status"] != "agreed" or found["kind"] != "item":
        return Turn(state)
    words = _("Good news: somebody needs “{what}”. Where can the driver fetch it?", what=found["what"])
    choices = (Choice(f"f:goods_address:{found['id']}", TELL_ADDRESS), Choice(f"f:my_good:{found['good']}",
               p_("goods", "It is gone already")))  # fmt: skip
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),), _ring(known, found["case"]))


def told(state: State, input: Input, known: Known) -> Turn:
    """A driver has said yes: when they come."""
    data = input.data
    begins, ends = (datetime.fromisoformat(data[name]).astimezone(known.municipality.zone) for name in ("from", "to"))
    values: dict[str, Value] = {"name": str(data["name"]), "day": begins.date(), "begins": begins.time(),
                                "ends": ends.time(), "what": str(data["what"])}  # fmt: skip
    if data["do"] == "fetch":
        words = _("{name} fetches “{what}” on {day}, between {begins} and {ends}. Please be there, and help with carrying if "
                  "you can.", **values)  # fmt: skip
    else:
        words = _("{name} brings “{what}” on {day}, between {begins} and {ends}. Please be there, and help with carrying if "
                  "you can. You pay nothing.", **values)  # fmt: skip
    choices = (Choice(f"f:my_good:{data['good']}", p_("goods", "It does not work then")),)
    return Turn(state, (Reply(words=(words,), choices=choices, serial=0),), _ring(known, data.get("case")))


_NEWS: Final[Mapping[str, Text]] = {
    "item:no": _("Whoever might have taken “{what}” has found something else. It stays in the queue, and I write again."),
    "item:gone": _("Whoever was to get “{what}” does not need it any more. It stays in the queue, and I write again."),
    "need:gone": _("“{what}” is not to be had after all. That is nobody's fault of yours: I keep looking."),
    "item:not_home": _("The driver was there to fetch “{what}” and met nobody. If another time suits you, you need do nothing: "
                       "I tell you the next one. If it is gone, take it back."),
    "need:not_fetched": _("“{what}” could not be fetched this time. I tell you as soon as there is a new time."),
    "need:not_home": _("The driver was there with “{what}” and met nobody. It is kept for you: I tell you the next time."),
    "item:broken": _("The driver found “{what}” broken, so it was not taken along. Thank you all the same. Ask the municipality "
                     "where it can be left or mended: a human here finds it out for you."),
    "need:broken": _("“{what}” was broken, so you do not get it. I am sorry, and I keep looking for something better."),
    "item:later": _("The driver of “{what}” cannot come after all. I tell you as soon as there is a new time."),
    "need:later": _("The driver of “{what}” cannot come after all. I tell you as soon as there is a new time."),
    "need:on_the_way": _("“{what}” is in the car, and on its way to you."),
    "item:ended": _("The municipality has taken “{what}” out of the queue. If you wonder why, ask a human here."),
    "need:ended": _("The municipality has taken “{what}” out of the queue. If you wonder why, ask a human here."),
    "item:done": _("“{what}” has found its place. Thank you for giving it away! The address is erased soon."),
    "need:done": _("“{what}” is with you now. Enjoy it! The address is erased soon."),
}  # fmt: skip
"""What becomes of it, for whoever gives ("item") and whoever gets ("need")."""

_WITH_HUMAN: Final = frozenset({"item:broken", "item:ended", "need:ended"})


def news(state: State, input: Input, known: Known) -> Turn:
    """What has become of something that this person gives or needs."""
    what = str(input.data["what"])
    choices = (button(Move.HUMAN),) if input.data["news"] in _WITH_HUMAN else ()
    sentence = _NEWS[input.data["news"]]
    reply = Reply(words=(replace(sentence, values=(("what", what),)),), choices=choices, serial=0 if choices else None)
    return Turn(state, (reply,), _ring(known, input.data.get("case")))


def erase(state: State, input: Input, known: Known) -> Turn:
    """Some days after it is over."""
    return Turn(state, effects=(EraseAddress(int(input.data["good"])),))


CLOCK: Mapping[str, Callable[[State, Input, Known], Turn]] = {
    "goods_proposed": proposed,
    "goods_wanted": wanted,
    "goods_told": told,
    "goods_news": news,
    "goods_erase": erase,
}
"""What happens when something about furniture falls due."""
