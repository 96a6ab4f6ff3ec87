"""A way through every page and every state of it that a person can see, for whoever looks at them all.

A page without anything in its address is visited by itself, as soon as there is a route to it. One with something in
its address, one that only a post shows, and a state of a page need a stop here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import effects, premises
from bot.board import show as show_post
from bot.flows.model import Known, Listen, MakeLink
from bot.goods import Desk
from bot.rules.rooms import Times
from bot.views import Talk
from storage import (
    board,
    bookings,
    cases,
    conversations,
    dialogues,
    enquiries,
    goods,
    links,
    meetings,
    partnerships,
    projects,
    shifts,
    staff,
    volunteers,
)
from tests.test_errands import OFFER
from tests.web.reader import Reader, to_the_plan
from tests.web.world import World

if TYPE_CHECKING:
    from playwright.async_api import Page as Screen

IDEAS = {"sv": "En cykelverkstad i Stenhamra", "ar": "ورشة دراجات في ستنهامرا"}
WITHOUT_PAGE = {
    ("GET", "/plan/{token}.pdf"),
    ("GET", "/chat/plan/{id}.pdf"),
    ("GET", "/chat/file/{id}"),
    ("GET", "/chat/photo/{id}"),
    ("GET", "/figures/{id}.png"),
    ("GET", "/enquiry/{token}/plan.pdf"),
    ("GET", "/chat/case/{id}.pdf"),
    ("GET", "/chat/events"),
    ("GET", "/dialogues/{code}/events"),
    ("GET", "/project/{token}/file/{entry}"),
    ("GET", "/mydata/everything.json"),
    ("GET", "/rooms/{id}.ics"),
    ("GET", "/calendar/{token}"),
    ("GET", "/needs.ics"),
    ("GET", "/meetings.ics"),
    ("GET", "/meetings.rss"),
    ("GET", "/meetings.json"),
    ("GET", "/meetings/kind/{kind}.ics"),
    ("GET", "/needs.json"),
    ("GET", "/needs.rss"),
    ("GET", "/ideas.rss"),
    ("GET", "/ideas.json"),
    ("GET", "/open.rss"),
    ("GET", "/open.json"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/static/{name}"),
    ("POST", "/form/session"),
    ("POST", "/"),  # this and the next lead on to a page that is visited
    ("POST", "/leave"),
    ("GET", "/coach/oidc"),  # this and the next lead to the municipality's own sign-in and back
    ("GET", "/coach/oidc/back"),
}
"""What answers with a file, a stream, data, or the way to another page."""

Address = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to look at: what the reader's browser shows now, at a fragment, after a press on what `click` selects."""

    name: str
    click: str = ""
    fragment: str = ""


def addresses(app: web.Application) -> set[Address]:
    """Everything the application answers to residents, as method and address; the console is looked at by its own test."""
    routes = [(each.method, each.resource.canonical) for each in app.router.routes() if each.resource]
    return {each for each in routes if each[0] != "HEAD" and not f"{each[1]}/".startswith("/coach/")}


async def address_of(app: web.Application, method: str, url: str) -> Address | None:
    """The address that answered, None when there is none such."""
    found = await app.router.resolve(make_mocked_request(method, "/" + url.split("/", 3)[3]))
    resource = None if found.http_exception else found.route.resource
    return (method, resource.canonical) if resource else None


async def tour(site: World, reader: Reader) -> AsyncIterator[Stop]:
    """Lead the reader, whose browser is new, from stop to stop."""
    for part in (_chat, _plain_pages, _form, _links, _dialogues, _troubles, _farewell):
        async for stop in part(site, reader):
            yield stop
            site.pace._left.clear()  # a person takes longer


async def show(screen: Screen, reader: Reader, stop: Stop) -> None:
    """What the reader's browser shows, on a screen: the page with its cookies, or the answer to what was posted."""
    page, context = reader.page, screen.context
    await context.clear_cookies()
    for cookie in reader.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": reader.base}])
    url = page.url.partition("#")[0]
    if page.method == "POST":
        headers = {name: value for name, value in page.headers.items() if name != "Content-Length"}
        await screen.route(
            url, lambda route: route.fulfill(status=page.status, headers=headers, body=page.html), times=1
        )
    await screen.goto("about:blank")  # where only the fragment differs, a browser would stay where it is
    await screen.goto(url + stop.fragment)
    if stop.click:
        await screen.click(stop.click)


