"""First contact: which language, that this is a machine, and then what the person came for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.flows.crisis import met_with
from bot.flows.language import choose_one, language_step
from bot.flows.model import Answers, Effect, Ending, Flow, Known, Reply, SetLocale
from bot.i18n import Text, _


def _finish(answers: Answers, known: Known) -> Ending:
    effects: tuple[Effect, ...] = ()
    if known.facts.get("first_contact"):
        effects = (SetLocale(answers["language"]),)
    said = known.given.get("input")
    again = said is None or (said["command"] == "start" and not said["argument"])
    then = ("menu", {}) if again else ("input", {"input": said})
    return Ending((Reply(words=(greeting(known), *met_with(known))),), effects, *then)


def greeting(known: Known) -> Text:
    """Who is talking: a machine, whose, and how to reach a human (languages-and-rights.md C5, AI act art. 50)."""
    return _(
        "Hi! I am the assistant of {lab} in {municipality}. I am a machine, not a human. I help you make a plan of an idea, "
        "step by step. You can always talk to a human: write /coach.",
        lab=known.municipality.lab or known.municipality.name,
        municipality=known.municipality.name,
    )


def _prompt(answers: Answers, known: Known) -> Text:
    return choose_one(known.offered)


def _begin(given: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {} if known.facts.get("first_contact") else {"language": known.locale}


START = Flow(
    name="start",
    title=_("Welcome"),
    steps=(language_step(_prompt),),
    begin=_begin,
    finish=_finish,
    personal=False,
    passing=True,
)
