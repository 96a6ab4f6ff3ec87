"""What a guided conversation is made of: frozen values, no I/O.

A `Flow` is declared once as steps. The engine turns (state, input, what is known) into a `Turn`: the new state, what to
say, and what is to be done. Everything in a `State` is plain JSON, so that it survives restarts, months and new versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar, cast

from bot.i18n import Text, Value
from bot.packs.model import Municipality

_T = TypeVar("_T")

Answers = Mapping[str, Any]
"""Answers by step name, each in the JSON form its reader gives."""


# --- what comes in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth, WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Person:
    """A contact card, or what somebody wrote about a person. `own` when the platform vouches that it is the sender's."""

    name: str
    phone: str | None = None
    email: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """Something sent along: `kind` is photo, document, voice, video, sticker or other; `ref` finds its bytes."""

    kind: str
    ref: str
    name: str = ""
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: which question it stood under (`serial`) and what it means (`choice`)."""

    serial: int
    choice: str


@dataclass(frozen=True, slots=True)
class Input:
    """One thing said to the conversation. Exactly one of the fields is set, but `text` may caption a `file`.

    `fields` are the named controls of one step in a web form ("label.0", "amount.0"), for readers that have several.
    `clock` is the kind of a promise that fell due, with what was stored beside it in `data`.
    """

    text: str | None = None
    press: Press | None = None
    command: str | None = None
    argument: str = ""
    place: Point | None = None
    person: Person | None = None
    file: File | None = None
    fields: Mapping[str, str] | None = None
    clock: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a flow may know. `now` is in the municipality's time zone.

    `offered` are the locales the municipality offers, `facts` what is known of the person (`bot.turn` names them),
    `lookups` the answers to what a step asked for, `given` what the running flow was started with, `flows` the names of
    the flows there are, `worked_out` what `once` keeps.
    """

    now: datetime
    locale: str
    municipality: Municipality
    offered: tuple[str, ...] = ()
    channel: str = "web"
    facts: Mapping[str, Any] = field(default_factory=dict)
    lookups: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    flows: frozenset[str] = frozenset()
    worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def today(self) -> date:
        return self.now.date()

    def lookup(self, name: str, /, **arguments: Any) -> Any:
        """The answer to a lookup, asked of the turn when it is not there yet.

        Raises:
            LookupWanted: The turn answers it in its transaction and advances again from the same state.
        """
        key = lookup_key(name, arguments)
        if key not in self.lookups:
            raise LookupWanted(name, arguments)
        return self.lookups[key]

    def once(self, name: str, work: Callable[[], _T], /, **arguments: Any) -> _T:
        """What `work` comes to for these arguments: worked out once in a turn, however often it is asked for."""
        key = lookup_key(name, arguments)
        if key not in self.worked_out:
            self.worked_out[key] = work()
        return cast(_T, self.worked_out[key])


def lookup_key(name: str, arguments: Mapping[str, Any]) -> str:
    """One string for a lookup and its arguments, the same for the same question."""
    return f"{name}({', '.join(f'{key}={arguments[key]!r}' for key in sorted(arguments))})"


class LookupWanted(Exception):
    """A flow asks something of storage; see `Known.lookup`."""

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        super().__init__(lookup_key(name, arguments))
        self.name, self.arguments = name, dict(arguments)


# --- what is asked -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button offered, at most about 30 characters. `id` is ASCII, at most 24 bytes. `url` opens a page instead.

    `means`: "yes" or "no" where the question proposes it or not, so that these words take it too; as the ids do. `also` are
    lists of other words that people write for it, separated by |.
    """

    id: str
    label: Text
    chosen: bool = False
    url: str | None = None
    means: str = ""
    also: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready answer offered as a button: pressed, it gives `value` (in the form the step's reader gives).

    `by_yes`: the question proposes it, so that a written yes takes it too; `also` are other words that do, separated by |.
    """

    id: str
    label: Text
    value: Any
    by_yes: bool = False
    also: Text | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an input could not be read, in the resident's words: no blame, with an example."""

    words: Text
    again: Text | None = None
    """Said instead of `words` the second time, so that it helps in another way."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value read. `note` is shown back ("Thursday 26 November at 18:00")."""

    value: Any
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that must be confirmed first, with the question to ask ("Do you mean 3 November next year?")."""

    value: Any
    question: Text


@dataclass(frozen=True, slots=True)
class Draft:
    """A step answered in part (rows so far, choices ticked so far). The question stays open."""

    value: Any
    note: Text | None = None


Reading = Read | Doubt | Draft | Problem


class Reader(Protocol):
    """A kind of question: how an answer is read, offered and shown. Values are JSON-able; see `bot.flows.read`."""

    kind: str

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        """Read what was said. `input.press` holds one of `choices`' ids (the serial is already checked)."""

    def choices(self, known: Known, draft: Any = None) -> tuple[Choice, ...]:
        """The buttons that belong to the kind itself."""

    def show(self, value: Any, known: Known) -> Text:
        """The value in words, for a review, a plan, a corrected answer."""

    def form_values(self, value: Any) -> dict[str, str]:
        """What a form shows for the value, by control."""

    def controls(self, known: Known, value: Any = None) -> tuple[Any, ...]:
        """The controls a form shows: `bot.flows.read.Control`."""

    def spot(self, text: str, known: Known) -> Any | None:
        """The value that stands unambiguously inside a sentence ("it should be 30 people"), or None."""

    def merged(self, old: Any, new: Any) -> Any:
        """An answer corrected by what `spot` found in passing."""