async def _chat(site: World, reader: Reader) -> AsyncIterator[Stop]:
    tag = reader.language
    await reader.open("/")
    yield Stop("start")
    yield Stop("languages", click=".menu:not(.help) summary")
    yield Stop("help now", click=".menu.help summary")
    await reader.press("0|f:idea")
    yield Stop("first question")
    await reader.say(IDEAS.get(tag, "A bicycle workshop in Stenhamra"))
    yield Stop("choices")
    await reader.press("|m:example")
    yield Stop("example")
    await reader.press("|c:children")
    yield Stop("plan card")
    yield Stop("my plan", fragment="#plan")
    await reader.say("Många har en trasig cykel och ingenstans att laga den. Jag vill inte leva längre")
    yield Stop("danger")
    for _count in range(9):
        if any(value.endswith("|c:kitchen") for value in reader.page.pressable()):
            break
        await reader.press("|m:unknown")
    await reader.press("|c:kitchen")
    yield Stop("ticked")
    await reader.press("|c:done")
    await reader.say("många många")
    yield Stop("not understood")
    await reader.press("|m:more")
    yield Stop("more ways")
    await reader.press("|m:unknown")
    await reader.say("2020-01-05")
    yield Stop("doubt")
    await reader.press("|c:yes")
    await reader.press("|m:more")
    await reader.press("|m:change")
    yield Stop("which answer to change")
    await reader.press("|m:back")
    await to_the_plan(reader)
    yield Stop("plan")
    await reader.say("/coach")
    yield Stop("coach")
    await reader.say("Kan ni ringa?")
    yield Stop("case waiting")
    await reader.say("amina@example.se")
    yield Stop("e-mail left")
    await reader.press("0|m:menu")
    yield Stop("menu")
    old = reader.page
    await reader.press(next(value for value in old.pressable() if "|" in value and not value.startswith("0|")))
    reader.page = old
    await reader.press(next(value for value in old.pressable() if "|" in value and not value.startswith("0|")))
    yield Stop("an old button")
    for command in ("mine", "privacy", "mydata", "help", "language"):
        await reader.say(f"/{command}")
        yield Stop(f"said /{command}")


async def _plain_pages(site: World, reader: Reader) -> AsyncIterator[Stop]:
    """Every page that has nothing in its address."""
    for method, path in sorted(addresses(site.app) - WITHOUT_PAGE):
        if method == "GET" and "{" not in path and path != "/":
            await reader.open(path)
            yield Stop(path[1:])
    site.turns.municipalities["ekero"] = site.municipality.model_copy(update={"year_for_everybody": True})  # type: ignore[index]
    await reader.open(f"/year/{datetime.now(UTC).year - 1}")
    yield Stop("a year that is over")
    await open_activity(site, reader)
    await reader.open("/open")
    yield Stop("open, with an activity")
    await shift(site)
    await posted(site, reader, "board", {"what": "Två som läser läxor med barn", "people": 2, "who": "Läxhjälpen",
                                         "where": {"area": "Stenhamra"}, "when": "tisdagar 16-18"})  # fmt: skip
    await reader.open("/needs")
    yield Stop("needs, with a shift and a need of an association")
    one = await planned(site)
    await reader.open("/meetings")
    yield Stop("meetings, with one to come and one that has been")
    await reader.open(f"/meetings/{one}")
    yield Stop("a meeting that has been, with groups and minutes")
    await reader.open("/meetings/plans")
    yield Stop("action plans")
    idea = await posted(site, reader, "idea_board", {"what": "Vi lagar cyklar ihop " * 5, "title": "Cykelköket",
                                                     "wanted": "Någon som kan svetsa", "side": "resident"})  # fmt: skip
    await posted(site, reader, "idea_board", {"what": "ورشة مفتوحة", "side": "association", "who": "Dockorna"})
    await example(site, idea, {"sv": "Tolv cyklar har fått nytt liv."})
    await reader.open("/ideas")
    yield Stop("ideas, with an example of the month")
    await posted(site, reader, "actor", {"title": "Dockorna", "what": "Vi spelar dockteater.", "side": "association",
                                         "topics": ["culture"], "where": {"area": "Stenhamra"}})  # fmt: skip
    await reader.open("/actors?q=dockteater&topic=culture&area=Stenhamra")
    yield Stop("actors, looked for")
    await reader.open(f"/areas/{next(each.number for each in site.municipality.areas if each.name == 'Stenhamra')}")
    yield Stop("an area with what goes on in it")
    await reader.open("/actors?q=xyzzy")
    yield Stop("actors, nobody found")


