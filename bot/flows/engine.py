"""The conversation engine: (state, input, what is known) -> (state, replies, effects), and nothing else.

`advance` takes everything somebody can do. Whatever comes in, it leaves one open question or the end of the talk: never
an exception, never silence. `bot.flows.form` brings the same flows as one web form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from bot.flows import guarded
from bot.flows import path as paths
from bot.flows import state as states
from bot.flows.form import ABOUT, about, read_form, started_with
from bot.flows.model import (
    Card,
    ChildWrites,
    Choice,
    Doubt,
    Draft,
    Effect,
    Flow,
    Forget,
    Frame,
    Input,
    Known,
    MakeLink,
    Mode,
    NoLonger,
    NoticeShown,
    OpenCase,
    Press,
    Problem,
    Read,
    Reading,
    RememberLater,
    Reply,
    SetLocale,
    SetProtected,
    State,
    Step,
    Suggestion,
    TellOperator,
    Turn,
)
from bot.flows.moves import LABELS, Move, button, corrected, digressed, recognise
from bot.flows.plan import short_title
from bot.flows.promises import back_reply, back_words, human_words, late_words, notice_words
from bot.flows.questions import OPTIONS, RESUME, own_question, say, step_question
from bot.flows.read import one_choice
from bot.flows.read.agreeing import YES
from bot.flows.read.matching import names_of
from bot.flows.read.typed import bare, labels, words
from bot.i18n import Link, Made, Text, _, p_

SAVED_DAYS = 90
"""How long a saved talk is kept (languages-and-rights.md C3: own space, 90 days unless the person chose otherwise)."""

SAVED_KINDS = ("saved_reminder", "saved_expires")
"""What is promised about a saved talk."""

MOVES = frozenset(str(move) for move in Move)

COMMANDS: Mapping[str, str] = {
    "start": "start", "menu": "menu", "help": "menu", "language": "language", "coach": "coach", "mine": "mine",
    "privacy": "privacy", "mydata": "mydata", "forget": "forget", "stop": "stop", "idea": "idea",
    "premises": "premises", "grants": "grants", "contact": "contact", "volunteer": "volunteer", "needs": "needs",
    "help_me": "help_me", "ideas": "ideas", "actors": "actors", "meetings": "meetings", "meet_others": "meet_others", "friends": "friends", "families": "families",
    "phone_chats": "phone_chats", "furniture": "furniture",
}  # fmt: skip
"""Commands and the flows they begin. `/cancel` is a move."""


def advance(flows: Mapping[str, Flow], state: State, input: Input, known: Known) -> Turn:
    """Take one input and all it leads to.

    Raises:
        LookupWanted: A step asks something of storage; answer it and advance again from the same state.
    """
    talk = _Talk(flows, state, known)
    talk.take(input)
    return talk.turn()


class _Talk:
    """One turn in the making."""

    def __init__(self, flows: Mapping[str, Flow], state: State, known: Known) -> None:
        self.flows, self.known = flows, replace(known, flows=frozenset(flows))
        self._known_there = self.known, self.known.given, self.known  # see `_known`
        self.frames, self.saved = list(state.frames), list(state.saved)
        self.opened = state
        self.lead: list[Text] = []
        self.replies: list[Reply] = []
        self.effects: list[Effect] = []
        self.said: Text | None = None
        self.doubt_words: Text | None = None
        self.child = state.child
        self.quiet = False  # nothing about the open question changed: do not ask it again
        self.more = False  # show every move
        self.in_place = False  # change the question's message instead of sending it anew
        self.notice_due = known.facts.get("notice_version") != known.municipality.data_protection.notice_version

    # --- what came in ------------------------------------------------------------------------------------------------

    def take(self, input: Input) -> None:
        if self._tells_of_themselves(input):
            return
        if self._settle() and input.clock is None and input.command is None:
            return  # it was meant for a question that is asked no more
        if input.clock is not None:
            self._clock(input)
        elif (
            self.known.facts.get("first_contact")
            and not self.frames
            and input.command not in ("form", "moved", "handed_back")
        ):
            self._start("start", {"input": _remembered(input)})
        elif input.command == "moved":
            self._moved(states.load(input.data.get("here"), self.flows))
        elif input.command == "handed_back":
            self._handed_back(str(input.data.get("by", "")))
        elif input.command is not None:
            self._command(input.command, input.argument, input.fields)
        elif input.press is not None:
            self._press(input.press)
        else:
            self._said(input)

    def _tells_of_themselves(self, input: Input) -> bool:
        """Answer what somebody says of themselves, beside everything else; whether they said nothing more."""
        if self.known.facts.get("first_contact") and (self.frames or input.command != "form"):
            return False  # a language first: what they said is taken up then
        told = guarded.told(input, self.known, child=self.child)
        self.replies += told.replies
        self.effects += told.effects
        if told.protected:
            self.known = replace(self.known, facts={**self.known.facts, "protected": True})
        self.child = self.child or told.child
        if (told.child or told.protected) and self.frames and self._closed(self._root().flow):
            while self.frames and self._closed(closed := self._root().flow):
                self._take_off()
            self.replies.append(guarded.with_a_human(closed))
            return True
        return told.is_all

    def _closed(self, flow: str) -> bool:
        return guarded.closes(flow, self.known, child=self.child)

    def _first_answer(self, name: str, argument: str) -> Mapping[str, Any]:
        """What stands behind a command is the answer to its flow's first question, if that wants words."""
        steps = self.flows[name].steps
        busy = any(frame.flow == name for frame in (*self.frames, *self.saved))
        if not argument or busy or not steps or steps[0].read is None or steps[0].read.kind != "long_text":
            return {}
        return {"answers": {steps[0].name: argument}}

    def _is_first_question(self) -> bool:
        return bool(self.known.facts.get("first_contact")) and self._root().flow == "start"

    def _settle(self) -> bool:
        """An earlier version of a flow may have asked what is asked no more: go to what is asked now."""
        if not self.frames or self.frames[-1].mode is not Mode.STEP:
            return False
        step = self._step()
        if step is not None and step.read is not None:
            return False
        self._go_on()
        return True

    def _command(self, command: str, argument: str, fields: Mapping[str, str] | None) -> None:
        if command == "cancel":
            self._move(Move.CANCEL)
        elif command == "start" and argument:
            self._deep_link(argument)
        elif command == "bring":
            self._bring(argument)
        elif command == "form" and argument in self.flows and fields is not None:
            self._form(argument, fields)
        elif command == "language" and argument in self.known.offered:
            self._start("language", {"answers": {"language": argument}})
        elif command in COMMANDS and COMMANDS[command] in self.flows:
            self._start(COMMANDS[command], self._first_answer(COMMANDS[command], argument))
        else:
            self.lead.append(_("I don't know that command. Here is what I can do."))
            self._start("menu")

    def _form(self, name: str, fields: Mapping[str, str]) -> None:
        """A whole flow filled in on the web: the same answers, the same end.

        It takes the place of one half-way or saved, which it was shown with: a form that changes a plan changes that one.
        """
        if self._closed(name):
            self.replies.append(guarded.with_a_human(name))
            return
        begun = self._shown_with(name, fields.get(ABOUT))
        given = {key: value for key, value in begun.given.items() if key != "saved"}
        flow = self.flows[name]
        filled = read_form(flow, fields, replace(self.known, given=given), begun.answers)
        if not filled.whole:
            self.lead.append(_("Something in the form still needs an answer."))
            return
        if begun not in self.saved:
            self._put_below(name)
        elif paths.holds(flow, self._so_far(begun), filled.answers):
            self._let_go(begun, "sent as a form")
        self._drop_passing()
        self.frames.append(Frame(name, flow.version, answers=filled.answers, left=filled.left, given=given))
        if flow.personal and self.notice_due:
            self.effects.append(NoticeShown(self.known.municipality.data_protection.notice_version))
            self.notice_due = False
        self._finish()

    def _shown_with(self, name: str, shown: str | None) -> Frame:
        """The talk a form was shown with, by `form.about`; without that, the one under way, or else saved."""
        every = [*reversed(self.frames), *reversed(self.saved)]
        fitting = (each for each in every if each.flow == name and not each.sub and shown in (None, about(each.given)))
        return next(fitting, None) or Frame(name, self.flows[name].version, given=started_with(shown or ""))

    def _bring(self, code: str) -> None:
        """Ask before two conversations become one: the link may be somebody else's, who would then read all of it."""
        words = _(
            "You have a conversation with me here already. If I bring the two together, everything you have said here can "
            "also be read in the place that the link comes from. Go on only if you made the link yourself."
        )
        # TRANSLATORS: a button, at most 30 characters.
        yes = Choice(f"b:{code.partition('_')[2]}", p_("move", "Yes, bring them together"))
        self.replies.append(Reply(words=(words,), choices=(yes,), serial=0))
        self.quiet = True

    def _moved(self, here: State) -> None:
        """The conversation has come here from another place. What was talked of here is saved in it."""
        self.child = self.child or here.child
        if self.known.facts.get("protected"):
            self.effects.append(SetProtected(True))  # for what the one conversation brings that was not
        self.lead.append(_("Here we go on. Everything you have told me is with us."))
        if here.serial:  # a button that stands here already must not answer a question of the other talk
            self.opened = State(serial=max(self.opened.serial, here.serial))
        talk = _Talk(self.flows, here, self.known)
        begun: list[Frame] = []
        while talk.frames:
            begun.append(talk._folded())
            talk._take_off()
        begun = [each for each in begun if not self.flows[each.flow].passing and (each.answers or each.drafts)]
        for each in (*here.saved, *reversed(begun)):
            until = self._keep(each)
        if here.saved or begun:
            self.lead.append(_("What you had begun in this place is saved until {day}.", day=until))
        if not self.frames:
            self._start("menu")

    def _handed_back(self, name: str) -> None:
        """A human has had the conversation. It goes on at the exact step, after a word on where that was."""
        if not self.frames:
            self.replies.append(back_reply(name))
            return
        self.lead.append(back_words(name))
        root = self._root()
        if not self.flows[root.flow].passing:
            title = self.flows[root.flow].title
            if self._said_so_far():
                self.lead.append(
                    _("We were in “{title}”. All you have answered is kept. This was the question:", title=title)
                )
            else:
                self.lead.append(_("We were in “{title}”. This was the question:", title=title))

    def _deep_link(self, argument: str) -> None:
        """`?start=<flow>`, `need_<id>`, `post_<id>`, `area_<number>`, `dialogues`, `dialogue_<id>`, `meeting_<id>`, or a code that `bot.flows.code` or `project_join` takes. A poster's `ref_…` leads to the menu."""
        flow = self.flows.get(argument)
        inner = {step.flow.name for each in self.flows.values() for step in each.steps if step.flow}
        if flow is not None and not flow.passing and not flow.needs_subject and argument not in inner:
            self._start(argument)
        elif argument.startswith(("join_", "move_", "restore_")):
            self._start("code", {"code": argument})
        elif argument.startswith("project_") and "project_join" in self.flows:
            self._start("project_join", {"code": argument})
        elif (need := argument.removeprefix("need_")) != argument and need.isdecimal() and "needs" in self.flows:
            self._start("needs", {"need": int(need[:9])})
        elif (post := argument.removeprefix("post_")) != argument and post.isdecimal() and "posted" in self.flows:
            self._start("posted", {"subject": int(post[:9])})
        elif argument == "dialogues" and argument in self.flows:
            self._start(argument)
        elif (
            (number := argument.removeprefix("dialogue_")) != argument
            and number.isdecimal()
            and "dialogue" in self.flows
        ):
            self._start("dialogue", {"subject": int(number[:9])})
        elif (one := argument.removeprefix("meeting_")) != argument and one.isdecimal() and "one_meeting" in self.flows:
            self._start("one_meeting", {"subject": int(one[:9])})
        elif (area := argument.removeprefix("area_")) != argument and area.isdecimal() and "area" in self.flows:
            self._start("area", {"subject": int(area[:10])})
        else:
            self._start("menu")

    def _press(self, press: Press) -> None:
        kind, _colon, id = press.choice.partition(":")
        self.said = self._label(press)
        if press.serial == 0:
            self._lasting_button(kind, id)
        elif press.serial != self.opened.serial or not self.frames:
            self._stale()
        elif kind == "m" and id in MOVES:
            self._move(Move(id))
        elif kind == "s":
            self._suggested(id)
        else:
            self._answer(Input(press=Press(press.serial, id)))

    def _label(self, press: Press) -> Text | None:
        """What stood on the button."""
        kind, _colon, id = press.choice.partition(":")
        if press.serial == 0:
            name, _colon, subject = id.partition(":")
            if kind == "m" and id in MOVES:
                return LABELS[Move(id)]
            flow = self.flows.get(name)
            return flow.parts.get(subject.partition("-")[2], flow.title) if flow is not None else None
        if press.serial != self.opened.serial or not self.frames:
            return None
        question = self._question()
        offered = (*question.choices, *question.moves, *(button(move) for move in Move))
        return next((each.label for each in offered if each.id == press.choice), None)

    def _lasting_button(self, kind: str, id: str) -> None:
        """Buttons that stay valid for ever: they begin something, and never answer a question."""
        if kind == "f" and id.partition(":")[0] in self.flows:
            name, _colon, thing = id.partition(":")
            subject, _dash, part = thing.partition("-")
            given = {"subject": int(subject)} if subject.isdecimal() else {}
            self._start(name, given | ({"part": part} if part else {}))
        elif kind == "m" and id in (Move.RESUME, Move.HUMAN, Move.MENU, Move.SAVE):
            self._move(Move(id))
        else:
            self._stale()

    def _stale(self) -> None:
        if self.frames:
            self.replies.append(Reply(words=(_("That button belongs to an earlier question."),), toast=True))
            self.quiet = True
        else:
            self.lead.append(_("That talk is finished. What would you like to do now?"))
            self._start("menu")

    def _said(self, input: Input) -> None:
        if not self.frames:
            self._push("menu")
        text = input.text if input.file is None else None
        suggestion = self._typed_suggestion(text) if text is not None else None
        if suggestion is not None:
            self._suggested(suggestion)
            return
        if text is not None and not self._is_a_choice(text):
            move = recognise(text, self.known.locale)
            if move is not None:
                self._move(move)
                return
            if self._correct(text) or self._digress(text):
                return
        self._answer(input)

    def _typed_suggestion(self, text: str) -> str | None:
        """The suggestion whose button's words somebody wrote, or which they said yes to."""
        step = self._step()
        if self.frames[-1].mode is not Mode.STEP or step is None or step.suggest is None:
            return None
        offered, said, locale = step.suggest(self._answers(), self._known()), bare(text), self.known.locale

        def takes(each: Suggestion) -> bool:
            agrees = (*((YES,) if each.by_yes else ()), *((each.also,) if each.also else ()))
            return said in labels(each.label, locale) or any(said in words(listed, locale) for listed in agrees)

        return next((each.id for each in offered if takes(each)), None)

    def _is_a_choice(self, text: str) -> bool:
        """Whether the text is word for word one of the answers on offer: then it is no move."""
        said = bare(text)
        return any(said in names for names in names_of(self._choices(), self.known.locale).values())

    def _clock(self, input: Input) -> None:
        self.quiet = True
        number = input.data.get("saved")
        saved = next((frame for frame in self.saved if frame.given.get("saved") == number), None)
        if saved is None:
            return
        title = self.flows[saved.flow].title
        if input.clock == "saved_expires":
            self.saved.remove(saved)
            words = _(
                "What you saved under “{title}” has now been removed, as I said. You are welcome to begin again.",
                title=title,
            )
            self.replies.append(Reply(words=(words,), choices=(Choice(f"f:{saved.flow}", title),), serial=0))
        else:
            words = _("You saved something under “{title}”. I keep it until {day}. Do you want to go on?", title=title,
                      day=self.known.today + timedelta(days=input.data.get("days_left", 7)))  # fmt: skip
            self.replies.append(Reply(words=(words,), choices=(button(Move.RESUME),), serial=0))

    # --- moves -------------------------------------------------------------------------------------------------------

    def _move(self, move: Move) -> None:
        if move is Move.MENU:
            self._start("menu")
        elif move is Move.LANGUAGE:
            self._start("language")
        elif move is Move.HUMAN:
            self._human()
        elif move is Move.RESUME:
            self._resume()
        elif not self.frames:
            self.lead.append(_("Nothing is under way right now."))
            self._start("menu")
        elif self.frames[-1].mode is Mode.RESUME and move in (Move.SAVE, Move.CANCEL, Move.BACK):
            self._drop(self._root())
            self.lead.append(_("All right. What you saved is still there."))
        else:
            getattr(self, f"_move_{move}")()

    def _move_back(self) -> None:
        frame = self.frames[-1]
        if frame.mode is Mode.REVIEW:
            self._move_change()
        elif frame.mode is not Mode.STEP:
            self._set(mode=Mode.STEP, doubt=None)
            if not frame.step:
                self._go_on()
        elif frame.trail:
            self._set(trail=frame.trail[:-1])
            self._open((frame.trail[-1],), back=True)
        elif frame.sub:
            self._fold_sub()
            self._move_back()
        else:
            self.lead.append(_("This is the first question."))

    def _move_skip(self) -> None:
        self._leave(_("All right, we skip that."))

    def _move_unknown(self) -> None:
        self._leave(_("That is fine. We leave it open, and you can add it later."))

    def _move_keep(self) -> None:
        self._leave(_("All right, it stays as it is."), keep=True)

    def _leave(self, words: Text, *, keep: bool = False) -> None:
        frame, step = self.frames[-1], self._step()
        if step is not None and step.read is not None and frame.mode is Mode.STEP and frame.drafts.get(step.name):
            closed = step.read.read(Input(press=Press(0, "done")), self._known(), frame.drafts[step.name])
            if isinstance(closed, Read):  # what was written or ticked so far counts
                self._take_reading(closed, pressed=True)
                return
        if frame.mode is Mode.DOUBT:
            self._set(mode=Mode.STEP, doubt=None)
        if step is None or frame.mode not in (Mode.STEP, Mode.DOUBT):
            self.lead.append(_("Please choose one of these."))
        elif step.must:
            self.lead.append(_("I need an answer to this to go on. You can also stop here, or talk to a human."))
        else:
            if not keep:
                answers = {name: answer for name, answer in frame.answers.items() if name != step.name}
                self._set(answers=answers, left=(*(name for name in frame.left if name != step.name), step.name))
            self.lead.append(words)
            self._answered()

    def _move_example(self) -> None:
        step = self._step()
        if step and step.example:
            self.lead.append(_("For example: {example}", example=say(step.example, self._answers(), self.known)))
        else:
            self.lead.append(_("I have no example for this question."))

    def _move_why(self) -> None:
        step = self._step()
        usual = _("I ask so that we can go on with what you want to do.")
        self.lead.append(say(step.why, self._answers(), self._known()) if step and step.why else usual)

    def _move_repeat(self) -> None:
        pass  # the question is asked again anyway

    def _move_more(self) -> None:
        self.more = self.in_place = True

    def _move_save(self) -> None:
        root = self._folded()
        flow = self.flows[root.flow]
        if flow.passing:
            self._drop(root)
            self.lead.append(_("There is nothing to save here."))
            return
        self._drop(root)
        until = self._keep(root)
        words = _("Saved. I keep it until {day}. Nobody else reads it. Come back whenever you like.", day=until)
        self.replies.append(Reply(words=(words,), choices=(button(Move.RESUME),), serial=0))

    def _keep(self, root: Frame) -> date:
        """Put a folded flow aside, to be reminded of and let go in time; the last day it is kept."""
        taken = {frame.given.get("saved") for frame in self.saved}
        number = next(number for number in count(self.opened.serial, -1) if number not in taken)
        given = {**root.given, "saved": number}
        self.saved.append(replace(root, mode=Mode.STEP, misses=0, given=given))
        until = self.known.today + timedelta(days=SAVED_DAYS)
        for kind, days in zip(SAVED_KINDS, (SAVED_DAYS - 7, SAVED_DAYS), strict=True):
            data = {"flow": root.flow, "saved": number, "days_left": SAVED_DAYS - days}
            at = self.known.now + timedelta(days=days)
            self.effects.append(RememberLater(kind, f"{kind}:{root.flow}:{number}", at, data))
        return until

    def _move_change(self) -> None:
        if self._said_so_far():
            self._set(mode=Mode.CHANGE, misses=0)
        else:
            self.lead.append(_("There is no earlier answer to change yet."))

    def _move_cancel(self) -> None:
        root = self._root()
        if self.flows[root.flow].passing or not (root.answers or root.drafts or self.frames[-1].answers):
            self._drop(root)
            self.lead.append(_("All right, we stop here. Nothing was saved."))
        else:
            self._set(mode=Mode.CANCEL, misses=0)

    def _human(self) -> None:
        """Open a case with everything said so far. Says when somebody answers, and claims nobody who is not there."""
        waiting = self.known.facts.get("case_answer_by")
        if waiting is not None and waiting <= self.known.now:
            self.lead.append(late_words())
            self.effects.append(TellOperator("coach", late=True))
        elif waiting is not None:
            self.lead.append(
                _("A person already has your question. You get an answer here by {time} at the latest.", time=waiting)
            )
        else:
            if not self.frames:
                self._start("coach")
                return
            root = self._folded()
            answer_by = self.known.municipality.answer_by(self.known.now)
            self.effects.append(OpenCase("coach", answer_by, root.flow, self._so_far(root)))
            self.lead.append(human_words(self.known))
        if not self.known.facts.get("reachable") and all(frame.flow != "reach" for frame in self.frames):
            self._push("reach")
        elif self.frames:
            self.lead.append(_("We can go on meanwhile, if you like."))

    def _resume(self) -> None:
        if self.frames and self.frames[-1].mode is Mode.RESUME:
            self._own_resume("resume")
            return
        if self.frames and not self.flows[self._root().flow].passing:
            self.lead.append(_("We are in the middle of this. Here is where we were."))
            return
        if not self.saved:
            self.lead.append(_("You have nothing saved."))
            self._start("menu")
            return
        self._drop_passing()
        self._unsave(self.saved[-1])

    def _let_go(self, frame: Frame, reason: str) -> None:
        """Take a saved talk out, and what was promised about it back."""
        self.saved.remove(frame)
        number = frame.given.get("saved")
        self.effects += [NoLonger(f"{kind}:{frame.flow}:{number}", reason) for kind in SAVED_KINDS]

    def _unsave(self, frame: Frame) -> None:
        self._let_go(frame, "resumed")
        given = {name: value for name, value in frame.given.items() if name != "saved"}
        self.frames.append(replace(frame, mode=Mode.STEP, given=given))
        self.lead.append(_("Welcome back. We go on where you were."))
        self._go_on()

    # --- corrections ---------------------------------------------------------------------------------------------------

    def _correct(self, text: str) -> bool:
        """Take "no wait, it should be 30 people" to the one answer it can mean. False when it is no correction."""
        rest = corrected(text, self.known.locale)
        if rest is None or self.frames[-1].mode not in (Mode.STEP, Mode.REVIEW, Mode.CHANGE):
            return False
        places: list[tuple[tuple[str, ...], Step, Any]] = []
        open_step = self._step() if self.frames[-1].mode is Mode.STEP else None
        if open_step and open_step.read and open_step.name not in self.frames[-1].answers:
            value = open_step.read.spot(rest, self.known)
            if value is not None:
                self._answer(Input(text=rest))
                return True
        for path, step, old in self._said_so_far():
            assert step.read is not None
            value = step.read.spot(rest, self.known)
            if value is not None:
                places.append((path, step, step.read.merged(old, value)))
        if len(places) == 1:
            path, step, value = places[0]
            assert step.read is not None
            problem = step.check(value, self._answers(), self.known) if step.check else None
            if problem is None:
                self._set_at(path, value)
                self.lead.append(
                    _("Changed. {label}: {answer}", label=step.label, answer=step.read.show(value, self.known))
                )
                return True
        if not places:
            return False
        self.lead.append(_("Which answer do you mean? Choose it and then write the new one."))
        self._set(mode=Mode.CHANGE, misses=0)
        return True

    def _digress(self, text: str) -> bool:
        """Take "by the way, do you have rooms too?" aside: the open question waits. False when it is no such thing."""
        rest = digressed(text, self.known.locale)
        if rest is None or self.flows[self._root().flow].passing or self.frames[-1].mode is not Mode.STEP:
            return False
        self._start("wish", {"said": rest})
        return True

    def _wished(self, text: str) -> bool:
        """Go where a sentence clearly asks to, instead of saying that it is none of the buttons of a place that is passed
        through. False where it is no such place, or not clear."""
        wish = self.flows.get("wish")
        if wish is None or wish.begin is None or len(text.split()) < 2:
            return False
        if not self.flows[self._root().flow].passing or self._is_first_question():
            return False
        given = {"said": text}
        if not wish.begin(given, self.known):
            return False
        self._start("wish", given)
        return True

    # --- answers -----------------------------------------------------------------------------------------------------

    def _answer(self, input: Input) -> None:
        if not self.frames:
            self._push("menu")
        frame, step = self.frames[-1], self._step()
        if frame.mode is not Mode.STEP:
            self._own_answer(input)
            return
        assert step is not None and step.read is not None
        reading = step.read.read(input, self._known(), frame.drafts.get(step.name))
        if isinstance(reading, Read | Doubt) and step.check:
            reading = step.check(reading.value, self._answers(), self._known()) or reading
        if isinstance(reading, Problem) and input.text and self._wished(input.text):
            return
        self._take_reading(reading, pressed=input.press is not None)

    def _suggested(self, id: str) -> None:
        step = self._step()
        offered = step.suggest(self._answers(), self._known()) if step and step.suggest else ()
        value = next((each.value for each in offered if each.id == id), None)
        if value is None:
            self._stale()
        else:
            self._take_reading(Read(value), pressed=True)

    def _take_reading(self, reading: Reading, *, pressed: bool) -> None:
        frame, step = self.frames[-1], self._step()
        assert step is not None
        match reading:
            case Read(value, note):
                if note is not None:
                    self.lead.append(note)
                self._set(answers=self._with_filled(step, value))
                self._answered()
            case Doubt(value, question):
                self._set(mode=Mode.DOUBT, doubt={"value": value}, misses=0)
                self.doubt_words = question
            case Draft(value, note):
                if note is not None:
                    self.lead.append(note)
                self._set(drafts={**frame.drafts, step.name: value}, misses=0)
                self.in_place = pressed
            case Problem():
                self._missed(reading, step)

    def _with_filled(self, step: Step, value: Any) -> dict[str, Any]:
        """The answers with this one, and what else it says where nothing was said before."""
        filled = step.fills(value, self._known()) if step.fills else {}
        return {**filled, **self.frames[-1].answers, step.name: value}

    def _missed(self, problem: Problem, step: Step | None) -> None:
        """The first time say what was not understood; the second help in another way; the third offer ways around."""
        misses = self.frames[-1].misses + 1
        self._set(misses=misses)
        if misses == 1:
            self.lead.append(problem.words)
        elif misses == 2:
            self.lead.append(problem.again or problem.words)
            if step and step.example:
                self._move_example()
        elif step is not None and step.must:
            self.lead.append(_("We do not seem to understand each other here. A human can help you, or you can stop."))
            self.more = True
        else:
            self.lead.append(
                _("We do not seem to understand each other here. You can skip this question, or a human can help you.")
            )
            self.more = True

    def _answered(self) -> None:
        """The open step is done: tidy up after it and go to the next."""
        frame = self.frames[-1]
        self._set(
            mode=Mode.STEP,
            doubt=None,
            misses=0,
            trail=(*(name for name in frame.trail if name != frame.step), frame.step),
            drafts={name: draft for name, draft in frame.drafts.items() if name != frame.step},
            left=tuple(name for name in frame.left if name not in frame.answers),
        )
        self._go_on()

    def _own_answer(self, input: Input) -> None:
        """An answer to one of the engine's own questions."""
        frame = self.frames[-1]
        choices = self._choices()
        reading = one_choice(choices).read(input, self.known)
        if isinstance(reading, Read):
            getattr(self, f"_own_{frame.mode}")(reading.value)
        elif frame.mode is Mode.DOUBT and input.text is not None:
            # Somebody who writes a new answer instead of yes or no means: no, this.
            self._set(mode=Mode.STEP, doubt=None)
            self._answer(input)
        elif isinstance(reading, Problem):
            self._missed(reading, None)
        else:
            self._missed(Problem(_("Please choose one of these.")), None)

    def _own_doubt(self, choice: str) -> None:
        frame = self.frames[-1]
        step = self._step()
        if choice == "yes" and step is not None:
            self._set(answers=self._with_filled(step, frame.doubt["value"]))
            self._answered()
        else:
            self._set(mode=Mode.STEP, doubt=None)
            self.lead.append(_("All right. Please write it once more."))

    def _own_review(self, choice: str) -> None:
        if choice == "yes":
            self._finish()
        else:
            self._move_change()

    def _own_change(self, choice: str) -> None:
        self._open(tuple(choice.split(".")))

    def _own_cancel(self, choice: str) -> None:
        if choice == "save":
            self._move_save()
        elif choice == "drop":
            root = self._root()
            self._drop(root)
            self.lead.append(_("All right, it is thrown away. You are welcome back with something else."))
        else:
            self._set(mode=Mode.STEP)
            self._go_on_if_closed()

    def _own_resume(self, choice: str) -> None:
        """`new`, `resume` (the one saved last), or the number of one among several."""
        name = self.frames.pop().flow
        kept = [frame for frame in self.saved if frame.flow == name]
        numbered = [frame for frame in kept if str(frame.given.get("saved")) == choice]
        chosen = numbered or (kept if choice == "resume" else [])
        if chosen:
            self._unsave(chosen[-1])
        else:
            self._push(name)

    # --- the stack of flows ----------------------------------------------------------------------------------------------

    def _start(self, name: str, given: Mapping[str, Any] = {}) -> None:
        """Begin a flow on top of what is under way; what is under way waits at its exact step."""
        self._drop_passing()
        if self.frames and self._is_first_question() and not self.flows[name].passing:
            self._set(given={"input": {"text": None, "command": "start", "argument": name}})
            self.lead.append(_("First choose a language, please. Then we go on with what you asked for."))
            return
        if self.known.channel == "telegram" and name in self.known.municipality.closed_on_telegram:
            self.effects.append(MakeLink("restore"))
            link = Link(_("Go on on the web"), Made("restore_link"))
            self.lead.append(_("We do not talk about this in Telegram. {link}", link=link))
            return
        if self._closed(name):
            self.replies.append(guarded.with_a_human(name))
            return
        if not given and self._lifted(name):
            self.lead.append(_("We are in the middle of this. Here is where we were."))
        elif not given and any(frame.flow == name for frame in self.saved):
            self.frames.append(Frame(name, self.flows[name].version, mode=Mode.RESUME))
        else:
            self._put_below(name)
            self._push(name, given)

    def _lifted(self, name: str) -> bool:
        """Bring a flow that waits below to the top, its sub-flows with it; whether there was one."""
        at = next((at for at, frame in enumerate(self.frames) if frame.flow == name and not frame.sub), None)
        if at is None:
            return False
        end = next((end for end in range(at + 1, len(self.frames)) if not self.frames[end].sub), len(self.frames))
        self.frames = [*self.frames[:at], *self.frames[end:], *self.frames[at:end]]
        return True

    def _put_below(self, name: str) -> None:
        """Begun again with something new, a flow already under way is saved rather than doubled."""
        if not self._lifted(name):
            return
        root = self._folded()
        self._take_off()
        if root.answers or root.drafts:
            self._keep(root)

    def _push(self, name: str, given: Mapping[str, Any] = {}) -> None:
        flow = self.flows[name]
        answers = flow.begin(given, self.known) if flow.begin else dict(given.get("answers", {}))
        rest = {key: value for key, value in given.items() if key != "answers"}
        left = tuple(each.name for each in flow.steps if each.name not in answers) if given.get("whole") else ()
        drafts = {} if given.get("whole") else _half(flow, answers, self.known)
        drafts |= {name: half.value for name, half in answers.items() if isinstance(half, Draft)}
        answers = {step: answer for step, answer in answers.items() if step not in drafts}
        self.frames.append(Frame(name, flow.version, answers=answers, left=left, drafts=drafts, given=rest))
        if flow.personal and self.notice_due:
            self.replies.append(Reply(words=notice_words(self.known)))
            self.effects.append(NoticeShown(self.known.municipality.data_protection.notice_version))
            self.notice_due = False
        if flow.intro is not None:
            self.lead.append(say(flow.intro, answers, self._known()))
        self._go_on()

    def _go_on(self) -> None:
        """Open the next question of the top flow, its review, or finish it."""
        frame = self.frames[-1]
        flow = self.flows[frame.flow]
        step = paths.pending(flow, frame, self._known())
        if step is not None:
            self._set(step=step.name, mode=Mode.STEP, misses=0)
            if step.flow is not None:
                self._enter_sub(step)
        elif frame.sub:
            self._finish_sub()
        elif flow.review:
            self._set(step="", mode=Mode.REVIEW, misses=0)
        else:
            self._finish()

    def _go_on_if_closed(self) -> None:
        if not self.frames[-1].step:
            self._go_on()

    def _enter_sub(self, step: Step) -> None:
        assert step.flow is not None
        parent = self.frames[-1]
        begun = parent.drafts.get(step.name) or {"answers": parent.answers.get(step.name, {})}
        self.frames.append(_unfolded(step, begun))
        self._go_on()

    def _finish_sub(self) -> None:
        done = self.frames.pop()
        answers = paths.in_force(self.flows[done.flow], done.answers)
        self._set(answers={**self.frames[-1].answers, done.sub: answers}, step=done.sub)
        self._answered()

    def _fold_sub(self) -> None:
        """Leave a sub-flow before its end: what was said in it is kept as its parent's draft."""
        done = self.frames.pop()
        parent = self.frames[-1]
        draft = {
            "answers": dict(done.answers),
            "left": list(done.left),
            "trail": list(done.trail),
            "drafts": dict(done.drafts),
        }
        self._set(drafts={**parent.drafts, done.sub: draft}, step=done.sub)

    def _folded(self) -> Frame:
        """The running flow as one frame, its sub-flows' answers among the drafts."""
        kept = list(self.frames)
        while self.frames[-1].sub:
            self._fold_sub()
        root = self.frames[-1]
        self.frames = kept
        return root

    def _finish(self) -> None:
        frame = self.frames[-1]
        flow = self.flows[frame.flow]
        ending = flow.finish(paths.in_force(flow, frame.answers), self._known())
        self.frames.pop()
        self.replies += self._with_lead(ending.replies)
        self.effects += [self._with_context(effect) for effect in ending.effects]
        for effect in ending.effects:
            if isinstance(effect, SetLocale):
                self.known = replace(self.known, locale=effect.locale)
            elif isinstance(effect, Forget):
                self.frames, self.saved = [], []
        if ending.then == "input":
            self.known = replace(self.known, facts={**self.known.facts, "first_contact": False})
            self.take(_recalled(ending.given["input"]))
        elif ending.then is not None:
            for name, given in ending.after:
                self._push(name, given)
            self._start(ending.then, ending.given)

    def _with_context(self, effect: Effect) -> Effect:
        """A question to a human takes along what is under way, so that nobody has to say it twice."""
        if not isinstance(effect, OpenCase) or effect.flow is not None or not self.frames:
            return effect
        root = self._folded()
        return replace(effect, flow=root.flow, answers=self._so_far(root))

    def _with_lead(self, replies: tuple[Reply, ...]) -> list[Reply]:
        """What was to be said before goes into the first of the replies that has words."""
        if not self.lead or not replies or replies[0].toast:
            return list(replies)
        first = replace(replies[0], words=(*self.lead, *replies[0].words))
        self.lead = []
        return [first, *replies[1:]]

    def _open(self, path: tuple[str, ...], *, back: bool = False) -> None:
        """Open an earlier step anew, also one inside a sub-flow; its answer stays until there is a new one."""
        while self.frames[-1].sub:
            if back and len(path) == 1 and self.flows[self.frames[-1].flow].step(path[0]):
                break
            self._fold_sub()
        frame = self.frames[-1]
        self._set(step=path[0], mode=Mode.STEP, misses=0, doubt=None)
        step = self.flows[frame.flow].step(path[0])
        assert step is not None
        if step.flow is None:
            self._begin_with_answer(step)
            return
        sub = _unfolded(step, frame.drafts.get(step.name) or {"answers": frame.answers.get(step.name, {})})
        inner = [each.name for each in paths.applicable(step.flow, sub.answers)]
        name = path[1] if len(path) > 1 else inner[-1 if back else 0]
        before = inner[: inner.index(name)] if name in inner else []
        self.frames.append(replace(sub, step=name, trail=tuple(each for each in before if each in sub.answers)))
        inner_step = self._step()
        if inner_step is not None:
            self._begin_with_answer(inner_step)

    def _begin_with_answer(self, step: Step) -> None:
        """A list that is changed begins with what is in it."""
        frame = self.frames[-1]
        answer = frame.answers.get(step.name)
        if step.read is not None and step.read.kind in ("rows", "many_choices") and isinstance(answer, list):
            self._set(drafts={**frame.drafts, step.name: answer})

    def _drop(self, root: Frame) -> None:
        """Take the running flow off; below it another may go on."""
        self._take_off()
        if self.frames:
            self.lead.append(_("Back to: {title}.", title=self.flows[self._root().flow].title))

    def _drop_passing(self) -> None:
        """Take passing flows off, but not the very first question to somebody new."""
        while self.frames and self.flows[self._root().flow].passing and not self._is_first_question():
            self._take_off()

    def _take_off(self) -> None:
        while self.frames[-1].sub:
            self.frames.pop()
        self.frames.pop()

    # --- looking -----------------------------------------------------------------------------------------------------

    def _root(self) -> Frame:
        return next(frame for frame in reversed(self.frames) if not frame.sub)

    def _step(self) -> Step | None:
        frame = self.frames[-1]
        return self.flows[frame.flow].step(frame.step)

    def _set(self, **changes: Any) -> None:
        self.frames[-1] = replace(self.frames[-1], **changes)

    def _answers(self) -> dict[str, Any]:
        """All that was said in the running flow, the innermost sub-flow's answers on top."""
        said: dict[str, Any] = {}
        for frame in self.frames[self.frames.index(self._root()) :]:
            said |= paths.in_force(self.flows[frame.flow], frame.answers)
        return said

    def _known(self) -> Known:
        """What is known, with what the running flow was started with; the same until either changes."""
        of, given, known = self._known_there
        if of is not self.known or given is not self._root().given:
            of, given = self.known, self._root().given
            known = replace(of, given=given)
            self._known_there = of, given, known
        return known

    def _said_so_far(self) -> list[tuple[tuple[str, ...], Step, Any]]:
        """The answers of the running flow that can be changed, by their path in it."""
        root = self._folded()
        return list(paths.answered(self.flows[root.flow], self._so_far(root)))

    def _changeable(self) -> list[tuple[tuple[str, ...], Step]]:
        """What can be changed: every answer, and every question that was passed by."""
        root = self._folded()
        flow, said = self.flows[root.flow], self._so_far(root)
        passed = paths.pending(flow, root, self._known())
        return list(paths.questions(flow, said, until=passed.name if passed else None))

    def _so_far(self, root: Frame) -> dict[str, Any]:
        """What a folded flow holds: its answers, and those of a sub-flow left half-way."""
        steps = {step.name: step for step in self.flows[root.flow].steps}
        half = {name: draft["answers"] for name, draft in root.drafts.items() if name in steps and steps[name].flow}
        return {**root.answers, **half}

    def _set_at(self, path: tuple[str, ...], value: Any) -> None:
        """Change an answer where it lies: in the root, in a finished sub-flow, or in the one under way."""
        at = self.frames.index(self._root())
        while len(path) > 1 and at + 1 < len(self.frames) and self.frames[at + 1].sub == path[0]:
            at, path = at + 1, path[1:]
        frame = self.frames[at]
        if len(path) > 1 and path[0] in frame.drafts:
            half = frame.drafts[path[0]]
            half = {**half, "answers": paths.with_answer(half["answers"], path[1:], value)}
            self.frames[at] = replace(frame, drafts={**frame.drafts, path[0]: half})
        else:
            self.frames[at] = replace(frame, answers=paths.with_answer(frame.answers, path, value))
        if self.frames[-1].mode is Mode.CHANGE:
            self._set(mode=Mode.STEP if self.frames[-1].step else Mode.REVIEW)

    def _choices(self) -> tuple[Choice, ...]:
        """What the open question can be answered with by a button."""
        frame, step = self.frames[-1], self._step()
        if frame.mode is Mode.CHANGE:
            return tuple(Choice(".".join(path), step.label) for path, step in self._changeable())
        kept = [each for each in self.saved if each.flow == frame.flow]
        if frame.mode is Mode.RESUME and len(kept) > 1:
            return (*(Choice(str(each.given.get("saved")), _gist(each)) for each in kept), RESUME[-1])
        if frame.mode in OPTIONS:
            return OPTIONS[frame.mode]
        if step is None or step.read is None:
            return ()
        return step.read.choices(self._known(), frame.drafts.get(step.name))

    # --- what goes out ---------------------------------------------------------------------------------------------------

    def turn(self) -> Turn:
        serial = self.opened.serial
        if not self.frames:
            if self.lead:
                self.replies.append(Reply(words=tuple(self.lead), choices=(button(Move.MENU),), serial=0))
        elif not self.quiet:
            if not self._same_question():
                serial += 1
            self._ask(serial)
        state = State(tuple(self.frames), tuple(self.saved), serial, self.child)
        new = self.effects or not self.opened.child  # what was opened just now is a child's too
        if self.child and new and not any(isinstance(each, Forget) for each in self.effects):
            self.effects.append(ChildWrites())
        return Turn(state, tuple(self.replies), tuple(self.effects), self.said)

    def _same_question(self) -> bool:
        if not self.opened.frames:
            return False
        was, now = self.opened.frames[-1], self.frames[-1]
        return (was.flow, was.step, was.mode, was.sub, was.given, len(self.opened.frames)) == (
            now.flow,
            now.step,
            now.mode,
            now.sub,
            now.given,
            len(self.frames),
        )

    def _ask(self, serial: int) -> None:
        question = self._question()
        card = self._card()
        if card is not None:
            self.replies.append(card)
        self.replies.append(
            replace(
                question,
                words=(*self.lead, *question.words),
                serial=serial,
                slot=f"question:{serial}",
                replaces=self.in_place and self._same_question(),
            )
        )

    def _question(self) -> Reply:
        frame, step, known = self.frames[-1], self._step(), self._known()
        flow = self.flows[frame.flow]
        match frame.mode:
            case Mode.STEP:
                assert step is not None
                return step_question(step, frame, self._answers(), known, progress=self._progress(), more=self.more)
            case Mode.DOUBT:
                assert step is not None and step.read is not None
                answer = step.read.show(frame.doubt["value"], known)
                words = self.doubt_words or _("I read it as: {answer}. Is that right?", answer=answer)
            case Mode.REVIEW:
                words = _("Is everything right?")
            case Mode.CHANGE:
                words = _("Which answer do you want to change?")
            case Mode.CANCEL:
                words = _("What shall happen with what you have told me so far?")
            case Mode.RESUME:
                words = _("You have saved “{title}”. Do you want to go on with it?", title=flow.title)
        question = own_question(frame, words, self._choices())
        if frame.mode is Mode.REVIEW and flow.card is not None:
            return replace(question, card=flow.card(self._so_far(self._folded()), known))
        return question

    def _card(self) -> Reply | None:
        """The plan as it grows, beside the question, once there is something to show."""
        root = self._root()
        flow = self.flows[root.flow]
        if flow.card is None or self.frames[-1].mode is Mode.REVIEW:
            return None
        card, before = flow.card(self._so_far(self._folded()), self._known()), self._card_before(flow)
        if len(card.rows) < 2 or card == before:
            return None
        slot = f"{'verdict' if flow.told else 'card'}:{root.flow}"
        return Reply(card=card, slot=slot, replaces=before is not None and len(before.rows) >= 2)

    def _card_before(self, flow: Flow) -> Card | None:
        """The card as it stood before this turn."""
        before = _Talk(self.flows, self.opened, self.known)
        if not before.frames or before._root().flow != flow.name or flow.card is None:
            return None
        return flow.card(before._so_far(before._folded()), self._known())

    def _progress(self) -> tuple[int, int] | None:
        """Which question of how many, counted in the running flow; a sub-flow is one."""
        root = self._root()
        steps = [step.name for step in paths.applicable(self.flows[root.flow], root.answers)]
        if self.flows[root.flow].order is not None or len(steps) < 3 or root.step not in steps:
            return None
        return steps.index(root.step) + 1, len(steps)


