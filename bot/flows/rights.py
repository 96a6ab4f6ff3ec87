"""What the law gives every person: to know, to see, to be forgotten, to be left in peace (languages-and-rights.md C1, C3)."""

from __future__ import annotations

from bot.flows.guarded import PROTECT, UNPROTECT
from bot.flows.model import Answers, Ending, Flow, Forget, Known, MakeLink, Reply, Step, Stop
from bot.flows.promises import notice_words
from bot.flows.read import yes_no
from bot.i18n import Link, Made, _


def _privacy(answers: Answers, known: Known) -> Ending:
    more = Link(_("Read everything about how your data is handled"), f"{known.facts.get('public_url', '')}/privacy")
    protected = UNPROTECT if known.facts.get("protected") else PROTECT
    return Ending((Reply(words=(*notice_words(known), _("{link}", link=more)), choices=(protected,), serial=0),))


def _mydata(answers: Answers, known: Known) -> Ending:
    found = known.lookup("my_data")
    words = _("This is what we have of yours. Messages: {messages}. Plans: {plans}. Questions to a human: {cases}. "
              "Consents: {consents}. The oldest is from {day}.",
              messages=found["messages"], plans=found["plans"], cases=found["cases"], consents=found["consents"],
              day=found["since"])  # fmt: skip
    # TRANSLATORS: a link to a page with everything, and a file to save.
    page = _("Everything about me")
    everything = _("See all of it, and save it: {link}", link=Link(page, Made("mydata_link")))
    return Ending((Reply(words=(words, everything), private=True),), (MakeLink("mydata"),))


def _stop(answers: Answers, known: Known) -> Ending:
    words = _(
        "You get no more messages from us that you have not asked for. Write here whenever you like, and I answer."
    )
    news = (_("That goes for news too: nothing more comes, and nothing of what was on its way."),)
    return Ending((Reply(words=(words, *(news if known.facts.get("listens") else ()))),), (Stop(),))


def _forget(answers: Answers, known: Known) -> Ending:
    if not answers["sure"]:
        return Ending((Reply(words=(_("All right. Everything stays as it was."),)),))
    # TRANSLATORS: holds nothing but sentences translated elsewhere.
    return Ending((Reply(words=(_("{receipt}", receipt=Made("receipt")),)),), (Forget(),))


PRIVACY = Flow("privacy", _("What we know about you"), (), _privacy, personal=False, passing=True)

MYDATA = Flow("mydata", _("My data"), (), _mydata, personal=False, passing=True)

STOP = Flow("stop", _("No more messages"), (), _stop, personal=False, passing=True)

FORGET = Flow(
    name="forget",
    title=_("Forget me"),
    steps=(
        Step(
            "sure",
            prompt=_(
                "Do you want us to forget you? We then stop all contact, and remove your drafts, your name and your addresses. "
                "What you have sent us may be public documents. Those we may not destroy, but your name is taken away from "
                "them. We cannot undo this."
            ),
            label=_("Forget me"),
            read=yes_no(),
            why=_("Because it cannot be undone."),
            must=True,
        ),
    ),
    finish=_forget,
    personal=False,
    passing=True,
)