async def _form(site: World, reader: Reader) -> AsyncIterator[Stop]:
    await reader.open("/form/idea")
    yield Stop("form, one group at a time")
    yield Stop("form, whole", fragment="#whole")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        new = Reader(session, reader.base, reader.language)
        await new.open("/form/idea")
        reader.page = new.page
        await reader.submit("review")
        yield Stop("form, nothing filled in")
        idea = {"idea__value": IDEAS.get(reader.language, "A garden behind the library")}
        await reader.submit("review", **idea, where__how_many__value="många många", when__first__day="2020-01-05")
        yield Stop("form, to be mended")
        await reader.submit("review", where__how_many__value="20", when__first__confirm="yes", why__value="Jag vill dö")
        yield Stop("form, reviewed in danger")
        await reader.submit("edit")
        await reader.submit("review", why__value="", when__first__confirm="yes")
        yield Stop("form, reviewed")
        await reader.submit("send")
        yield Stop("form, sent")


async def _links(site: World, reader: Reader) -> AsyncIterator[Stop]:
    await reader.open("/")
    url = reader.page.link("/plan/")
    plan_id = int(reader.page.link("/chat/plan/").rpartition("/")[2].removesuffix(".pdf"))
    await reader.open(url)
    yield Stop("plan page")
    await reader.open(f"/chat/case/{await brief(site, reader)}")
    yield Stop("what was handed in")
    for purpose in ("restore", "join", "mydata"):
        url = await link(site, reader, purpose, plan_id if purpose == "join" else None)
        await reader.open(url)
        yield Stop(f"{purpose} link")
        if purpose == "restore":
            await reader.open("/?move=" + url.rpartition("/")[2])
            yield Stop("move link")
        await reader.post(url, [("lang", reader.language)])
        yield Stop(f"{purpose} link, used")
        await reader.open(url)
        yield Stop(f"{purpose} link, once more")
        url = await link(site, reader, purpose, plan_id, ago=timedelta(days=400))
        await reader.post(url, [("lang", reader.language)])
        yield Stop(f"{purpose} link, run out")
    url = await news_link(site, reader)
    await reader.open(url)
    yield Stop("news one gets")
    await reader.post(url, [("lang", reader.language)])
    yield Stop("news, stopped")
    await reader.open(url)
    yield Stop("news, stopped before")
    await reader.open("/news/" + "A" * 22)
    yield Stop("news, unknown link")
    url = await record_link(site, reader)
    await reader.open(url)
    yield Stop("record check by list")
    await reader.post(url, [("lang", reader.language), ("do", "yes"), ("number", "1")])
    yield Stop("record check by list, no number")
    await reader.post(url, [("lang", reader.language), ("do", "yes"), ("number", "19811218-9876")])
    yield Stop("record check by list, allowed")
    day = site.turns.now().date() + timedelta(days=1)
    url = await run_link(site, await furniture(site, day), day)
    await reader.open(url)
    yield Stop("a run with furniture")
    await reader.post(url, [("lang", reader.language), ("number", "0"), ("how", "not_home")])
    yield Stop("a run with furniture, over")
    await reader.open(url)
    yield Stop("a run with furniture, once more")
    url = await lender_link(site, reader)
    await reader.open(url)
    yield Stop("lender's page")
    await reader.post(url, [("lang", reader.language), ("reason", ""), ("do", "yes")])
    yield Stop("lender has said yes")
    url = await enquiry_link(site, reader, plan_id)
    await reader.open(url)
    yield Stop("a question to a role")
    for do, name in (("answer", "nothing written"), ("decline", "nobody chosen")):
        await reader.post(url, [("lang", reader.language), ("do", do), ("reason", "Fel väg")])
        yield Stop(f"a question to a role, {name}")
    await reader.post(url, [("lang", reader.language), ("do", "answer"), ("words", "Det gör vi.")])
    yield Stop("a question to a role, answered")
    await reader.open(url)
    yield Stop("a question to a role, once more")
    await reader.open("/enquiry/" + "A" * 22)
    yield Stop("a question to a role, unknown")
    url = await enquiry_link(site, reader, plan_id)
    await reader.post(url, [("lang", reader.language), ("do", "decline"), ("whom", "Trafikverket")])
    yield Stop("a question to a role, passed on")
    await site.db.write(lambda tx: links.revoke_token(tx, url.rpartition("/")[2], datetime.now(UTC)))
    await reader.post(url, [("lang", reader.language), ("do", "answer"), ("words", "Det gör vi.")])
    yield Stop("a question to a role, closed")
    async for stop in _grown(site, reader):
        yield stop
    url = await link(site, reader, "join", plan_id)
    await site.db.write(lambda tx: links.revoke_token(tx, url.rpartition("/")[2], datetime.now(UTC)))
    await reader.open(url)
    yield Stop("join link, taken back")


