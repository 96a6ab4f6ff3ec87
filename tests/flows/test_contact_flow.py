"""Only what decides who answers is asked; other flows begin this one with what they know, and it leads on to theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.flows import FLOWS
from bot.flows.contact import CONTACT
from bot.flows.engine import advance
from bot.flows.model import Ending, Flow, Input, Known, State, Turn
from bot.packs.load import load_municipality

EKERO = load_municipality("ekero")
FOUND = {"forwards()": [], "my_plans()": []}


def known(**changes: Any) -> Known:
    now = datetime(2026, 3, 2, 10, tzinfo=EKERO.zone)
    facts = {"notice_version": EKERO.data_protection.notice_version, "reachable": True}
    return replace(Known(now, "en", EKERO, ("en",), facts=facts, lookups=FOUND), **changes)


def begun(given: dict[str, Any], flows: dict[str, Flow] = dict(FLOWS)) -> State:  # noqa: B006 - never changed
    """Where the talk stands when another flow has begun this one."""
    start = Flow("from", CONTACT.title, (), lambda answers, known: Ending(then="contact", given=given), personal=False)
    turn = advance({**flows, "from": start}, State(), Input(command="start", argument="from"), known())
    return turn.state


def open_question(state: State) -> tuple[str, str]:
    return state.frames[-1].flow, state.frames[-1].step


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({}, ("contact", "about")),
        ({"topic": "roads"}, ("enquiry", "send")),
        ({"topic": "a path for bikes", "text": "Who cares for the bike path?"}, ("contact", "topic")),
        ({"topic": "cykelvägar", "text": "Vem sköter cykelvägarna?"}, ("enquiry", "send")),
        ({"topic": "integration"}, ("contact", "matter")),
        ({"topic": "integration", "matter": "join", "area": "Stenhamra"}, ("enquiry", "send")),
        ({"role": "coach", "text": "What now?"}, ("enquiry", "send")),
        ({"role": "nobody any more", "topic": "roads"}, ("enquiry", "send")),
    ],
)
def test_what_is_known_is_not_asked(given: dict[str, Any], question: tuple[str, str]) -> None:
    assert open_question(begun(given)) == question


def test_a_role_that_is_given_is_the_one_that_is_asked() -> None:
    given = begun({"role": "oar_utan_granser", "topic": "roads", "text": "What now?"}).frames[-1].given
    assert given == {"role": "oar_utan_granser", "topic": "roads", "text": "What now?", "because": "given"}


@pytest.mark.parametrize(
    ("given", "flow"),
    [
        ({"topic": "influence", "area": "Stenhamra"}, "influence"),
        ({"topic": "local", "area": "Stenhamra"}, "networks"),
        ({"topic": "integration", "matter": "proposal"}, "influence"),
    ],
)
def test_what_another_flow_helps_with_goes_there_with_all_that_is_known(given: dict[str, Any], flow: str) -> None:
    went: list[Any] = []

    def taken(answers: Any, known: Known) -> Ending:
        went.append(dict(known.given))
        return Ending()

    there = Flow(flow, CONTACT.title, (), taken, personal=False)
    begun({**given, "text": "How?"}, {**FLOWS, flow: there})
    assert went == [{**given, "text": "How?"}]
    assert open_question(begun({**given, "role": "coach"}, {**FLOWS, flow: there})) == ("enquiry", "send")


def test_as_a_form_it_leads_to_the_same_role() -> None:
    fields = {"about.value": "The bike path", "topic.suggestion": "roads", "matter.value": "question"}
    turn: Turn = advance(FLOWS, State(), Input(command="form", argument="contact", fields=fields), known())
    assert turn.state.frames[-1].given["role"] == "representant_teknik_miljo"
    assert turn.state.frames[-1].answers["question"] == "The bike path"