@dataclass(frozen=True, slots=True)
class When:
    """A condition on an earlier answer, as data, so that it can be drawn: `step`'s answer is one of `values`.

    A multiple choice holds when any of its answers is among `values`; `values` empty means: answered at all.
    """

    step: str
    values: tuple[Any, ...] = ()

    def holds(self, answers: Answers) -> bool:
        answer = answers.get(self.step)
        if answer is None:
            return False
        if not self.values:
            return True
        return any(each in self.values for each in answer) if isinstance(answer, list) else answer in self.values


Words = Text | Callable[[Answers, Known], Text]


@dataclass(frozen=True, slots=True)
class Step:
    """One question. `label` is its short name (review, form, list of answers to change).

    `example` and `suggest` may look at earlier answers, so that they fit the subject just described.
    `check` may refuse a value that the reader accepts. `fills` finds answers to other steps in this one's ("a room in
    Stenhamra for 30"); they count where nothing has been answered yet. `flow` makes this a step that runs another flow's steps, whose
    answers become this step's answer. A step that is neither `may_skip` nor `must` can be left open ("I don't know").
    """

    name: str
    prompt: Words
    label: Text
    read: Reader | None = None
    why: Words | None = None
    example: Words | None = None
    may_skip: bool = False
    when: When | None = None
    suggest: Callable[[Answers, Known], tuple[Suggestion, ...]] | None = None
    check: Callable[[Any, Answers, Known], Problem | None] | None = None
    fills: Callable[[Any, Known], Mapping[str, Any]] | None = None
    flow: Flow | None = None
    must: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A guided conversation.

    `finish` makes the last words and the effects out of the answers. `card` draws what has been said so far (the growing
    plan); it is `told` where it is the flow's answer, part of the talk. `upgrade[n]` turns answers saved by version n
    into those of version n + 1. `review` shows everything before the end and lets every answer be changed. `personal`
    flows show the privacy notice first. A `passing` flow (the menu) is dropped when another one starts, and saves
    nothing. One that `needs_subject` is begun by a button that names a thing, never by a link alone; where
    there are several for one thing (`f:heard:12-help`), `given["part"]` says which, and `parts` what stands on them. `begin` makes
    answers out of what the flow is started with; without it they are `given["answers"]`; a sub-flow's may be given in
    part, and the rest is asked, as of a step for which it makes a `Draft`; `given["whole"]` says that what is not among them was left open on purpose.
    `order` makes the next question depend on what is known: out of (answers, known, steps left open) it names the steps
    that are worth asking now, the best first; when it names none, the flow is at its end. Without it, steps come in order.
    """

    name: str
    title: Text
    steps: tuple[Step, ...]
    finish: Callable[[Answers, Known], Ending]
    version: int = 1
    intro: Words | None = None
    card: Callable[[Answers, Known], Card] | None = None
    told: bool = False
    upgrade: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    review: bool = False
    personal: bool = True
    passing: bool = False
    needs_subject: bool = False
    parts: Mapping[str, Text] = field(default_factory=dict)
    begin: Callable[[Mapping[str, Any], Known], dict[str, Any]] | None = None
    order: Callable[[Answers, Known, tuple[str, ...]], tuple[str, ...]] | None = None

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a flow's answers lead to. `then` is a flow to go on with, started with `given`.

    `after` are flows, each with what it is started with, that wait below and come up when that one has ended.
    """

    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    then: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[tuple[str, Mapping[str, Any]], ...] = ()