async def _dialogues(site: World, reader: Reader) -> AsyncIterator[Stop]:
    """A hearing that is under way; its pages as such are looked at in `test_dialogues`."""
    code, secretary = await hearing(site)
    for path in (f"/dialogues/{code}", f"/dialogues/{code}/screen", f"/v/{code}", secretary):
        await reader.open(path)
        yield Stop(path.partition(code)[0] + "…")
    await reader.post(f"/v/{code}", [("lang", reader.language), ("poll", "1"), ("choice", "0")])
    yield Stop("a vote, counted")
    await reader.post(secretary, [("lang", reader.language), ("strengths", "Vi är många")])
    yield Stop("a group's boxes, saved")


async def hearing(site: World) -> tuple[str, str]:
    """A hearing with a vote under way: its code, and the page of a group's secretary."""
    now, place = datetime.now(UTC), site.municipality.id

    async def make(tx: AsyncConnection) -> str:
        said = {"title": "Hur kan vi samverka?", "words": "Alla är inbjudna.", "change": "Allt.", "fields": ["Kultur"]}
        content = {"texts": {"sv": said}, "level": "consultation", "who": "Samordnaren"}
        id = await dialogues.add(
            tx, municipality_id=place, code="abcde", kind="hearing", content=content, staff_id=None, now=now
        )
        await dialogues.change(tx, place, id, {"status": "open"}, now)
        row = await dialogues.load(tx, place, id)
        group_id = await dialogues.put_group(tx, row, 1, "field", now)
        poll = {"texts": {"sv": {"ask": "Hur ofta?", "options": ["Varje månad", "Varje termin"]}}}
        await dialogues.set_poll(tx, await dialogues.add_poll(tx, row, poll, 2, now), "open", now)
        await dialogues.add_proposal(tx, row, source="hearing", proposal={"texts": {"sv": "En lots"}}, shown=True,
                                     due_at=now, now=now)  # fmt: skip
        return await links.make(
            tx, municipality_id=place, purpose="swot", subject_id=group_id, now=now, expires_at=None
        )

    return "abcde", f"/swot/{await site.db.write(make)}"


async def _grown(site: World, reader: Reader) -> AsyncIterator[Stop]:
    """A project of the reader's, an invitation to it, and a partnership."""
    id = await project(site, reader)
    url = await link(site, reader, "project", id)
    await reader.open(url)
    yield Stop("project, by its link")
    await reader.post(url, [("lang", reader.language), ("do", "write"), ("words", "")])
    yield Stop("project, nothing written")
    await reader.post(
        url, [("lang", reader.language), ("do", "need"), ("words", "Fler vill lära sig simma"), ("id", "n1")]
    )
    yield Stop("project, a new need")
    found = await site.db.write(lambda tx: projects.load(tx, site.municipality.id, id))
    await reader.open("/projects")
    yield Stop("projects, with one")
    await reader.open(f"/projects/{found.code}")
    yield Stop("project, as everybody sees it")
    url = await link(site, reader, "crew", id)
    await reader.open(url)
    yield Stop("an invitation to a project")
    await reader.post(url, [("lang", reader.language)])
    yield Stop("an invitation to a project, used")
    await site.db.write(lambda tx: links.revoke_token(tx, url.rpartition("/")[2], datetime.now(UTC)))
    await reader.post(url, [("lang", reader.language)])
    yield Stop("an invitation to a project, taken back")
    token = await partnership(site)
    await reader.open(f"/partnership/{token}")
    yield Stop("partnership, with a follow-up and what comes after")
    for answers, name in (([], "nothing answered"), ([("experience", "good"), ("use", "Fler vänner")], "answered")):
        await reader.post(f"/partnership/{token}", [("lang", reader.language), ("do", "answer"), *answers])
        yield Stop(f"partnership, {name}")
    id = await project(site, reader, owner=False)
    url = await link(site, reader, "project", id)
    await reader.post(url, [("lang", reader.language), ("do", "leave"), ("sure", "yes")])
    yield Stop("project, left")