def _unfolded(step: Step, begun: Mapping[str, Any]) -> Frame:
    """A sub-flow's frame, going on from what was kept of it."""
    assert step.flow is not None
    return Frame(
        step.flow.name,
        step.flow.version,
        answers=dict(begun.get("answers", {})),
        left=tuple(begun.get("left", ())),
        trail=tuple(begun.get("trail", ())),
        drafts=dict(begun.get("drafts", {})),
        sub=step.name,
    )


def _half(flow: Flow, answers: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Drafts of the sub-flows that were given in part, so that only the rest is asked."""
    return {
        step.name: {"answers": answers[step.name]}
        for step in flow.steps
        if step.flow and step.name in answers
        and paths.pending(step.flow, Frame(step.flow.name, step.flow.version, answers=answers[step.name]), known)
    }  # fmt: skip


def _gist(frame: Frame) -> Text:
    """The first words that were said in a flow, to tell one from another."""
    said = next((answer for answer in frame.answers.values() if isinstance(answer, str)), "…")
    # TRANSLATORS: a button that holds nothing but the first words of a saved idea.
    return _("{words}", words=short_title(said))


def _remembered(input: Input) -> dict[str, Any]:
    """An input worth keeping while something else is settled: its text or command."""
    return {"text": input.text, "command": input.command, "argument": input.argument}


def _recalled(kept: Mapping[str, Any]) -> Input:
    return Input(**kept)