# --- what goes out -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """A titled list of label and words: the plan so far, a review. The last `fixed` rows are no answers: they follow."""

    title: Value
    rows: tuple[tuple[Text, Value], ...]
    fixed: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document the sender makes when it is due: `kind` ("plan") of the thing `subject` (an id, or Made)."""

    kind: str
    subject: Any
    caption: Text


class Ask(StrEnum):
    """What a channel may offer beside typing, for an open question."""

    TEXT = "text"
    PLACE = "place"
    PERSON = "person"
    FILE = "file"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message back. Paragraphs of `words` stand in one bubble.

    `serial` is that of the open question when this reply carries it, 0 when its buttons stay valid for ever, None without
    buttons. `moves` are buttons of second rank. A reply that `replaces` changes the earlier message of its `slot` where
    the channel can. `toast` is a passing line for a pressed button. `private` goes to Telegram only as a link. `human`: a person wrote it.
    `by` is who wrote it: the work name of one of the staff, or the first name of another resident, whose words are passed on.
    `file` is sent along, and `reply_to` the message of the conversation that this answers.
    """

    words: tuple[Text, ...] = ()
    choices: tuple[Choice, ...] = ()
    moves: tuple[Choice, ...] = ()
    serial: int | None = None
    progress: tuple[int, int] | None = None
    ask: Ask = Ask.NOTHING
    slot: str | None = None
    replaces: bool = False
    card: Card | None = None
    attachment: Attachment | None = None
    toast: bool = False
    private: bool = False
    human: bool = False
    by: str = ""
    file: File | None = None
    reply_to: int | None = None


class Effect:
    """Something a flow wants done in the same transaction. `bot.effects` holds what each writes."""


@dataclass(frozen=True, slots=True)
class SetLocale(Effect):
    locale: str


@dataclass(frozen=True, slots=True)
class NoticeShown(Effect):
    """The privacy notice of this version was shown, in this locale, before the first personal question."""

    version: str


@dataclass(frozen=True, slots=True)
class SavePlan(Effect):
    """Store the answers as a plan's next version; a new plan when `plan_id` is None. Makes `plan`, `plan_link`."""

    answers: Mapping[str, Any]
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenCase(Effect):
    """A human is wanted: `kind` says for what. Answered by `answer_by`. `flow` and `answers` are what was said so far."""

    kind: str
    answer_by: datetime
    flow: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileCase(Effect):
    """Something worked out here is handed in: `kind` is application or dialogue. Makes `case`; `case_id` changes that one.

    `answer_by` is promised: an answer to it when it is `complete`, else a person's help.
    """

    kind: str
    flow: str
    answers: Mapping[str, Any]
    answer_by: datetime
    complete: bool = True
    case_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TellOperator(Effect):
    """Tell the municipality that somebody waits, and by when; again when the promised time has passed (`late`)."""

    kind: str
    answer_by: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class WroteInTalk(Effect):
    """A resident has written to the human who has the conversation; where their case was answered, it waits again."""

    answer_by: datetime


@dataclass(frozen=True, slots=True)
class LeftTalk(Effect):
    """A resident goes on with the machine; the human's case stays as it is."""


@dataclass(frozen=True, slots=True)
class RemindStaff(Effect):
    """Remind those who have a case, or may answer it: a promise runs out "soon", is "late", a next "step" is due."""

    case_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Consent(Effect):
    """A consent given or withdrawn for `purpose`, to the wording `version`."""

    purpose: str
    version: str
    given: bool
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class SafetyFlag(Effect):
    """Emergency words were said; a staffed queue is alerted. `kinds` as `bot.rules.emergency` names them."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RememberLater(Effect):
    """Something falls due `at`: run as a clock input of `kind` with `data`. `key` is unique in this conversation."""

    kind: str
    key: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoLonger(Effect):
    """Cancel what would fall due under `key`, with the reason."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class SetProtected(Effect):
    """Their identity is protected, or is so no more. Makes `code_name`, what they are called from then on."""

    protected: bool


@dataclass(frozen=True, slots=True)
class ChildWrites(Effect):
    """A child writes here: staff who read the conversation's open cases are told so."""


@dataclass(frozen=True, slots=True)
class LeaveAddress(Effect):
    """An e-mail address for notices without content."""

    email: str


@dataclass(frozen=True, slots=True)
class MakeLink(Effect):
    """A private link or one-time code for `purpose` (restore, move, join). Makes `<purpose>_link` and `<purpose>_code`."""

    purpose: str
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class UseCode(Effect):
    """A code from a deep link (`join_…`, `move_…`) was brought here. Makes `joined` or `moved`, or `code_refused`."""

    code: str


@dataclass(frozen=True, slots=True)
class Stop(Effect):
    """No more messages that were not asked for, and no news either."""


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """The four steps of forgetting a person (languages-and-rights.md C3). Makes `receipt`."""


