"""Every address of the program × everybody × one's own, a colleague's and another municipality's things."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import clock
from bot.flows.case_kinds import ROLES
from bot.handlers.web.console.guard import COOKIE
from bot.handlers.web.rights import RIGHTS, Right
from bot.handlers.web.site import Route, Web
from storage import (
    broadcasts,
    cases,
    conversations,
    crisis,
    dialogues,
    files,
    goods,
    meetings,
    messages,
    partnerships,
    projects,
    residents,
    shifts,
    staff,
    talks,
    volunteers,
)
from storage.secrets import make_token
from tests.test_pictures import taken
from tests.web.world import World, world

SIGNED_OUT = "nobody"


def canonical(path: str) -> str:
    """A route's path without the patterns of its parts."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)


@dataclass(slots=True)
class Town:
    """Two municipalities with staff of every role, and what they act on."""

    site: World
    session: aiohttp.ClientSession
    members: dict[str, int]

    async def member(self, place: str, *roles: str) -> int:
        """A new account."""

        async def write(tx: Any) -> int:
            email = f"{make_token()}@example.se"
            staff_id = await staff.add(tx, name="Somebody", email=email, now=clock.now())
            assert staff_id is not None
            await staff.set_roles(tx, staff_id, place, roles, by="test", now=clock.now())
            await staff.set_values(tx, staff_id, second_factor="JBSWY3DPEHPK3PXP")
            return staff_id

        return await self.site.db.write(write)

    async def signed_in(self, staff_id: int) -> tuple[str, str]:
        """A new session: its token, and the one its forms carry."""
        token, now = make_token(), clock.now()
        later = now + timedelta(hours=1)
        await self.site.db.write(lambda tx: staff.open_session(tx, token, staff_id, "in", now=now, expires_at=later))
        signed = await self.site.console.staff.signed(token)
        assert signed is not None
        return token, signed.forms

    async def case(self, place: str, owner: int | None = None, kind: str = "coach") -> cases.Case:
        """A new case, of somebody new."""

        async def write(tx: Any) -> cases.Case:
            now = clock.now()
            who = await conversations.open(
                tx, municipality_id=place, channel="web", address=make_token(), now=now, locale_hint="sv"
            )
            case_id = await cases.open(
                tx, municipality_id=place, kind=kind, conversation_id=who.conversation_id,
                resident_id=who.resident_id, now=now, answer_by=now + timedelta(days=2), note="hello",
                context={"flow": "application", "answers": {"support": "ekero.snabb_slant"}} if kind == "application" else None,
            )  # fmt: skip
            if owner is not None:
                await cases.claim(tx, place, case_id, owner, now)
            return await cases.load(tx, place, case_id)

        return await self.site.db.write(write)

    async def need(self, place: str) -> int:
        """A new need with one shift."""
        at = clock.now() + timedelta(days=5)
        return await self.site.db.write(lambda tx: shifts.add_need(
            tx, municipality_id=place, kind="shift", need={"what": "Supper"}, area=None, priority=3, status="open",
            times=[(at, at + timedelta(hours=2))], places=1, now=clock.now(),
        ))  # fmt: skip

    async def broadcast(self, place: str, author: int) -> int:
        """A draft of a message to many, with a picture."""

        async def write(tx: Any) -> int:
            now = clock.now()
            id = await broadcasts.add(tx, municipality_id=place, content={"texts": {"sv": {"words": "Hej"}}}, segment={},
                                      staff_id=author, now=now)  # fmt: skip
            kept = await files.put(tx, municipality_id=place, content=b"white", mime="image/png", name="a.png", now=now)
            await broadcasts.change(tx, place, id, {"file_id": kept}, broadcasts.CHANGEABLE, now)
            return id

        return await self.site.db.write(write)

    async def dialogue(self, place: str) -> int:
        """A dialogue that everybody can see."""
        return await self.site.db.write(lambda tx: dialogues.add(
            tx, municipality_id=place, code=make_token()[:9].lower(), kind="three_steps", content={"texts": {}, "kinds": []},
            staff_id=None, now=clock.now(),
        ))  # fmt: skip

    async def level(self, place: str) -> int:
        """A drill that is over; the change that ended it."""

        async def write(tx: Any) -> int:
            id = 0
            for level in ("crisis", "calm"):
                id = await crisis.change(tx, municipality_id=place, level=level, drill=True, reason="A drill",
                                         staff_id=self.members["coach"], at=clock.now())  # fmt: skip
            return id

        return await self.site.db.write(write)

    async def meeting(self, place: str) -> int:
        """A meeting to come."""
        at = clock.now() + timedelta(days=5)
        said = {"title": "A meeting", "place": "The library"}
        return await self.site.db.write(lambda tx: meetings.add(
            tx, municipality_id=place, network_id="boende", now=clock.now(), starts_at=at, said=said,
            ends_at=at + timedelta(hours=2),
        ))  # fmt: skip

    async def volunteer(self, place: str) -> int:
        """Somebody new who has offered help."""

        async def write(tx: Any) -> int:
            now = clock.now()
            who = await conversations.open(
                tx, municipality_id=place, channel="web", address=make_token(), now=now, locale_hint="sv"
            )
            return await volunteers.save(tx, municipality_id=place, resident_id=who.resident_id,
                                         conversation_id=who.conversation_id, offer={"name": "Amina"}, now=now)  # fmt: skip

        return await self.site.db.write(write)

    async def project(self, place: str) -> tuple[int, int]:
        """A running project of somebody new; it and an entry with a file."""

        async def write(tx: Any) -> tuple[int, int]:
            now = clock.now()
            who = await conversations.open(
                tx, municipality_id=place, channel="web", address=make_token(), now=now, locale_hint="sv"
            )
            id = await projects.add(
                tx, municipality_id=place, said={"title": "A choir"}, step=4, status="running", now=now
            )
            found = await projects.load(tx, place, id)
            await projects.take_in(tx, found, resident_id=who.resident_id, conversation_id=who.conversation_id, role="owner",
                                   status="in", via="staff", now=now)  # fmt: skip
            kept = await files.put(
                tx, municipality_id=place, content=b"words", mime="text/plain", name="a.txt", now=now
            )
            return id, await projects.write(tx, found, "file", now, who=None, words="a.txt", file_id=kept)

        return await self.site.db.write(write)

    async def partnership(self, place: str) -> int:
        """A partnership that runs."""
        return await self.site.db.write(lambda tx: partnerships.add(
            tx, municipality_id=place, said={"title": "Cafés", "association": "A", "administration": "B"}, start_day="2026-01-01",
            end_day="2999-01-01", steering=2, days=["2998-01-01"], now=clock.now(), staff_id=self.members["leader"],
        ))  # fmt: skip

    async def good(self, place: str) -> int:
        """A piece of furniture with a photo."""

        case = await self.case(place)
        message = await _with_file(self, case, taken("<", 1))
        return await self.site.db.write(lambda tx: goods.add(
            tx, municipality_id=place, kind="item", said={"what": "A sofa", "photo": message, "days": [], "hours": []},
            resident_id=case.resident_id, conversation_id=case.conversation_id, case_id=case.id, now=clock.now(),
        ))  # fmt: skip

    async def ask(self, method: str, path: str, token: str = "", forms: str = "") -> tuple[int, str]:
        """Ask for a page; its status, and where it leads on to."""
        headers = {"Origin": self.site.base, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        if token:
            headers["Cookie"] = f"{COOKIE}={token}"
        fields = {
            "csrf": forms,
            "words": "A word",
            "whom": "the office",
            "step": "ring",
            "day": "2100-01-04",
            "do": "yes",
        }
        data = {"data": fields} if method == "POST" else {}
        async with self.session.request(
            method, self.site.base + path, headers=headers, allow_redirects=False, **data
        ) as response:
            return response.status, response.headers.get("Location", "")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    from bot.packs.load import load_municipality

    other = load_municipality("ekero").model_copy(update={"id": "annan", "name": "Annan kommun"})
    async with (
        world(tmp_path / "idelabb.db", more=(other,), map_kept=True) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        made = Town(site, session, {})
        for role in ROLES:
            made.members[role] = await made.member("ekero", role)
        yield made


async def test_every_address_has_a_row_and_every_row_an_address(town: Town) -> None:
    served = {
        (route.method, re.sub(r"^/m/\w+(?=/)", "", route.resource.canonical).replace("/m/annan", "") or "/")
        for route in town.site.app.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    rows = {(method, canonical(path)) for method, path in RIGHTS}
    assert served - rows == set()
    assert rows - served == {("POST", "/telegram/webhook")}  # there with a token only


def test_a_page_without_a_row_is_not_served(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiohttp import web

    from bot.errors import OperatorError
    from bot.handlers.web import notices

    monkeypatch.setattr(notices, "ROUTES", (*notices.ROUTES, Route("GET", "/forgotten", notices.privacy)))
    parts = next(iter(town.site.app.router.routes()))
    site: Web = parts.handler.args[0]  # type: ignore[attr-defined]
    with pytest.raises(OperatorError, match="no row for /forgotten"):
        Web(site.parts).add_to(web.Application())


def expected(right: Right, role: str, whose: str, method: str) -> set[int]:
    """What the table says."""
    if right.proof:
        return {403}
    if right.roles is None:
        return set(range(200, 600)) - {401, 403, 500, 502, 503}
    if role == SIGNED_OUT:
        return {303} if method == "GET" else {401}
    if role not in right.roles:
        return {403}
    if whose == "elsewhere":
        return {404}
    if whose == "a colleague's" and right.owner:
        return {409}
    return {200, 303, 422}


@pytest.mark.parametrize("role", [SIGNED_OUT, *ROLES])
async def test_everybody_gets_what_the_table_says(town: Town, role: str) -> None:
    wrong = []
    for (method, path), right in RIGHTS.items():
        if path == "/telegram/webhook":
            continue
        for whose in ("one's own", "a colleague's", "elsewhere") if right.thing else ("one's own",):
            me = town.members.get(role, 0)
            token, forms = await town.signed_in(me) if me else ("", "")
            asked = await _filled(town, path, right, whose, me)
            status, to = await town.ask(method, asked, token, forms)
            into = to.startswith("/coach/in")
            if status not in expected(right, role, whose, method) or (into and right.roles and role != SIGNED_OUT
                                                                      and not path.startswith("/coach/out")):  # fmt: skip
                wrong.append(f"{method} {path} as {role}, {whose}: {status} {to}")
            if right.roles is not None and role == SIGNED_OUT and method == "GET" and not into:
                wrong.append(f"{method} {path} does not lead to the sign-in page: {to}")
    assert wrong == []


async def _filled(town: Town, path: str, right: Right, whose: str, me: int) -> str:
    """The address of a thing, made for this one question."""
    place = "annan" if whose == "elsewhere" else "ekero"
    id = message = 0
    if right.thing in ("case", "talk", "file"):
        owner = await town.member(place, "coach") if whose != "one's own" else me or None
        kind = "application" if path.endswith("paper.pdf") else "coach"
        case = await town.case(place, owner, "enquiry" if me == town.members["contact"] else kind)
        id = case.conversation_id if right.thing == "talk" else case.id
        if right.thing == "file":
            message = await _with_file(town, case)
        if path.endswith("plan.pdf") and whose != "elsewhere":
            await _with_plan(town, case)
        if path.endswith("/close"):
            await town.site.db.write(lambda tx: cases.answer(tx, place, case.id, clock.now()))
    elif right.thing == "staff":
        id = await town.member(place, "coach")
    elif right.thing == "need":
        id = await town.need(place)
    elif right.thing == "meeting":
        id = await town.meeting(place)
    elif right.thing == "broadcast":
        id = await town.broadcast(place, me or await town.member(place, "sender"))
    elif right.thing == "dialogue":
        id = await town.dialogue(place)
    elif right.thing == "level":
        id = await town.level(place)
    elif right.thing == "volunteer":
        id = await town.volunteer(place)
    elif right.thing == "project":
        id, message = await town.project(place)
    elif right.thing == "partnership":
        id = await town.partnership(place)
    elif right.thing == "good":
        id = await town.good(place)
    values = {
        "id": str(id),
        "message": str(message),
        "flow": "idea",
        "token": "A" * 22,
        "kind": "boende",
        "name": "style.css",
        "code": "A" * 10,
        "entry": str(message),
        "year": "1999",
        "number": str(town.site.municipality.areas[0].number),
    }
    return canonical(path).format(**values)


async def _with_file(town: Town, case: cases.Case, content: bytes = b"words") -> int:
    """A file that the resident has sent; the message it came with."""
    mine: dict[str, Any] = {"municipality_id": case.municipality_id, "conversation_id": case.conversation_id}

    async def write(tx: Any) -> int:
        now = clock.now()
        said = messages.NewMessage(**mine, at=now, channel="web", sender="resident", body={"file": {"name": "a.txt"}})
        (message_id,) = await messages.add(tx, [said])
        file_id = await files.put(
            tx, municipality_id=case.municipality_id, content=content, mime="text/plain", name="a.txt", now=now
        )
        await files.attach(tx, **mine, kind="document", now=now, message_id=message_id, file_id=file_id)
        return message_id

    return await town.site.db.write(write)


async def _with_plan(town: Town, case: cases.Case) -> None:
    from storage import plans

    await town.site.db.write(
        lambda tx: plans.save_version(
            tx, municipality_id=case.municipality_id, resident_id=case.resident_id, title="A choir", locale="sv",
            conversation_id=case.conversation_id, answers={"idea": "A choir"}, now=clock.now(),
        )
    )  # fmt: skip


async def test_a_contact_person_is_shown_no_button_that_is_refused(town: Town) -> None:
    me = town.members["contact"]
    case = await town.case("ekero", me, "enquiry")
    token, _forms = await town.signed_in(me)
    await town.site.db.write(lambda tx: talks.hold(tx, "ekero", case.conversation_id, case.id, me, clock.now()))
    await town.site.db.write(lambda tx: residents.set_locale(tx, case.resident_id, "ar"))
    await town.site.db.write(lambda tx: residents.set_email(tx, case.resident_id, "a@example.se"))
    for held in (True, False):
        if not held:
            await town.site.db.write(lambda tx: talks.let_go(tx, case.conversation_id, "waiting", clock.now()))
        page = f"{town.site.base}/coach/cases/{case.id}"
        async with town.session.get(page, headers={"Cookie": f"{COOKIE}={token}"}) as response:
            shown = set(re.findall(rf'action="/coach/cases/{case.id}/(\w+)', await response.text()))
        allowed = {path.rpartition("/")[2] for (_method, path), right in RIGHTS.items()
                   if path.startswith("/coach/cases/") and "contact" in (right.roles or ())}  # fmt: skip
        assert "answer" in shown and shown - allowed == set()


async def test_a_form_without_its_token_does_nothing(town: Town) -> None:
    wrong = []
    me = town.members["coach"]
    for (method, path), right in RIGHTS.items():
        if method != "POST" or right.roles is None:
            continue
        token, _forms = await town.signed_in(me)
        _other, strange = await town.signed_in(me)  # another browser's own
        asked = await _filled(town, path, right, "one's own", me)
        for forms in ("", strange):
            status, _to = await town.ask(method, asked, token, forms)
            if status != 403:
                wrong.append(f"{path}: {status}")
    assert wrong == []


async def test_whoever_has_no_second_factor_as_administrator_sets_it_up_first(town: Town) -> None:
    karin = await town.member("ekero", "administrator")
    await town.site.db.write(lambda tx: staff.set_values(tx, karin, second_factor=None))
    token, forms = await town.signed_in(karin)
    for method, path in (("GET", "/coach"), ("GET", "/coach/staff"), ("POST", "/coach/staff"), ("GET", "/coach/me")):
        assert await town.ask(method, path, token, forms) == (303, "/coach/me/second")
    assert (await town.ask("GET", "/coach/me/second", token))[0] == 200


async def test_a_session_half_way_opens_nothing(town: Town) -> None:
    token, now = make_token(), clock.now()
    me = town.members["coach"]
    await town.site.db.write(
        lambda tx: staff.open_session(tx, token, me, "code", now=now, expires_at=now + timedelta(minutes=9))
    )
    assert await town.ask("GET", "/coach", token) == (303, "/coach/in/code?to=/coach")
    assert (await town.ask("POST", "/coach/search", token, "x"))[0] == 401


async def test_a_role_holds_in_its_own_municipality_only(town: Town) -> None:
    token, _forms = await town.signed_in(town.members["coach"])
    assert (await town.ask("GET", "/m/ekero/coach", token))[0] == 200
    assert (await town.ask("GET", "/m/annan/coach", token))[0] == 403


async def test_the_cookie_is_hard_to_take(town: Town) -> None:
    link = await town.site.console.staff.add("eva@example.se", "Eva", "ekero", ["coach"], by="test")
    headers = {"Origin": town.site.base, "Sec-Fetch-Site": "same-origin"}
    good = "korsord fiol moln ankare"
    async with town.session.post(
        link, data={"password": good, "again": good}, headers=headers, allow_redirects=False
    ) as response:
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie  # no https here
