"""One's own account: when one works, how to be told, the password, the second factor."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

import segno
from aiohttp import web
from markupsafe import Markup

from bot.colleagues import spoken
from bot.flows.case_kinds import KINDS, WAYS
from bot.handlers.web.console.entry import link_word
from bot.handlers.web.console.guard import console, remember
from bot.handlers.web.site import Route, Visit
from bot.i18n import Text, content, formats
from bot.staff import PASSWORD_MIN, Refused, Signed, new_secret, secret_address


async def me(visit: Visit) -> web.StreamResponse:
    return await page(visit)


async def page(
    visit: Visit, problem: Text | None = None, do: str = "", done: str = "", chat_link: str = ""
) -> web.Response:
    """The whole account; with a `problem` of the form `do`, or what has just been made."""
    signed = _signed(visit)
    ways, codes_left, chat = await console(visit).staff.own(signed.member, visit.municipality.id)
    own = console(visit).oidc is not None
    own_since = await console(visit).staff.sign_in_linked_at(signed.member) if own else None
    return visit.page(
        "console/me.html", status=422 if problem else 200, member=signed.member, ways=ways, kinds=KINDS, all_ways=WAYS,
        codes_left=codes_left, problem=problem, do=do, done=done, least=PASSWORD_MIN, chat=chat, chat_link=chat_link,
        bot_name=visit.parts.bot_name(visit.municipality.id),
        own_sign_in=own, own_since=own_since, link_word=link_word(signed) if own else "",
        own=await console(visit).colleagues.own(visit.actor), tongues=spoken(visit.municipality),
        topics=[(topic.id, content(topic.title)) for topic in visit.municipality.topics],
        weekdays=list(enumerate(formats.weekday_names(visit.lang), 1)), typed=defaultdict(str, visit.fields), today=visit.known().today.isoformat(),
        roles=sorted(signed.roles.get(visit.municipality.id, ())),
    )  # fmt: skip


async def alerts(visit: Visit) -> web.StreamResponse:
    """How to be told of each kind of case, when the daily letter comes, whether single keys do things."""
    fields, signed = visit.fields, _signed(visit)
    hour = fields.get("digest_hour", "")
    await console(visit).staff.set_own(
        signed.member, visit.municipality.id, {kind: fields.get(f"way:{kind}", "") for kind in KINDS},
        digest_hour=int(hour) if hour.isdecimal() and len(hour) < 3 else 8, shortcuts="shortcuts" in fields,
    )  # fmt: skip
    return visit.go("/coach/me")


async def chat(visit: Visit) -> web.StreamResponse:
    """A link that leads to the bot in Telegram, shown once."""
    name = visit.parts.bot_name(visit.municipality.id)
    link = await console(visit).staff.chat_link(_signed(visit).member, visit.municipality.id, name) if name else ""
    return await page(visit, chat_link=link)


async def chat_drop(visit: Visit) -> web.StreamResponse:
    await console(visit).staff.unlink_chat(_signed(visit).member, visit.municipality.id)
    return visit.go("/coach/me")


async def oidc_drop(visit: Visit) -> web.StreamResponse:
    await console(visit).staff.unlink_sign_in(_signed(visit).member)
    return visit.go("/coach/me#own")


async def password(visit: Visit) -> web.StreamResponse:
    """A new password; every other browser is signed out."""
    fields = visit.fields
    try:
        token = await console(visit).staff.change_password(
            _signed(visit).member, fields.get("old", ""), fields.get("password", ""), fields.get("again", "")
        )
    except Refused as refused:
        return await page(visit, refused.words, "password")
    response = visit.go("/coach/me")
    remember(visit, response, token)
    return response


async def second(visit: Visit) -> web.StreamResponse:
    """The second factor: a secret as a picture and in letters, to be proven by a code."""
    return _second(visit, new_secret())


async def second_on(visit: Visit) -> web.StreamResponse:
    """Turn it on, and show the recovery codes once."""
    signed, secret = _signed(visit), visit.fields.get("secret", "")
    try:
        codes: Sequence[str] = await console(visit).staff.add_second_factor(
            signed.member, secret, visit.fields.get("code", ""), visit.fields.get("old", "")
        )
    except Refused as refused:
        return _second(visit, secret or new_secret(), refused.words)
    return visit.page("console/codes.html", codes=codes)


async def second_off(visit: Visit) -> web.StreamResponse:
    try:
        await console(visit).staff.drop_second_factor(_signed(visit).member, visit.fields.get("old", ""))
    except Refused as refused:
        return await page(visit, refused.words, "second")
    return visit.go("/coach/me")


def _second(visit: Visit, secret: str, problem: Text | None = None) -> web.Response:
    member = _signed(visit).member
    issuer = visit.municipality.lab or visit.municipality.name
    address = secret_address(secret, member, issuer)
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, light="#fff")
    return visit.page(
        "console/second.html", status=422 if problem else 200, secret=secret, problem=problem, address=address,
        picture=Markup(picture.getvalue().decode()), must=_signed(visit).must_set_up, again=member.second_factor is not None,
        grouped=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )  # fmt: skip


def _signed(visit: Visit) -> Signed:
    assert visit.staff is not None
    return visit.staff


ROUTES = (
    Route("GET", "/coach/me", me),
    Route("POST", "/coach/me/alerts", alerts),
    Route("POST", "/coach/me/chat", chat),
    Route("POST", "/coach/me/chat/drop", chat_drop),
    Route("POST", "/coach/me/oidc/drop", oidc_drop),
    Route("POST", "/coach/me/password", password),
    Route("GET", "/coach/me/second", second),
    Route("POST", "/coach/me/second", second_on),
    Route("POST", "/coach/me/second/drop", second_off),
)