class FollowUpEffect(Effect):
    """Something about the question what became of a room, a grant or a plan; `bot.following_up` writes it."""


@dataclass(frozen=True, slots=True)
class AskedFollowUp(FollowUpEffect):
    """It has been asked."""

    follow_up_id: int


@dataclass(frozen=True, slots=True)
class DropFollowUp(FollowUpEffect):
    """It is never asked: there is nothing to ask about any more, or this person is not asked such things."""

    follow_up_id: int


@dataclass(frozen=True, slots=True)
class AnswerFollowUp(FollowUpEffect):
    """What became of it: {"happened", "hard", "led_to", "hard_words", "may"}."""

    follow_up_id: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoFollowUps(FollowUpEffect):
    """They want no such questions, neither this nor any other."""

    follow_up_id: int


class NewsEffect(Effect):
    """Something about news from the municipality; `bot.listening` writes it."""


@dataclass(frozen=True, slots=True)
class Listen(NewsEffect):
    """Somebody asks for news, or changes what they asked for. No topics or areas: all of them.

    `band` is the age that their age group begins with, None where they have not told. They hear at most once in
    `gap_days`, and nothing from `quiet_from` to `quiet_to` o'clock; the same hour twice: at any time.
    """

    topics: tuple[str, ...]
    areas: tuple[str, ...]
    band: int | None
    gap_days: int
    quiet_from: int
    quiet_to: int


@dataclass(frozen=True, slots=True)
class StopListening(NewsEffect):
    """No more news, also none that is on its way."""


class WeavingEffect(Effect):
    """Something about the map of actors; `bot.weaving` writes it."""


@dataclass(frozen=True, slots=True)
class NoteOnMap(WeavingEffect):
    """A group has agreed, to the words of this `version`, that it is noted, and whom it works with.

    `about` holds what is known of it: does, areas, topics. `network` is the id of the one it has asked to join.
    """

    name: str
    kind: str
    about: Mapping[str, Any]
    partners: tuple[str, ...]
    version: str
    network: str = ""


@dataclass(frozen=True, slots=True)
class LeaveMap(WeavingEffect):
    """Nothing that this person has told is to be on the map any more."""


@dataclass(frozen=True, slots=True)
class AnswerLink(WeavingEffect):
    """One of two who may be brought together says yes, with how they want to be reached ("": through the municipality), or no."""

    introduction_id: int
    yes: bool
    contact: str = ""


@dataclass(frozen=True, slots=True)
class EndLink(WeavingEffect):
    """The time for an answer is over."""

    introduction_id: int


class ObstacleEffect(Effect):
    """Something is in the way of coming to something; `bot.obstacles` writes it."""


@dataclass(frozen=True, slots=True)
class TellObstacle(ObstacleEffect):
    """What was just handed in, as a case or a question to a role, is an obstacle: kept, and told whoever holds the activity.

    `said` holds {"what": kinds, "activity", "about"}; `post_id` is what it is about, where that is put up here.
    """

    said: Mapping[str, Any]
    area: str | None
    post_id: int | None
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class AnswerObstacle(ObstacleEffect):
    """Whoever holds it says what they do about it: "arranged", "partly" or "not", in their own words."""

    obstacle_id: int
    how: str
    words: str


class RoomEffect(Effect):
    """Something about rooms; `bot.premises` writes it. Makes `room_result`, a sentence that says what came of it."""


@dataclass(frozen=True, slots=True)
class RequestBooking(RoomEffect):
    """Book a room at times (as `bot.flows.read.times` reads them), or wait for it where somebody was faster."""

    room: str
    when: Mapping[str, Any]
    people: int | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class WaitForRoom(RoomEffect):
    """Wait in line for a room at times that are taken."""

    room: str
    when: Mapping[str, Any]
    people: int | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class WatchRooms(RoomEffect):
    """Be told when any room fits this wish."""

    wish: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StopWaiting(RoomEffect):
    """Wait or watch no longer."""

    wish_id: int


@dataclass(frozen=True, slots=True)
class CancelBooking(RoomEffect):
    """Give up a booking of one's own, or one day of it."""

    booking_id: int
    day: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerOffer(RoomEffect):
    """Take what was held for somebody who waited, or let it go to the next; `late` when the time to answer has passed."""

    booking_id: int
    taken: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class RemindLender(RoomEffect):
    """Nobody has answered a request yet: write to the lender again, or (`late`) to the municipality."""

    booking_id: int
    late: bool = False


class BoardEffect(Effect):
    """Something about what is put up for everybody: needs and open activities; `bot.board` writes it."""


