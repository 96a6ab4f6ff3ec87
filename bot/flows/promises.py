"""What is said in more than one flow about what is kept and who answers when."""

from __future__ import annotations

from bot.flows.case_kinds import kind_of
from bot.flows.model import Choice, Known, Reply
from bot.i18n import Text, _, p_


def notice_words(known: Known) -> tuple[Text, ...]:
    """The short notice before the first personal question (GDPR art. 13; languages-and-rights.md C1).

    Somebody who has not been greeted (in Telegram everybody has) is told first that this is a machine.
    """
    notice = _(
        "{controller} is responsible for what you write here. We use it to help you with what you ask "
        "for. What you send can become a public document. You can see it with /mydata and ask us to forget you with "
        "/forget. More: /privacy. Please do not write identity numbers, or about illness or crimes.",
        controller=known.municipality.data_protection.controller or known.municipality.name,
    )
    if known.facts.get("notice_version") is not None or known.channel == "telegram":
        return (notice,)
    machine = _("Hi! I am a machine, not a human. You can always talk to a human: write /coach.")
    return machine, notice


def late_words() -> Text:
    """A promised time has passed without an answer."""
    return _(
        "We promised you an answer by now, and it has not come. I am sorry. I have reminded the municipality. "
        "You do not need to write again: your question is kept."
    )


def human_words(known: Known, kind: str = "coach") -> Text:
    """What happens now, and by when for this kind of case. Never claims that somebody is reading who is not.

    Where staff have said when they work, that decides who is there; else the municipality's open hours.
    """
    answer_by = kind_of(kind).answer_by(known.municipality, known.now)
    found = known.lookup("somebody_there", kind=kind) or {"there": known.municipality.is_open(known.now), "next": None}
    lab = known.municipality.lab or known.municipality.name
    if found["there"]:
        return _(
            "I have passed this on, with what you told me. A person from {lab} answers here by {time} at the latest.",
            lab=lab,
            time=answer_by,
        )
    if found["next"] is not None and found["next"] < answer_by:
        # TRANSLATORS: {next} and {time} are like "Tuesday 3 March 2026 at 09:00".
        return _(
            "Nobody is reading right now, but from {next} somebody is. I have passed this on, with what you told me. A "
            "person from {lab} answers here by {time} at the latest.",
            next=found["next"],
            lab=lab,
            time=answer_by,
        )
    return _(
        "Nobody is reading right now. I have passed this on, with what you told me. A person from {lab} answers here by "
        "{time} at the latest.",
        lab=lab,
        time=answer_by,
    )


def back_words(name: str = "") -> Text:
    """The machine answers again, below what a human has said (`name`, or somebody the resident did not see)."""
    if name:
        return _(
            "That was {name}. From here I, the machine, answer you again. You can write to a human at any time.",
            name=name,
        )
    return _("From here I, the machine, answer you again. You can write to a human at any time.")


def back_reply(name: str = "") -> Reply:
    """The same on its own, where nothing was under way."""
    return Reply(words=(back_words(name),), choices=(Choice("f:coach", p_("move", "Talk to a human")),), serial=0)
