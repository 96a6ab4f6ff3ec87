"""Who may open which page: one table for every address of the program. A page without a row is not served.

A test opens every address as everybody, and compares with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.flows.case_kinds import ROLES


@dataclass(frozen=True, slots=True)
class Right:
    """Who: `roles` in the municipality the page belongs to; None for everybody, signed in or not. Of cases, each role
    sees its own kinds (`bot.flows.case_kinds`).

    `thing` is what the address names: a "case", a "file" sent in one, "talk", "need", "meeting", "broadcast", "dialogue", "volunteer", "project", "partnership", "good" (furniture with a photo) or "level" (a change of it) of this municipality (another's is as if it
    were not there), or a member of "staff". `owner`: refused (409) while a colleague has the case. `proof`: the page asks for Telegram's
    own proof of who it is, and refuses (403) all others.
    """

    roles: frozenset[str] | None = None
    thing: str = ""
    owner: bool = False
    proof: bool = False


ANYBODY: Final = Right()
PROVEN: Final = Right(proof=True)
SIGNED_IN: Final = Right(frozenset(ROLES))
_ANSWERING = frozenset({"coach", "coordinator", "leader"})
ANSWERING: Final = Right(_ANSWERING)
CASE: Final = Right(_ANSWERING | {"contact"}, "case")
OWN_CASE: Final = Right(_ANSWERING | {"contact"}, "case", owner=True)
OWN_TALK: Final = Right(_ANSWERING, "case", owner=True)
LEADING: Final = Right(frozenset({"leader"}), "case")
SENT_FILE: Final = Right(_ANSWERING, "file")
WHOLE_CASE: Final = Right(_ANSWERING, "case")
TALK: Final = Right(_ANSWERING, "talk")
_COORDINATING = frozenset({"coordinator", "administrator"})
COORDINATING: Final = Right(_COORDINATING)
NEED: Final = Right(_COORDINATING, "need")
LEVEL: Final = Right(_COORDINATING, "level")
VOLUNTEER: Final = Right(_COORDINATING, "volunteer")
MEETING: Final = Right(_ANSWERING, "meeting")
PROJECT: Final = Right(_ANSWERING, "project")
_PARTNERING = frozenset({"coordinator", "leader"})
PARTNERING: Final = Right(_PARTNERING)
PARTNERSHIP: Final = Right(_PARTNERING, "partnership")
GOOD: Final = Right(_COORDINATING, "good")
_SENDING = frozenset({"sender", "coordinator", "leader"})
SENDING: Final = Right(_SENDING)
BROADCAST: Final = Right(_SENDING, "broadcast")
DIALOGUE: Final = Right(_ANSWERING, "dialogue")
INTRODUCING: Final = Right(frozenset({"coach", "coordinator"}))
ADMINISTRATOR: Final = Right(frozenset({"administrator"}))
WHO_IS_HERE: Final = Right(_ANSWERING | {"administrator"})
MEMBER: Final = Right(frozenset({"administrator"}), "staff")

_TOKEN = r"{token:[\w-]{10,64}}"
_CODE = "{code:[a-z0-9]{4,12}}"
_ID = r"{id:\d{1,15}}"

RIGHTS: Final[Mapping[tuple[str, str], Right]] = {
    # Residents
    ("GET", "/"): ANYBODY,
    ("POST", "/"): ANYBODY,
    ("POST", "/chat"): ANYBODY,
    ("GET", "/chat/events"): ANYBODY,
    ("GET", rf"/chat/plan/{_ID}.pdf"): ANYBODY,
    ("GET", rf"/chat/file/{_ID}"): ANYBODY,
    ("GET", rf"/chat/photo/{_ID}"): ANYBODY,
    ("GET", rf"/chat/case/{_ID}"): ANYBODY,
    ("GET", rf"/chat/case/{_ID}.pdf"): ANYBODY,
    ("POST", "/form/session"): PROVEN,
    ("GET", r"/form/{flow:[a-z_]+}"): ANYBODY,
    ("POST", r"/form/{flow:[a-z_]+}"): ANYBODY,
    ("GET", rf"/plan/{_TOKEN}"): ANYBODY,
    ("GET", rf"/plan/{_TOKEN}.pdf"): ANYBODY,
    ("GET", rf"/r/{_TOKEN}"): ANYBODY,
    ("POST", rf"/r/{_TOKEN}"): ANYBODY,
    ("GET", rf"/j/{_TOKEN}"): ANYBODY,
    ("POST", rf"/j/{_TOKEN}"): ANYBODY,
    ("GET", rf"/mydata/{_TOKEN}"): ANYBODY,
    ("POST", rf"/mydata/{_TOKEN}"): ANYBODY,
    ("GET", "/mydata"): ANYBODY,
    ("GET", "/mydata/everything.json"): ANYBODY,
    # News, from a letter
    ("GET", rf"/news/{_TOKEN}"): ANYBODY,
    ("POST", rf"/news/{_TOKEN}"): ANYBODY,
    # Rooms
    ("GET", rf"/lender/{_TOKEN}"): ANYBODY,
    ("POST", rf"/lender/{_TOKEN}"): ANYBODY,
    ("GET", r"/rooms/{id:[a-z0-9-]{1,16}}.ics"): ANYBODY,
    ("GET", rf"/calendar/{_TOKEN}"): ANYBODY,
    # What helpers are needed for
    ("GET", "/needs"): ANYBODY,
    ("GET", "/needs.ics"): ANYBODY,
    ("GET", "/needs.json"): ANYBODY,
    ("GET", "/needs.rss"): ANYBODY,
    # Meetings
    ("GET", "/meetings"): ANYBODY,
    ("GET", "/meetings.ics"): ANYBODY,
    ("GET", "/meetings.rss"): ANYBODY,
    ("GET", "/meetings.json"): ANYBODY,
    ("GET", r"/meetings/kind/{kind:[a-z][a-z0-9_]*}.ics"): ANYBODY,
    ("GET", "/meetings/plans"): ANYBODY,
    ("GET", rf"/meetings/{_ID}"): ANYBODY,
    # The idea board and feeds
    ("GET", "/ideas"): ANYBODY,
    ("GET", "/ideas.rss"): ANYBODY,
    ("GET", "/actors"): ANYBODY,
    ("GET", "/ideas.json"): ANYBODY,
    # Where people live
    ("GET", "/areas"): ANYBODY,
    ("GET", r"/areas/{number:\d{1,10}}"): ANYBODY,
    ("GET", "/open.rss"): ANYBODY,
    ("GET", "/open.json"): ANYBODY,
    # Dialogues: open to all, a vote by phone, a secretary's page
    ("GET", "/dialogues"): ANYBODY,
    ("GET", f"/dialogues/{_CODE}"): ANYBODY,
    ("GET", f"/dialogues/{_CODE}/screen"): ANYBODY,
    ("GET", f"/dialogues/{_CODE}/events"): ANYBODY,
    ("GET", f"/v/{_CODE}"): ANYBODY,
    ("POST", f"/v/{_CODE}"): ANYBODY,
    ("GET", rf"/swot/{_TOKEN}"): ANYBODY,
    ("POST", rf"/swot/{_TOKEN}"): ANYBODY,
    # Projects, the agreement, partnerships
    ("GET", "/projects"): ANYBODY,
    ("GET", r"/projects/{code:[\w-]{10}}"): ANYBODY,
    ("GET", rf"/project/{_TOKEN}"): ANYBODY,
    ("POST", rf"/project/{_TOKEN}"): ANYBODY,
    ("GET", rf"/project/{_TOKEN}/file/{{entry:\d{{1,15}}}}"): ANYBODY,
    ("GET", rf"/with/{_TOKEN}"): ANYBODY,
    ("POST", rf"/with/{_TOKEN}"): ANYBODY,
    ("GET", "/agreement"): ANYBODY,
    ("GET", rf"/partnership/{_TOKEN}"): ANYBODY,
    ("POST", rf"/partnership/{_TOKEN}"): ANYBODY,
    # Record checks by list
    ("GET", rf"/record/{_TOKEN}"): ANYBODY,
    ("POST", rf"/record/{_TOKEN}"): ANYBODY,
    # Furniture, for whoever drives it
    ("GET", rf"/run/{_TOKEN}"): ANYBODY,
    ("POST", rf"/run/{_TOKEN}"): ANYBODY,
    # Questions to roles
    ("GET", rf"/enquiry/{_TOKEN}"): ANYBODY,
    ("POST", rf"/enquiry/{_TOKEN}"): ANYBODY,
    ("GET", rf"/enquiry/{_TOKEN}/plan.pdf"): ANYBODY,
    # Everybody
    ("GET", "/privacy"): ANYBODY,
    ("GET", "/accessibility"): ANYBODY,
    ("GET", "/open"): ANYBODY,
    ("GET", r"/year/{year:\d{4}}"): ANYBODY,
    ("GET", "/figures"): ANYBODY,
    ("GET", r"/figures/{id:[a-z][a-z0-9_]{0,60}}.png"): ANYBODY,
    ("GET", "/exit"): ANYBODY,
    ("GET", "/leave"): ANYBODY,
    ("POST", "/leave"): ANYBODY,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/static/{name}"): ANYBODY,
    # Telegram, which shows its secret word
    ("POST", "/telegram/webhook"): PROVEN,
    # Staff on their way in
    ("GET", "/coach/in"): ANYBODY,
    ("POST", "/coach/in"): ANYBODY,
    ("GET", "/coach/in/code"): ANYBODY,
    ("POST", "/coach/in/code"): ANYBODY,
    ("GET", "/coach/oidc"): ANYBODY,
    ("GET", "/coach/oidc/back"): ANYBODY,
    ("GET", rf"/coach/first/{_TOKEN}"): ANYBODY,
    ("POST", rf"/coach/first/{_TOKEN}"): ANYBODY,
    # Cases
    ("GET", "/coach"): SIGNED_IN,
    ("POST", "/coach/search"): ANSWERING,
    ("GET", rf"/coach/cases/{_ID}"): CASE,
    ("GET", rf"/coach/cases/{_ID}/paper.pdf"): WHOLE_CASE,
    ("GET", rf"/coach/cases/{_ID}/file/{{message:\d{{1,15}}}}"): SENT_FILE,
    ("POST", rf"/coach/cases/{_ID}/claim"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/release"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/assign"): CASE,
    ("POST", rf"/coach/cases/{_ID}/note"): CASE,
    ("POST", rf"/coach/cases/{_ID}/answer"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/refer"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/step"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/board"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/down"): CASE,
    ("POST", rf"/coach/cases/{_ID}/place"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/granted"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/room"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/close"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/hold"): OWN_TALK,
    ("POST", rf"/coach/cases/{_ID}/back"): OWN_TALK,
    ("POST", rf"/coach/cases/{_ID}/snooze"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/merge"): OWN_CASE,
    ("POST", rf"/coach/cases/{_ID}/sort"): WHOLE_CASE,
    ("POST", rf"/coach/cases/{_ID}/register"): WHOLE_CASE,
    ("POST", rf"/coach/cases/{_ID}/flag"): WHOLE_CASE,
    ("POST", rf"/coach/cases/{_ID}/interpreter"): WHOLE_CASE,
    ("POST", rf"/coach/cases/{_ID}/pause"): OWN_TALK,
    ("POST", rf"/coach/cases/{_ID}/warn"): OWN_TALK,
    ("POST", rf"/coach/cases/{_ID}/ask"): OWN_TALK,
    ("POST", rf"/coach/cases/{_ID}/decide"): LEADING,
    ("POST", rf"/coach/cases/{_ID}/reopen"): LEADING,
    ("POST", rf"/coach/cases/{_ID}/contact"): WHOLE_CASE,
    ("GET", rf"/coach/cases/{_ID}/events"): WHOLE_CASE,
    ("GET", "/coach/events"): SIGNED_IN,
    ("GET", "/coach/statistics"): ANSWERING,
    ("GET", "/coach/year"): ANSWERING,
    ("GET", "/coach/year.xlsx"): ANSWERING,
    ("GET", rf"/coach/talks/{_ID}"): TALK,
    ("POST", rf"/coach/talks/{_ID}/contact"): TALK,
    ("POST", rf"/coach/talks/{_ID}/seen"): TALK,
    ("GET", rf"/coach/talks/{_ID}/plan.pdf"): TALK,
    # For a caller
    ("GET", "/coach/call"): ANSWERING,
    ("POST", "/coach/call"): ANSWERING,
    ("GET", rf"/coach/call/{_ID}/{{flow:[a-z_]+}}"): TALK,
    ("POST", rf"/coach/call/{_ID}/{{flow:[a-z_]+}}"): TALK,
    # To print
    ("GET", "/coach/posters"): ANSWERING,
    ("GET", "/coach/posters/file.pdf"): ANSWERING,
    # The good example of the month
    ("GET", "/coach/example"): ANSWERING,
    ("POST", "/coach/example"): ANSWERING,
    # Projects and partnerships
    ("GET", "/coach/projects"): ANSWERING,
    ("GET", "/coach/projects/new"): ANSWERING,
    ("POST", "/coach/projects/new"): ANSWERING,
    ("GET", rf"/coach/projects/{_ID}"): PROJECT,
    ("GET", rf"/coach/projects/{_ID}/file/{{entry:\d{{1,15}}}}"): PROJECT,
    ("POST", rf"/coach/projects/{_ID}/move"): PROJECT,
    ("POST", rf"/coach/projects/{_ID}/note"): PROJECT,
    ("POST", rf"/coach/projects/{_ID}/need"): PROJECT,
    ("POST", rf"/coach/projects/{_ID}/hide"): PROJECT,
    ("POST", rf"/coach/projects/{_ID}/end"): PROJECT,
    ("GET", "/coach/partnerships"): PARTNERING,
    ("POST", "/coach/partnerships"): PARTNERING,
    ("GET", rf"/coach/partnerships/{_ID}"): PARTNERSHIP,
    ("POST", rf"/coach/partnerships/{_ID}/answer"): PARTNERSHIP,
    ("POST", rf"/coach/partnerships/{_ID}/next"): PARTNERSHIP,
    ("POST", rf"/coach/partnerships/{_ID}/link"): PARTNERSHIP,
    ("POST", rf"/coach/partnerships/{_ID}/end"): PARTNERSHIP,
    ("GET", "/coach/agreement"): PARTNERING,
    ("POST", "/coach/agreement"): PARTNERING,
    ("POST", rf"/coach/cases/{_ID}/times"): OWN_CASE,
    # The map of actors
    ("GET", "/coach/map"): ANSWERING,
    ("POST", "/coach/map"): ANSWERING,
    ("GET", "/coach/map/list"): ANSWERING,
    ("GET", "/coach/obstacles"): ANSWERING,
    # One's own account
    ("POST", "/coach/out"): SIGNED_IN,
    ("POST", "/coach/out/everywhere"): SIGNED_IN,
    ("GET", "/coach/me"): SIGNED_IN,
    ("POST", "/coach/me/alerts"): SIGNED_IN,
    ("POST", "/coach/me/chat"): SIGNED_IN,
    ("POST", "/coach/me/chat/drop"): SIGNED_IN,
    ("POST", "/coach/me/password"): SIGNED_IN,
    ("POST", "/coach/me/oidc/drop"): SIGNED_IN,
    ("GET", "/coach/me/second"): SIGNED_IN,
    ("POST", "/coach/me/second"): SIGNED_IN,
    ("POST", "/coach/me/second/drop"): SIGNED_IN,
    ("POST", "/coach/me/here"): SIGNED_IN,
    ("POST", "/coach/me/profile"): SIGNED_IN,
    ("POST", "/coach/me/away"): SIGNED_IN,
    ("POST", "/coach/me/back"): SIGNED_IN,
    # Colleagues
    ("GET", "/coach/colleagues"): WHO_IS_HERE,
    ("GET", "/coach/staff"): ADMINISTRATOR,
    ("POST", "/coach/staff"): ADMINISTRATOR,
    ("POST", rf"/coach/staff/{_ID}/roles"): MEMBER,
    ("POST", rf"/coach/staff/{_ID}/reset"): MEMBER,
    ("POST", rf"/coach/staff/{_ID}/away"): MEMBER,
    ("POST", rf"/coach/staff/{_ID}/back"): MEMBER,
    ("POST", rf"/coach/staff/{_ID}/remove"): MEMBER,
    # Needs and volunteers
    ("GET", "/coach/needs"): COORDINATING,
    ("POST", "/coach/needs/propose"): COORDINATING,
    ("GET", "/coach/needs/new"): COORDINATING,
    ("POST", "/coach/needs/new"): COORDINATING,
    ("GET", rf"/coach/needs/{_ID}"): NEED,
    ("POST", rf"/coach/needs/{_ID}/propose"): NEED,
    ("POST", rf"/coach/needs/{_ID}/approve"): NEED,
    ("POST", rf"/coach/needs/{_ID}/decline"): NEED,
    ("POST", rf"/coach/needs/{_ID}/came"): NEED,
    ("POST", rf"/coach/needs/{_ID}/places"): NEED,
    ("POST", rf"/coach/needs/{_ID}/off"): NEED,
    ("POST", rf"/coach/needs/{_ID}/close"): NEED,
    ("GET", "/coach/level"): COORDINATING,
    ("POST", "/coach/level"): COORDINATING,
    ("GET", rf"/coach/level/{_ID}"): LEVEL,
    ("POST", rf"/coach/level/{_ID}"): LEVEL,
    ("GET", "/coach/situation"): COORDINATING,
    ("GET", "/coach/situation.csv"): COORDINATING,
    ("GET", "/coach/volunteers"): COORDINATING,
    ("POST", "/coach/volunteers/search"): COORDINATING,
    ("POST", "/coach/volunteers/not-needed"): COORDINATING,
    ("GET", rf"/coach/volunteers/{_ID}"): VOLUNTEER,
    ("POST", rf"/coach/volunteers/{_ID}/skill"): VOLUNTEER,
    ("POST", rf"/coach/volunteers/{_ID}/extract"): VOLUNTEER,
    ("POST", rf"/coach/volunteers/{_ID}/record"): VOLUNTEER,
    ("GET", "/coach/record-list"): ADMINISTRATOR,
    ("POST", "/coach/record-list/file"): ADMINISTRATOR,
    ("POST", "/coach/record-list/result"): ADMINISTRATOR,
    ("POST", rf"/coach/volunteers/{_ID}/shift"): VOLUNTEER,
    ("POST", rf"/coach/volunteers/{_ID}/not-needed"): VOLUNTEER,
    # Meetings
    ("GET", "/coach/meetings"): ANSWERING,
    ("GET", "/coach/meetings/new"): ANSWERING,
    ("POST", "/coach/meetings/new"): ANSWERING,
    ("GET", rf"/coach/meetings/{_ID}"): MEETING,
    ("GET", rf"/coach/meetings/{_ID}/change"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/change"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/off"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/minutes"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/agenda"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/groups"): MEETING,
    ("POST", rf"/coach/meetings/{_ID}/plans"): MEETING,
    # People brought together
    ("GET", "/coach/introductions"): INTRODUCING,
    ("POST", "/coach/introductions"): INTRODUCING,
    # Furniture
    ("GET", "/coach/goods"): COORDINATING,
    ("GET", rf"/coach/goods/{_ID}/picture"): GOOD,
    ("POST", "/coach/goods/seen"): COORDINATING,
    ("POST", "/coach/goods/out"): COORDINATING,
    ("POST", "/coach/goods/propose"): COORDINATING,
    ("POST", "/coach/goods/answer"): COORDINATING,
    ("POST", "/coach/goods/plan"): COORDINATING,
    ("POST", "/coach/goods/approve"): COORDINATING,
    ("POST", "/coach/goods/drop"): COORDINATING,
    ("POST", "/coach/goods/made"): COORDINATING,
    # Messages to many. Who may say yes to one is decided by the act itself.
    ("GET", "/coach/news"): SENDING,
    ("POST", "/coach/news"): SENDING,
    ("GET", rf"/coach/news/{_ID}"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/count"): BROADCAST,
    ("GET", rf"/coach/news/{_ID}/picture"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/approve"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/back"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/pause"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/resume"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/stop"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/resend"): BROADCAST,
    ("POST", rf"/coach/news/{_ID}/outcome"): BROADCAST,
    ("GET", rf"/coach/news/{_ID}/progress"): BROADCAST,
    # Dialogues
    ("GET", "/coach/dialogues"): ANSWERING,
    ("POST", "/coach/dialogues"): ANSWERING,
    ("GET", rf"/coach/dialogues/{_ID}"): DIALOGUE,
    ("POST", rf"/coach/dialogues/{_ID}"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/write"): DIALOGUE,
    ("POST", rf"/coach/dialogues/{_ID}/write"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/results"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/results.csv"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/groups"): DIALOGUE,
    ("POST", rf"/coach/dialogues/{_ID}/groups"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/polls"): DIALOGUE,
    ("POST", rf"/coach/dialogues/{_ID}/polls"): DIALOGUE,
    ("GET", rf"/coach/dialogues/{_ID}/proposals"): DIALOGUE,
    ("POST", rf"/coach/dialogues/{_ID}/proposals"): DIALOGUE,
    # The municipality's own data
    ("GET", "/coach/pack"): ADMINISTRATOR,
    ("POST", "/coach/pack/dismiss"): ADMINISTRATOR,
}