@dataclass(frozen=True, slots=True)
class PutUp(BoardEffect):
    """Something to put up, with the case made in this very turn, where a person reads it first; its kind says what it is."""

    post: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PutUpAgreed(BoardEffect):
    """The same, with the consent for `purpose`, to the wording `version`, that just these words are shown."""

    post: Mapping[str, Any]
    purpose: str
    version: str


@dataclass(frozen=True, slots=True)
class OfferHelp(BoardEffect):
    """Somebody wants to help with a need: its owner is told, with the name and contact that may be passed on.

    Goes with the case made in this very turn, where the municipality sees to it that there is an answer.
    """

    post_id: int
    name: str
    contact: str
    words: str
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class EndPost(BoardEffect):
    """Something put up is over: "filled", "withdrawn" or "expired"."""

    post_id: int
    how: str


@dataclass(frozen=True, slots=True)
class HelperReached(BoardEffect):
    """The owner of a need has been in touch with whoever offered help in this case: the promise is kept."""

    case_id: int


class InterestEffect(Effect):
    """Something about taking part in what somebody else has put up; `bot.joining` writes it."""


@dataclass(frozen=True, slots=True)
class AskToTakePart(InterestEffect):
    """Somebody wants to "join" or "help", or "ask" whoever is listed: its owner is told of `said`'s name and words, and not
    of its contact.

    Goes with the case made in this very turn, where the municipality sees to it that there is an answer.
    """

    post_id: int
    kind: str
    said: Mapping[str, str]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class AnswerInterest(InterestEffect):
    """The owner says "yes" (`said` has their name and contact), "no" or asks back ("ask"), with words."""

    interest_id: int
    how: str
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReplyToOwner(InterestEffect):
    """Whoever wants to take part answers what the owner asked back; an answer to that is promised by `answer_by`."""

    interest_id: int
    words: str
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class TakeBackInterest(InterestEffect):
    """Whoever wanted to take part does not any more."""

    interest_id: int


@dataclass(frozen=True, slots=True)
class PassOnInterest(InterestEffect):
    """Words from one of two who have agreed to the other."""

    interest_id: int
    words: str


class MeetingEffect(Effect):
    """Something about meetings; `bot.meetings` writes it. Makes `meeting_result`, a sentence about what came of it, where
    somebody comes or no longer does."""


@dataclass(frozen=True, slots=True)
class ComeToMeeting(MeetingEffect):
    """Somebody comes, with `people` in all, or waits where it is full; `said` is what the organiser gets to know."""

    meeting_id: int
    people: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeaveMeeting(MeetingEffect):
    """Somebody does not come after all, or waits no longer."""

    meeting_id: int


@dataclass(frozen=True, slots=True)
class SendItem(MeetingEffect):
    """Something for a meeting's agenda. Goes with the case made in this very turn, where a person reads it first."""

    meeting_id: int
    words: str


@dataclass(frozen=True, slots=True)
class FollowMeetings(MeetingEffect):
    """Somebody wants to hear of the meetings of these networks, and of those no more; `name` for a sub-network they join."""

    networks: tuple[str, ...] = ()
    no_more: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class HandInPlan(MeetingEffect):
    """The action plan of a group of an open space, or a change of it; it is called to mind at the end of its `day`."""

    group_id: int
    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanWent(MeetingEffect):
    """What became of a group's step: "done", "going" (with the next step and its day) or "ended"."""

    group_id: int
    how: str
    words: str = ""
    next: str = ""
    day: str | None = None


@dataclass(frozen=True, slots=True)
class AskPlanAgain(MeetingEffect):
    """Nobody may answer how a step went: this member is asked once more, later."""

    group_id: int


class IntroductionEffect(Effect):
    """Something about being brought together with others; `bot.introductions` writes it."""


@dataclass(frozen=True, slots=True)
class SeekOthers(IntroductionEffect):
    """Somebody wants to meet others, or changes what they have said: the answers of the flow that `kind` names."""

    kind: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeekAgain(IntroductionEffect):
    """Somebody who was left out, or did not answer, wants to be proposed again."""

    kind: str


@dataclass(frozen=True, slots=True)
class StopSeeking(IntroductionEffect):
    """Somebody does not want to any more; that also ends what they are in and has not been settled."""

    kind: str


@dataclass(frozen=True, slots=True)
class AnswerIntroduction(IntroductionEffect):
    """Somebody says yes (`said` has the `contact` that the others may have), no, or (`late`) has not answered in time."""

    introduction_id: int
    yes: bool
    said: Mapping[str, str] = field(default_factory=dict)
    late: bool = False


