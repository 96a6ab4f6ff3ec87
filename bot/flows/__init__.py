"""Guided conversations: one flow is one readable file, and this is the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.flows import (
    application,
    board,
    booking,
    coach,
    code,
    contact,
    elsewhere,
    enquiry,
    figures,
    grants,
    handed_in,
    help_me,
    idea,
    influence,
    introduce,
    language,
    menu,
    mine,
    my_errand,
    networks,
    open_activity,
    partnership,
    plan_flow,
    premises,
    reach,
    rights,
    room,
    safety,
    start,
    wish,
)
from bot.flows.model import Flow

_ALL: tuple[Flow, ...] = (
    start.START,
    menu.MENU,
    wish.WISH,
    wish.ALSO,
    idea.IDEA,
    grants.GRANTS,
    grants.NEXT,
    application.APPLICATION,
    handed_in.MY_CASE,
    partnership.PARTNERSHIP,
    premises.PREMISES,
    room.ROOM,
    room.BOOK_ROOM,
    booking.BOOKING,
    booking.WAITING,
    booking.OFFER,
    influence.INFLUENCE,
    networks.NETWORKS,
    networks.NEXT,
    networks.JOINING,
    networks.MEETING_ASKED,
    networks.OBSTACLE_TOLD,
    figures.FIGURES,
    board.BOARD,
    board.BOARD_NEED,
    board.BOARD_OFFER,
    board.BOARD_PICK,
    board.BOARD_ANSWER,
    board.MY_POST,
    board.BOARD_REACHED,
    open_activity.OPEN_ACTIVITY,
    open_activity.WHATS_ON,
    help_me.HELP_ME,
    help_me.MY_HELP,
    help_me.HELPED_ME,
    my_errand.MY_ERRAND,
    my_errand.LEAVE_ERRAND,
    my_errand.AGAIN_ERRAND,
    my_errand.WRITE_TO,
    my_errand.REPORT_ERRAND,
    contact.CONTACT,
    enquiry.ENQUIRY,
    enquiry.MY_ENQUIRY,
    enquiry.THANKS,
    mine.MINE,
    plan_flow.PLAN,
    introduce.INTRODUCE,
    coach.COACH,
    reach.REACH,
    language.LANGUAGE,
    code.CODE,
    elsewhere.ELSEWHERE,
    safety.SAFETY,
    rights.PRIVACY,
    rights.MYDATA,
    rights.FORGET,
    rights.STOP,
)


def _with_subflows(flows: tuple[Flow, ...]) -> Iterator[Flow]:
    for flow in flows:
        yield flow
        yield from _with_subflows(tuple(step.flow for step in flow.steps if step.flow))


FLOWS: Mapping[str, Flow] = {flow.name: flow for flow in _with_subflows(_ALL)}
"""Every flow and sub-flow by name."""
