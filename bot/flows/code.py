"""A code from a link: join somebody's plan, or bring a conversation over from another channel."""

from __future__ import annotations

from bot.flows.model import Answers, Ending, Flow, Known, Reply, UseCode
from bot.i18n import Made, _


def _finish(answers: Answers, known: Known) -> Ending:
    # TRANSLATORS: holds nothing but a sentence translated elsewhere.
    words = _("{result}", result=Made("code_result"))
    return Ending((Reply(words=(words,)),), (UseCode(known.given.get("code", "")),), then="menu")


CODE = Flow(name="code", title=_("Your code"), steps=(), finish=_finish, passing=True)