@dataclass(frozen=True, slots=True)
class PassOnToThem(IntroductionEffect):
    """Words from somebody to those whom they were brought together with."""

    introduction_id: int
    words: str


@dataclass(frozen=True, slots=True)
class HowItWent(IntroductionEffect):
    """What somebody says of it afterwards: "contact", "not_yet", "another" or "no" (`storage.tables`)."""

    introduction_id: int
    outcome: str


class HelpEffect(Effect):
    """Something about a request for help; `bot.errands` writes it."""


@dataclass(frozen=True, slots=True)
class AskForHelp(HelpEffect):
    """A request for help, with the case made in this very turn: an errand from `begins` to `ends`; `flexible`: the two may
    agree on another time. At `news` it is called to mind, if nobody has said yes. `first` is a volunteer asked before all."""

    answers: Mapping[str, Any]
    begins: datetime
    ends: datetime
    flexible: bool
    news: datetime
    first: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeHelp(HelpEffect):
    """The request is changed; whoever has it is told."""

    need_id: int
    answers: Mapping[str, Any]
    begins: datetime
    ends: datetime
    flexible: bool


@dataclass(frozen=True, slots=True)
class EndHelp(HelpEffect):
    """The request is over before its end: "cancelled" by whoever made it."""

    need_id: int
    how: str


@dataclass(frozen=True, slots=True)
class Helped(HelpEffect):
    """Whether it helped: "yes", "partly" or "no", with what is missing. `keep`: they would like the same helper again."""

    need_id: int
    how: str
    more: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class HelpLate(HelpEffect):
    """Nobody has said yes yet: staff are told again, it becomes more urgent, and is looked at again at `news`."""

    need_id: int
    news: datetime


@dataclass(frozen=True, slots=True)
class LookAgain(HelpEffect):
    """Whoever had said yes cannot: answered by `answer_by` once more, and called to mind at `news`."""

    need_id: int
    answer_by: datetime
    news: datetime


@dataclass(frozen=True, slots=True)
class OnTheWay(HelpEffect):
    """The helper has set out."""

    need_id: int


@dataclass(frozen=True, slots=True)
class ErrandDone(HelpEffect):
    """The helper says that it is done."""

    need_id: int


@dataclass(frozen=True, slots=True)
class LeaveErrand(HelpEffect):
    """The helper cannot after all."""

    need_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Again(HelpEffect):
    """The helper would help the same person again."""

    need_id: int


@dataclass(frozen=True, slots=True)
class PassOn(HelpEffect):
    """Words from one of the two to the other."""

    need_id: int
    words: str


class VolunteerEffect(Effect):
    """Something about an offer to help or a shift; `bot.volunteering` writes it. Makes `shift_result`, a sentence about
    what came of it, where a shift is concerned."""


@dataclass(frozen=True, slots=True)
class SaveVolunteer(VolunteerEffect):
    """Keep an offer to help, or change it: the answers of the flow `volunteer`."""

    offer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SetStanding(VolunteerEffect):
    """How a volunteer stands (`storage.tables.volunteers`); who has "left" has their offer taken away."""

    standing: str


@dataclass(frozen=True, slots=True)
class CreateNeed(VolunteerEffect):
    """A coordinator's new need: what it says (`storage.shifts.Need.need`), and its times as `bot.flows.read.times` reads
    them. Makes `need_link`."""

    need: Mapping[str, Any]
    area: str | None
    when: Mapping[str, Any]
    places: int
    priority: int


@dataclass(frozen=True, slots=True)
class TakeShift(VolunteerEffect):
    """Take a place of a shift, or stand by where it is full. `instead_of` is a signup of theirs that is given up for it."""

    shift_id: int
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerShift(VolunteerEffect):
    """Yes or no to a shift that somebody was asked for or offered; `late` when the time to answer has passed."""

    signup_id: int
    taken: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class GiveUpShift(VolunteerEffect):
    """Give up a shift, or stand by no longer, with a reason if there is one. `unconfirmed`: nobody said that they come."""

    signup_id: int
    reason: str = ""
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class HandOverShift(VolunteerEffect):
    """Let somebody else have the place as soon as anybody wants it; until then it stays theirs."""

    signup_id: int


@dataclass(frozen=True, slots=True)
class ConfirmShift(VolunteerEffect):
    """They come: said before the shift, or (`here`) on site."""

    signup_id: int
    here: bool = False


@dataclass(frozen=True, slots=True)
class ShiftDone(VolunteerEffect):
    """A shift is over, and whoever had a place came, or did not."""

    signup_id: int
    came: bool


class GoodsEffect(Effect):
    """Something about furniture that goes from one to another; `bot.goods` writes it."""