async def project(site: World, reader: Reader, *, owner: bool = True) -> int:
    """A running project that everybody sees, and that the reader owns or drives; its id."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)

    async def grow(tx: AsyncConnection) -> int:
        place = talk.municipality_id
        said = {"title": "Cykelköket", "what": "Vi lagar cyklar ihop"}
        id = await projects.add(
            tx, municipality_id=place, said=said, step=5, status="running", now=now, area="Stenhamra"
        )
        found = await projects.load(tx, place, id)
        await projects.take_in(
            tx, found, resident_id=talk.resident_id, conversation_id=talk.conversation_id, role="owner" if owner else "driver",
            status="in", via="staff", now=now, name="Amina",
        )  # fmt: skip
        await projects.change(tx, found, now, public=True)
        await projects.write(
            tx, found, "step", now, who="Anna", role="coach", words="Många kommer", from_step=4, to_step=5
        )
        await projects.add_date(tx, found, resident_id=None, said={"what": "Planering", "place": "Biblioteket"},
                                starts_at=now + timedelta(days=5))  # fmt: skip
        return id

    return await site.db.write(grow)


async def partnership(site: World) -> str:
    """A partnership in its last half-year, with a follow-up to be answered; the token of the association's page."""
    now = datetime.now(UTC)
    staff_id = await site.db.write(lambda tx: staff.add(tx, name="Eva", email="eva.iop@example.se", now=now))
    assert staff_id is not None

    async def begin(tx: AsyncConnection) -> str:
        said = {"title": "Språkkaféer ihop", "association": "Mötesplatsen", "administration": "Fritidsförvaltningen"}
        day = now.date() + timedelta(days=9)
        id = await partnerships.add(
            tx, municipality_id=site.municipality.id, said=said, start_day=(day - timedelta(days=1000)).isoformat(),
            end_day=(day + timedelta(days=90)).isoformat(), steering=2, days=[day.isoformat()], now=now, staff_id=staff_id,
        )  # fmt: skip
        return await links.make(
            tx, municipality_id=site.municipality.id, purpose="follow_up", now=now, expires_at=None, subject_id=id
        )

    return await site.db.write(begin)


async def _troubles(site: World, reader: Reader) -> AsyncIterator[Stop]:
    await reader.open("/nowhere/at/all")
    yield Stop("404")
    await reader.open("/plan/" + "A" * 22)
    yield Stop("plan link, unknown")
    site.db._closing = True  # what a database that is away looks like from here: every write raises Retry
    await reader.post("/chat", [("id", "busy"), ("text", "please keep this")])
    site.db._closing = False
    yield Stop("503")
    who = next(cookie.value for cookie in reader.session.cookie_jar if cookie.key == "idelabbet")
    while site.pace.allows(who, asyncio.get_running_loop().time()):
        pass
    await reader.post("/chat", [("id", "fast"), ("text", "please keep this too")])
    yield Stop("429")
    await reader.post("/chat", [("text", "x" * 600_000)])
    yield Stop("413")
    await reader.post("/chat", [("text", "hello")], **{"Sec-Fetch-Site": "cross-site"})
    yield Stop("403")
    await reader.post("/chat", [], **{"Content-Type": "multipart/form-data"})  # without a boundary
    yield Stop("400")
    site.views.now, now = None, site.views.now  # type: ignore[assignment]  # a fault of our own
    await reader.open("/plan/" + "A" * 22)
    site.views.now = now
    yield Stop("500")


