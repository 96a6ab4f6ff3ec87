"""The words and buttons of one open question."""

from __future__ import annotations

from bot.flows.model import Answers, Ask, Choice, Frame, Known, Mode, Reply, Step, Words
from bot.flows.moves import LABELS, Move, button
from bot.i18n import Text, _, p_

YES = Choice("yes", p_("answer", "Yes"))
NO = Choice("no", p_("answer", "No"))

# TRANSLATORS: buttons, at most 30 characters each.
REVIEW = (Choice("yes", p_("review", "Yes, this is right")), Choice("no", p_("review", "Change something")))
CANCEL = (
    Choice("save", p_("cancel", "Save it for later")),
    Choice("drop", p_("cancel", "Throw it away")),
    Choice("on", p_("cancel", "Go on")),
)
RESUME = (Choice("resume", p_("resume", "Go on where I was")), Choice("new", p_("resume", "Start a new one")))

OPTIONS = {Mode.DOUBT: (YES, NO), Mode.REVIEW: REVIEW, Mode.CANCEL: CANCEL, Mode.RESUME: RESUME}
"""What the engine's own questions can be answered with."""

ASKS = {"place": Ask.PLACE, "person": Ask.PERSON, "file": Ask.FILE}


def say(words: Words, answers: Answers, known: Known) -> Text:
    return words if isinstance(words, Text) else words(answers, known)


def step_question(
    step: Step, frame: Frame, answers: Answers, known: Known, *, progress: tuple[int, int] | None, more: bool
) -> Reply:
    """A step's question: its words, the answers on offer, and the moves that fit here."""
    assert step.read is not None
    draft = frame.drafts.get(step.name)
    words = [
        _("Write more, or press Done.") if draft and step.read.kind == "rows" else say(step.prompt, answers, known)
    ]
    if step.name in frame.answers:
        words.insert(0, _("You answered: {answer}", answer=step.read.show(frame.answers[step.name], known)))
    suggested = step.suggest(answers, known) if step.suggest else ()
    offered = (*(Choice(f"s:{each.id}", each.label) for each in suggested), *_prefixed(step.read.choices(known, draft)))
    moves = _moves(step, frame, more)
    return Reply(
        words=tuple(words),
        choices=offered,
        moves=tuple(each for each in moves if each.id != f"m:{Move.HUMAN}" or frame.flow != "menu"),
        progress=progress,
        ask=ASKS.get(step.read.kind, Ask.TEXT),
    )


def own_question(frame: Frame, words: Text, choices: tuple[Choice, ...]) -> Reply:
    """A question of the engine itself."""
    moves = () if frame.mode in (Mode.CANCEL, Mode.RESUME) else (button(Move.BACK), button(Move.HUMAN))
    return Reply(words=(words,), choices=_prefixed(choices), moves=moves, ask=Ask.TEXT)


def _prefixed(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(f"c:{each.id}", each.label, each.chosen, each.url) for each in choices)


def _moves(step: Step, frame: Frame, more: bool) -> tuple[Choice, ...]:
    """The likeliest first, back and a human always last; `more` shows all."""
    moves: list[Move] = []
    if step.name in frame.answers:
        moves.append(Move.KEEP)
    elif step.may_skip:
        moves.append(Move.SKIP)
    elif not step.must:
        moves.append(Move.UNKNOWN)
    if step.example:
        moves.append(Move.EXAMPLE)
    if more:
        moves += [Move.WHY] if step.why else []
        moves += [Move.CHANGE, Move.SAVE, Move.LANGUAGE, Move.REPEAT, Move.CANCEL]
    else:
        moves.append(Move.MORE)
    if frame.trail or frame.sub:
        moves.append(Move.BACK)
    moves.append(Move.HUMAN)
    return tuple(Choice(f"m:{move}", LABELS[move]) for move in moves)