@dataclass(frozen=True, slots=True)
class PostGoods(GoodsEffect):
    """An "item" that somebody gives, or a "need", with the case made in this very turn. `said` are the flow's answers."""

    kind: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EndGoods(GoodsEffect):
    """Whoever gives or needs it does not any more."""

    good_id: int


@dataclass(frozen=True, slots=True)
class AnswerGoods(GoodsEffect):
    """Whoever needs something says whether they take what was found; `address` is for the driver alone."""

    pair_id: int
    taken: bool
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GiveAddress(GoodsEffect):
    """Whoever gives something says where it is fetched; for the driver alone."""

    pair_id: int
    address: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DriveGoods(GoodsEffect):
    """A volunteer drives furniture, or changes what they said of it; None: no more."""

    said: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class AnswerRun(GoodsEffect):
    """Yes or no to a run; `late` when the time to answer has passed."""

    run_id: int
    taken: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class LeaveRun(GoodsEffect):
    """The driver cannot after all."""

    run_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StopMade(GoodsEffect):
    """What came of a stop of the driver's own run: "done", "not_home" or "broken"."""

    run_id: int
    number: int
    how: str


@dataclass(frozen=True, slots=True)
class EraseAddress(GoodsEffect):
    """It is over, and where it was is known here no more."""

    good_id: int


@dataclass(frozen=True, slots=True)
class AnswerBroadcast(Effect):
    """What somebody pressed under a message to many: "help", "more", "not", "date", "flow", or "poll" and its number."""

    broadcast_id: int
    answer: str


class DialogueEffect(Effect):
    """Something about a dialogue that staff hold; `bot.dialogues` writes it. Makes `dialogue_result`, a sentence about it,
    where a place is concerned."""


@dataclass(frozen=True, slots=True)
class AnswerSurvey(DialogueEffect):
    """The answers to a dialogue's survey, given or changed. `name` only where they stand by them; `focus`: they want to talk
    about it in a smaller group, `hear`: to know what becomes of it."""

    dialogue_id: int
    answers: Mapping[str, Any]
    profile: Mapping[str, Any]
    name: str
    focus: bool
    hear: bool


@dataclass(frozen=True, slots=True)
class TakePlace(DialogueEffect):
    """Register for the meeting of a dialogue: a place, or one on the waiting list. `field` numbers the group's subject."""

    dialogue_id: int
    name: str
    field: int | None = None


@dataclass(frozen=True, slots=True)
class GiveUpPlace(DialogueEffect):
    """They do not come after all; whoever has waited longest gets the place."""

    dialogue_id: int


@dataclass(frozen=True, slots=True)
class AnswerFocus(DialogueEffect):
    """Yes or no to a seat in a focus group; after a no somebody like them is asked. `late`: no answer has come in time."""

    dialogue_id: int
    taken: bool
    name: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Vote(DialogueEffect):
    """The one vote in a quick poll, given or changed."""

    poll_id: int
    choice: int


@dataclass(frozen=True, slots=True)
class Propose(DialogueEffect):
    """A proposal, in their own words; `hear`: they want to know what becomes of it."""

    dialogue_id: int
    words: str
    hear: bool


class EnquiryEffect(Effect):
    """Something about a question to a role; `bot.enquiries` writes it. Makes `enquiry_result`, a sentence about it."""


@dataclass(frozen=True, slots=True)
class SendEnquiry(EnquiryEffect):
    """Send a question, in the person's own words, to a role; with a plan of theirs, if they want.

    `consent` is the version of the wording in which they agreed that it leaves the municipality, "" where it does not.
    `case_id`: one more question to whom they have asked before.
    """

    role: str
    question: str
    topic: str | None = None
    area: str | None = None
    matter: str | None = None
    plan_id: int | None = None
    consent: str = ""
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class RemindRole(EnquiryEffect):
    """Half the promised time has passed: write to the role once more."""

    case_id: int


@dataclass(frozen=True, slots=True)
class AskNext(EnquiryEffect):
    """The promised time has passed: ask `role` instead, or the coaches where there is none."""

    case_id: int
    role: str | None


@dataclass(frozen=True, slots=True)
class EnquirySettled(EnquiryEffect):
    """Whoever asked is content with the answer: the matter ends."""

    case_id: int


class ProjectEffect(Effect):
    """Something about a project; `bot.projects` writes it. Whoever does not take part changes nothing."""


@dataclass(frozen=True, slots=True)
class AnswerProject(ProjectEffect):
    """Whoever was asked says yes, under a first name, or no. `public`: the owner wants everybody to see it."""

    project_id: int
    agreed: bool
    name: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True)