async def _farewell(site: World, reader: Reader) -> AsyncIterator[Stop]:
    await reader.open("/")
    await reader.say("/forget")
    yield Stop("forget")
    await reader.press("|c:yes")
    yield Stop("forgotten")


async def link(
    site: World, reader: Reader, purpose: str, subject: int | None = None, ago: timedelta = timedelta()
) -> str:
    """A link of the reader's own, as their conversation would make it, or would have made it some time ago."""
    talk, now = await talk_of(site, reader), datetime.now(UTC) - ago

    async def make(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        return await effects.link(tx, MakeLink(purpose, subject), who, now, site.base)

    return str(await site.db.write(make))


async def brief(site: World, reader: Reader) -> int:
    """A page for a talk about a partnership that the reader has handed in; its case."""
    talk = await talk_of(site, reader)

    async def hand_in(tx: AsyncConnection) -> int:
        who = await conversations.by_id(tx, talk.conversation_id)
        answers = {"support": "ekero.iop", "challenge": "Unga som inte har någonstans att vara"}
        return await cases.open(
            tx, municipality_id=who.municipality_id, kind="dialogue", conversation_id=who.conversation_id,
            resident_id=who.resident_id, now=datetime.now(UTC), context={"flow": "partnership", "answers": answers},
        )  # fmt: skip

    return await site.db.write(hand_in)


async def posted(site: World, reader: Reader, kind: str, post: dict[str, Any]) -> int:
    """Something of the reader's that everybody can see; its id."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)

    async def put_up(tx: AsyncConnection) -> int:
        me: dict[str, Any] = {"municipality_id": talk.municipality_id, "resident_id": talk.resident_id,
                              "conversation_id": talk.conversation_id, "now": now}  # fmt: skip
        post_id = await board.put_up(tx, **me, case_id=await cases.open(tx, **me, kind=kind), post=post)
        found = await board.load(tx, talk.municipality_id, post_id)
        await show_post(tx, found, str(post["what"]), site.municipality.zone, now)
        return post_id

    return await site.db.write(put_up)


async def example(site: World, post_id: int, words: dict[str, str]) -> None:
    """Something that is shown as this month's example."""
    now = datetime.now(UTC)
    staff_id = await site.db.write(lambda tx: staff.add(tx, name="Eva", email=f"eva{post_id}@example.se", now=now))
    assert staff_id is not None
    await site.db.write(lambda tx: board.set_example(
        tx, municipality_id=site.municipality.id, month=f"{now:%Y-%m}", post_id=post_id, words=words, staff_id=staff_id,
        now=now,
    ))  # fmt: skip


async def planned(site: World) -> int:
    """An open space with a group, its plan and minutes, and a network meeting to come with an item; the first one's id."""
    now, place = datetime.now(UTC), site.municipality.id
    said = {"title": "Öppen workshop", "place": "Fabriken", "about": "Ta med en fråga.", "languages": ["sv", "ar"]}

    async def write(tx: AsyncConnection) -> int:
        begins = now - timedelta(days=3)
        been = await meetings.add(
            tx, municipality_id=place, network_id="workshop", now=now, starts_at=begins, ends_at=begins + timedelta(hours=3),
            said=said, minutes="Vi talade om cyklar.\nNästa gång i höst.", minutes_at=now, groups_at=now,
        )  # fmt: skip
        group = await meetings.add_group(tx, await meetings.load(tx, place, been), "Språkcaféer", now)
        plan = {
            "what": "Språkcafé varje tisdag",
            "next": "Fråga biblioteket",
            "day": f"{now + timedelta(days=9):%Y-%m-%d}",
        }
        await meetings.change_group(tx, group, now, status="going", plan={**plan, "shown": plan}, shown_at=now)
        begins = now + timedelta(days=20)
        coming = await meetings.add(
            tx, municipality_id=place, network_id="oar_utan_granser", now=now, starts_at=begins, seats=40,
            ends_at=begins + timedelta(hours=2), items_until=begins - timedelta(days=7),
            said={"title": "Nätverksmötet " + "lång" * 20, "place": "Ekerö bibliotek", "access": "Hiss och hörslinga"},
        )  # fmt: skip
        await meetings.add_item(
            tx, meeting=await meetings.load(tx, place, coming), words="دراجات للقادمين الجدد", status="in", now=now
        )
        return been

    return await site.db.write(write)


async def open_activity(
    site: World, reader: Reader, what: str = "En öppen repetition", ahead: timedelta = timedelta(days=9)
) -> None:
    """An open activity of the reader's, so far ahead, that everybody can find."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)
    begins = now + ahead
    post = {
        "what": what, "when": {"day": begins.date().isoformat(), "time": "18:00"}, "where": "elsewhere",
        "address": "Parken bakom biblioteket", "who": "Dockorna",
    }  # fmt: skip

    async def put_up(tx: AsyncConnection) -> None:
        me: dict[str, Any] = {"municipality_id": talk.municipality_id, "resident_id": talk.resident_id,
                              "conversation_id": talk.conversation_id, "now": now}  # fmt: skip
        case_id = await cases.open(tx, **me, kind="open_activity")
        post_id = await board.put_up(tx, **me, case_id=case_id, post=post)
        found = await board.load(tx, talk.municipality_id, post_id)
        await show_post(tx, found, what, site.municipality.zone, now)

    await site.db.write(put_up)


async def shift(site: World, what: str = "Duka och servera kvällsmat") -> int:
    """A need for helpers, three days ahead; its id."""
    now = datetime.now(UTC)
    begins = now.replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=3)
    need = {"what": what, "about": "För barnen på boendet.", "languages_any": ["ti", "prs"], "skills_all": ["cooking"],
            "check": "children", "address": "Skolvägen 3"}  # fmt: skip
    return await site.db.write(lambda tx: shifts.add_need(
        tx, municipality_id=site.municipality.id, kind="shift", need=need, area="Stenhamra", priority=1, status="open",
        times=[(begins, begins + timedelta(hours=2))], places=3, now=now,
    ))  # fmt: skip


async def news_link(site: World, reader: Reader) -> str:
    """What a letter of news to the reader leads to."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)

    async def listen(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        known = Known(now.astimezone(site.municipality.zone), reader.language, site.municipality)
        wanted = Listen(("helpers", "culture"), ("Stenhamra",), 26, 7, 21, 8)
        await effects.apply(tx, (wanted,), who, known, site.base, None)
        return await effects.link(tx, MakeLink("news"), who, now, site.base)

    return str(await site.db.write(listen))


async def record_link(site: World, reader: Reader) -> str:
    """What a reader who has been asked for a shift gets when the municipality checks records by list."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)

    async def ask(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        me: dict[str, Any] = {"municipality_id": who.municipality_id, "now": now}
        id = await volunteers.save(
            tx, **me, resident_id=who.resident_id, conversation_id=who.conversation_id, offer={"name": "Amina"}
        )
        await volunteers.check(tx, **me, volunteer_id=id, role="children", state="asked", decision="KS 2026/12")
        return await effects.link(tx, MakeLink("record", id), who, now, site.base)

    return str(await site.db.write(ask))


async def lender_link(site: World, reader: Reader) -> str:
    """What the letter about a request of the reader's for a room leads to."""
    talk = await talk_of(site, reader)
    now = datetime.now(UTC)
    begins = now.replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=7)
    span = premises.spans_of(Times(((begins, begins + timedelta(hours=2)),)), 0)
    room = site.municipality.premises[0]

    async def ask(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        booking_id, _clashes = await bookings.book(
            tx, municipality_id=who.municipality_id, room_id=room.id, units=site.municipality.units[room.id], spans=span,
            resident_id=who.resident_id, conversation_id=who.conversation_id, status="requested", people=20,
            purpose="A choir for all", now=now,
        )  # fmt: skip
        return await links.make(
            tx, municipality_id=who.municipality_id, purpose="lender", subject_id=booking_id, now=now,
            expires_at=begins,
        )  # fmt: skip

    return f"{site.base}/lender/{await site.db.write(ask)}"


async def enquiry_link(site: World, reader: Reader, plan_id: int) -> str:
    """What the letter about a question of the reader's to a role leads to."""
    talk, now = await talk_of(site, reader), datetime.now(UTC)

    async def ask(tx: AsyncConnection) -> str:
        who = await conversations.by_id(tx, talk.conversation_id)
        role, answer_by = site.municipality.contacts.roles[0], now + timedelta(days=2)
        case_id = await cases.open(
            tx, municipality_id=who.municipality_id, kind="enquiry", conversation_id=who.conversation_id, now=now,
            resident_id=who.resident_id, plan_id=plan_id, answer_by=answer_by, note="Vem lagar cykelvägarna?",
            context={"flow": "enquiry", "answers": {"role": role.id, "topic": "roads", "area": "Stenhamra"}},
        )  # fmt: skip
        asked_id = await enquiries.ask(
            tx, municipality_id=who.municipality_id, case_id=case_id, role_id=role.id, why="first",
            answer_by=answer_by, now=now,
        )  # fmt: skip
        return await links.make(
            tx, municipality_id=who.municipality_id, purpose="enquiry", subject_id=asked_id, now=now,
            expires_at=answer_by, resident_id=who.resident_id,
        )  # fmt: skip

    return f"{site.base}/enquiry/{await site.db.write(ask)}"


async def talk_of(site: World, reader: Reader) -> Talk:
    """The conversation of the reader's browser."""
    token = next(cookie.value for cookie in reader.session.cookie_jar if cookie.key == "idelabbet")
    talk = await site.views.talk(site.municipality.id, "web", token)
    assert talk is not None
    return talk


async def furniture(site: World, day: date) -> int:
    """Something given, something needed, and a driver on that day of the week; the driver's id."""
    week = [str(day.isoweekday())]
    said: dict[str, Any] = {"days": week, "hours": ["morning", "day"], "name": "Greta", "kinds": ["sofa"]}
    now = site.turns.now()

    async def write(tx: Any) -> int:
        for kind, more in (
            ("item", {"what": "En grå soffa", "size": "two", "where": {"area": "Stenhamra"}}),
            ("need", {"what": "soffa", "up": "yes", "where": {"area": "Ekerö centrum"}}),
            ("item", {"what": "En byrå", "size": "one", "where": {"area": "Färingsö"}, "kinds": ["drawers"]}),
        ):
            who = await conversations.open(tx, municipality_id="ekero", channel="web", address=f"{kind}{more['what']}",
                                           now=now, locale_hint="sv")  # fmt: skip
            case_id = await cases.open(tx, municipality_id="ekero", kind="goods", conversation_id=who.conversation_id,
                                       resident_id=who.resident_id, now=now)  # fmt: skip
            good = await goods.add(tx, municipality_id="ekero", kind=kind, said={**said, **more}, case_id=case_id, now=now,
                                   resident_id=who.resident_id, conversation_id=who.conversation_id)  # fmt: skip
            await goods.set_address(tx, good, {"address": "Storgatan 3", "phone": "070-174 06 05", "notes": "Ring på"})
        who = await conversations.open(
            tx, municipality_id="ekero", channel="web", address="bo", now=now, locale_hint="sv"
        )
        mine: dict[str, Any] = {"municipality_id": "ekero", "resident_id": who.resident_id, "now": now,
                                "conversation_id": who.conversation_id}  # fmt: skip
        await volunteers.save(tx, **mine, offer=OFFER)
        await goods.save_driver(tx, **mine, said={"takes": "trailer", "days": week, "hours": ["morning", "day"]})
        found = await goods.driver_of(tx, who.resident_id)
        assert found is not None
        return found.id

    return await site.db.write(write)


async def run_link(site: World, driver_id: int, day: date) -> str:
    """The page of a driver's run, as the conversation would give it after a yes; the run too, where there is none yet."""

    async def make(tx: AsyncConnection) -> str:
        now, driver = site.turns.now(), await goods.driver(tx, "ekero", driver_id)
        if not await goods.runs(tx, "ekero", driver_id=driver_id):
            item, need, *_more = await goods.open_ones(tx, "ekero")
            pair_id = await goods.pair_up(
                tx, municipality_id="ekero", item_id=item.id, need_id=need.id, staff_id=None, now=now
            )
            await goods.change_pair(tx, pair_id, "ready", now, ("proposed",))
            await Desk(tx, site.municipality, now).plan(driver, day)
        (run,) = await goods.runs(tx, "ekero", driver_id=driver_id)
        await goods.change_run(tx, run.id, "taken", now, ("draft", "asked"))
        who = await conversations.by_id(tx, driver.conversation_id)
        return await effects.link(tx, MakeLink("run", run.id), who, now, site.base)

    return str(await site.db.write(make))