class JoinProject(ProjectEffect):
    """Somebody with an invitation takes part, under a first name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AskDriver(ProjectEffect):
    """Ask somebody who joined the idea it grew from to take part, by their interest."""

    project_id: int
    interest_id: int


@dataclass(frozen=True, slots=True)
class WriteInProject(ProjectEffect):
    """Write something down in it: a "note", a new "need", or a "file" (`ref` finds it, `words` are its name)."""

    project_id: int
    kind: str
    words: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class SetProjectDate(ProjectEffect):
    """A date for everybody who takes part; they are reminded the day before."""

    project_id: int
    what: str
    place: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallOffDate(ProjectEffect):
    project_id: int
    date_id: int


@dataclass(frozen=True, slots=True)
class ShowProject(ProjectEffect):
    """Let everybody see it, or nobody any more."""

    project_id: int
    public: bool


@dataclass(frozen=True, slots=True)
class LeaveProject(ProjectEffect):
    project_id: int


@dataclass(frozen=True, slots=True)
class OfferProject(ProjectEffect):
    """Ask a co-driver to become its owner."""

    project_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class TakeProject(ProjectEffect):
    """Whoever was asked becomes its owner, or does not."""

    project_id: int
    agreed: bool


@dataclass(frozen=True, slots=True)
class EndProject(ProjectEffect):
    """It is over: "ended", "anchored" (`whom` goes on with it) or "stopped", and what came of it."""

    project_id: int
    how: str
    outcome: str = ""
    whom: str = ""


class PartnershipEffect(Effect):
    """Something about the agreement or a partnership; `bot.partnerships` writes it."""


@dataclass(frozen=True, slots=True)
class SendSignature(PartnershipEffect):
    """An organisation wants to join the agreement; goes with the case made in this very turn."""

    organisation: str
    does: str
    listed: bool


@dataclass(frozen=True, slots=True)
class ListSignature(PartnershipEffect):
    """Whether the organisation stands in the public list."""

    signature_id: int
    listed: bool


@dataclass(frozen=True, slots=True)
class ChooseTalk(PartnershipEffect):
    """One of the proposed times of a talk, by its place among them; None: none of them fits, with words why."""

    talk_id: int
    chosen: int | None
    answer_by: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class AnswerPartnership(PartnershipEffect):
    """The association's answers to the survey of a follow-up."""

    follow_up_id: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SayWhatNext(PartnershipEffect):
    """What the association wants to come after a partnership: "again", "other" or "end", with words."""

    partnership_id: int
    next: str
    words: str = ""


# --- where a conversation stands -----------------------------------------------------------------------------------------


class Mode(StrEnum):
    """What is open in a frame: a step's question, or one of the engine's own."""

    STEP = "step"
    DOUBT = "doubt"
    """Is this what you mean? yes or no."""
    REVIEW = "review"
    CHANGE = "change"
    """Which answer shall be changed?"""
    CANCEL = "cancel"
    """Save it or throw it away?"""
    RESUME = "resume"
    """Go on with what was saved, or begin anew?"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One flow under way.

    `step` is the step that is open. `trail` lists the steps answered, for going back. `left` are steps skipped or left
    open. `drafts` are part answers by step; a sub-flow's are its answers so far. `doubt` is a value waiting for a yes.
    `misses` counts unreadable answers to the open question. `given` is what the flow was started with (a plan's id).
    `sub` names the step of the frame below whose answer this frame makes.
    """

    flow: str
    version: int
    step: str = ""
    mode: Mode = Mode.STEP
    answers: Mapping[str, Any] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()
    drafts: Mapping[str, Any] = field(default_factory=dict)
    doubt: Any = None
    misses: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)
    sub: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where one conversation stands. `frames` are flows under way, the last one talking; `saved` wait for later.

    `serial` numbers the open question: a button pressed under another number belongs to an earlier one. `child`: whoever
    writes has said that they are a child.
    """

    frames: tuple[Frame, ...] = ()
    saved: tuple[Frame, ...] = ()
    serial: int = 0
    child: bool = False

    @property
    def open(self) -> bool:
        """Whether a question is open."""
        return bool(self.frames)

    def of(self, flow: str) -> Frame | None:
        """Where a flow stands that is under way, or else saved; None when it is neither."""
        every = (*reversed(self.frames), *reversed(self.saved))
        return next((frame for frame in every if frame.flow == flow and not frame.sub), None)


@dataclass(frozen=True, slots=True)
class Turn:
    """One input and all it leads to. `said` is what a pressed button said, for the record and for the eye."""

    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    said: Text | None = None
