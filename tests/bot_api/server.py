"""The server: HTTP in, one method called, HTTP out. `BotApi` is also the handle tests hold."""

# ruff: noqa: ASYNC109 - `timeout` reads best in a test, and the error shows the screen

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from tests.bot_api import chats, files, forum, messages, profile, receiving, schema
from tests.bot_api.actors import Group, Person
from tests.bot_api.bots import Bot
from tests.bot_api.calls import METHODS, Call
from tests.bot_api.clock import Clock
from tests.bot_api.control import Control
from tests.bot_api.errors import ApiError
from tests.bot_api.faults import Fault, Faults
from tests.bot_api.init_data import sign_init_data
from tests.bot_api.limits import Limits
from tests.bot_api.receiving import Polls
from tests.bot_api.schema import Upload
from tests.bot_api.screen import Place, transcript
from tests.bot_api.updates import Pending
from tests.bot_api.webhook import Delivery
from tests.bot_api.world import ALL_RIGHTS, Account, Chat, Json, Member, Switches, World

_REGISTERED = (chats, files, forum, messages, profile, receiving)  # importing them fills METHODS
MAX_BODY = 64 << 20
KEPT_CALLS = 200_000


@dataclass(slots=True)
class LoggedCall:
    """One call as it came. `error` is the description answered, None when it went well."""

    at: float
    bot_id: int
    method: str
    params: Json
    error: str | None = None
    status: int = 200
    took_s: float = 0.0
    fault: int | str | None = None


class BotApi:
    """A Bot API server on 127.0.0.1, with its world of people and groups.

    `async with BotApi() as api:` serves on a free port. `api.token` is a bot made beforehand.
    """

    def __init__(self, seed: int = 1, *, port: int = 0, control: bool = False) -> None:
        self.world = World(seed)
        self.schema = schema.load()
        self.faults = Faults()
        self.limits = Limits(self.world.clock)
        self.calls: deque[LoggedCall] = deque(maxlen=KEPT_CALLS)
        self.counts: Counter[str] = Counter()
        self.polls: dict[str, Polls] = {}
        self.port = port
        self._private: dict[tuple[int, int], Place] = {}
        self._people: dict[int, Person] = {}
        self._groups: dict[int, Group] = {}
        self._control = Control(self) if control else None
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None
        self.default_bot = self.bot()

    # Handles

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def switches(self) -> Switches:
        return self.world.switches

    @property
    def warnings(self) -> list[str]:
        """What Telegram would have passed over in silence; a sound bot leaves this empty."""
        return self.world.warnings

    @property
    def token(self) -> str:
        return self.default_bot.token

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """For telegram.Bot(base_url=...)."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    # Making bots, people and groups

    def bot(self, *, token: str | None = None, username: str = "idelabbet_bot", privacy: bool = True) -> Bot:
        """Register a bot. Its id is the number before the colon of its token."""
        if token is None:
            token = f"{self.world.random.randrange(10**9, 9 * 10**9)}:{self.world.token(35)}"
        account = Account(int(token.partition(":")[0]), "Idélabbet", username=username, is_bot=True)
        bot = self.world.bots[token] = Bot(self.world, token, account, privacy)
        self.polls[token] = Polls()
        return bot

    def user(
        self,
        *,
        id: int | None = None,
        first_name: str = "Amina",
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "sv",
        started: bool = False,
    ) -> Person:
        """A person, the same for the same id. `started`: has written to the bot before."""
        if id in self._people:
            return self._people[id]
        if id is None:
            id = self.world.random.randrange(10**8, 7 * 10**9)
        account = Account(id, first_name, last_name, username, language_code)
        self.world.people[id] = account
        person = self._people[id] = Person(self, account, self.default_bot)
        person.chat.chat.started = started
        return person

    def group(
        self,
        title: str,
        *,
        id: int | None = None,
        kind: str = "supergroup",
        forum: bool = False,
        members: tuple[Person, ...] | list[Person] = (),
        admins: tuple[Person, ...] | list[Person] = (),
        bot_rights: frozenset[str] | None = ALL_RIGHTS,
        with_bot: bool = True,
        username: str | None = None,
    ) -> Group:
        """A group with these people. The bot is administrator; with `bot_rights=None` a plain member."""
        if id is None:
            number = self.world.random.randrange(10**9, 9 * 10**9)
            id = -number if kind == "group" else -(10**12) - number
        chat = self.world.groups[id] = Chat(id, kind, title=title, is_forum=forum)
        chat.username = username
        for person in members:
            chat.members[person.id] = Member(person.account)
        for person in admins:
            chat.members[person.id] = Member(person.account, "administrator", ALL_RIGHTS)
        if with_bot:
            account = self.default_bot.account
            administrator = Member(account, "administrator", bot_rights or frozenset())
            chat.members[account.id] = Member(account) if bot_rights is None else administrator
        group = self._groups[id] = Group(self, chat)
        return group

    def private_place(self, bot: Bot, account: Account) -> Place:
        """The one Place of a private chat, so that what was heard stays heard."""
        return self._private.setdefault((bot.id, account.id), Place(bot.chat_with(account)))

    def find_group(self, chat_id: int) -> Group:
        return self._groups[chat_id]

    def bots_in(self, chat: Chat, private: Bot | None = None) -> list[Bot]:
        """The bots of a group, or the one of a private chat."""
        if chat.kind == "private":
            return [private] if private else []
        return [
            bot for bot in self.world.bots.values() if (member := chat.members.get(bot.id)) is not None and member.is_in
        ]

    # Trouble on demand

    def fail(
        self,
        method: str,
        answer: int | str,
        *,
        chat: Place | int | None = None,
        times: int | None = 1,
        retry_after: int = 1,
        migrate_to: int | None = None,
        description: str | None = None,
        stall_s: float = 0.0,
        hold_s: float = 0.0,
        bot: Bot | None = None,
    ) -> Fault:
        """Let the next calls of a method ("*": any) go wrong; see `Fault` for the answers.

        `stall_s` waits before anything is stored, `hold_s` between storing and answering.
        """
        return self.faults.add(
            Fault(
                method=method,
                answer=answer,
                chat_id=chat.id if isinstance(chat, Place) else chat,
                bot_token=bot.token if bot else None,
                times=times,
                retry_after_s=retry_after,
                migrate_to=migrate_to,
                description=description,
                stall_s=stall_s,
                hold_s=hold_s,
            )
        )

    async def replay(
        self, update_id: int | None = None, *, times: int = 1, together: bool = False, bot: Bot | None = None
    ) -> list[int | None]:
        """Deliver an update (default: the newest) again; a webhook's HTTP statuses come back.

        Polling bots get it with their next getUpdates, whatever their offset.
        """
        bot = bot or self.default_bot
        pending = bot.updates.history[-1] if update_id is None else bot.updates.find(update_id)
        if bot.webhook.url:
            return await bot.webhook.repeat(pending, times, together=together)
        bot.updates.again += [pending] * times
        bot.updates.arrived.set()
        return []

    @contextmanager
    def holding(self, *kinds: str, bot: Bot | None = None) -> Iterator[None]:
        """Keep updates of these kinds back until the end of the block: they come after the others."""
        with ExitStack() as stack:
            for kind in kinds:
                stack.enter_context((bot or self.default_bot).updates.holding(kind))
            yield

    @asynccontextmanager
    async def unreachable(self) -> AsyncIterator[None]:
        """Nobody answers at the port until the end of the block; open connections are cut, calls under way lose their
        answer."""
        assert self._runner is not None and self._runner.server is not None and self._site is not None
        await self._site.stop()
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        try:
            yield
        finally:
            await self._listen()

    def push(self, kind: str, payload: Json, *, bot: Bot | None = None, queue: int = 0) -> int | None:
        """Send a made-up update, such as one of a kind the bot has never heard of."""
        updates = (bot or self.default_bot).updates
        if kind not in updates.allowed:
            updates.allowed |= {kind}
        return updates.add(kind, payload, ("made up", queue))

    # Looking

    def pending(self, bot: Bot | None = None) -> list[Pending]:
        """The updates not confirmed yet."""
        updates = (bot or self.default_bot).updates
        updates.expire()
        return list(updates.waiting.values())

    def deliveries(self, bot: Bot | None = None) -> list[Delivery]:
        """The attempts at the webhook, oldest first."""
        return list((bot or self.default_bot).webhook.deliveries)

    async def settled(self, timeout: float = 5.0, bot: Bot | None = None) -> None:
        """Wait until every update is confirmed. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while waiting := self.pending(bot):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(waiting)} updates are not confirmed, first {waiting[0].as_json()}")
            await asyncio.sleep(0.005)

    def calls_of(self, method: str, chat: Place | int | None = None) -> list[LoggedCall]:
        """The calls of one method, for one chat or all."""
        chat_id = chat.id if isinstance(chat, Place) else chat
        return [
            call
            for call in self.calls
            if call.method == method and chat_id in (None, call.params.get("chat_id"), _number(call.params))
        ]

    def transcript(self, place: Place | Person) -> str:
        """What stands in a chat or topic now, as lines `name> text`."""
        return "\n".join(transcript(place.chat if isinstance(place, Person) else place))

    def sign_init_data(self, user: Person | None, auth_date: int | None = None, **fields: str) -> str:
        """initData for a Mini App of the default bot, as this person's client would get it."""
        known = user.as_json() if user else None
        return sign_init_data(self.token, known, self.clock.unix() if auth_date is None else auth_date, **fields)

    # Serving

    async def __aenter__(self) -> BotApi:
        server = web.Server(self._handle, request_factory=_request, access_log=None, keepalive_timeout=75.0)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.2)
        await self._runner.setup()
        await self._listen()
        self.port = self._runner.addresses[0][1]
        return self

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await self._site.start()

    async def __aexit__(self, *_: object) -> None:
        for bot in self.world.bots.values():
            self.polls[bot.token].end(bot, receiving.WEBHOOK_SET)
            await bot.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = unquote(request.path)
        if path.startswith("/bot"):
            token, _, method = path[4:].partition("/")
            return await self._serve(request, token, method)
        if path.startswith("/file/bot"):
            token, _, name = path[9:].partition("/")
            return self._file(token, name)
        if self._control is not None and path.startswith("/control/"):
            return await self._control.serve(request, path.removeprefix("/control/"))
        return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})

    def _file(self, token: str, path: str) -> web.Response:
        if token in self.world.bots:
            for stored in self.world.files.values():
                if stored.path == path:
                    return web.Response(body=stored.content, content_type="application/octet-stream")
        return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})

    async def _serve(self, request: web.BaseRequest, token: str, method: str) -> web.StreamResponse:
        """One call, from reading the body to the answer, with the faults and waits asked for."""
        begun = time.monotonic()
        bot = self.world.bots.get(token)
        if bot is None or bot.logged_out:
            await request.read()
            if bot is None:
                return _json(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
            return _json(400, {"ok": False, "error_code": 400, "description": "Logged out"})
        known = self.schema.methods.get(method.lower())
        name = known.name if known else method
        logged = LoggedCall(self.clock.time(), bot.id, name, {})
        self.calls.append(logged)
        self.counts[name] += 1
        try:
            logged.params = params = await _params(request)
            fault = self.faults.match(token, name, params)
            logged.fault = fault.answer if fault else None
            if self.switches.latency_s:
                await asyncio.sleep(self.switches.latency_s)
            if fault:
                await asyncio.sleep(fault.stall_s)
                if fault.answer == "reset":
                    return _reset(request)
                if error := fault.error():
                    raise error
            if known is None:
                raise ApiError(404, "Not Found")
            self.limits.check(token, name, params)
            answer = await self._call(bot, known, params)
            if fault:
                await asyncio.sleep(fault.hold_s)
                if fault.answer == "lost":
                    return _reset(request)
                if fault.answer == "garbled":
                    return web.Response(body=b'{"ok":true,"result":{"message_id":', content_type="application/json")
            return _json(200, answer)
        except ApiError as error:
            logged.error, logged.status = error.description, error.code
            return _json(error.code, error.as_json())
        finally:
            logged.took_s = time.monotonic() - begun

    async def _call(self, bot: Bot, known: schema.Method, params: Json) -> Json:
        values = known.read(params, self.world.warn)
        uploads = {name: value for name, value in params.items() if isinstance(value, Upload)}
        result = METHODS[known.name](Call(self, bot, known.name, values, uploads))
        if isawaitable(result):
            result = await result
        if self.switches.check_own:
            known.returns.read(result, f"the answer to {known.name}", self.world.warn)
        return {"ok": True, "result": result}


def _number(params: Json) -> int | None:
    """The chat_id of a form body, which is text."""
    text = str(params.get("chat_id", ""))
    return int(text) if text.removeprefix("-").isdecimal() else None


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]) -> web.BaseRequest:
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY
    )


def _json(status: int, answer: Json) -> web.Response:
    body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return web.Response(body=body, status=status, content_type="application/json")


def _reset(request: web.BaseRequest) -> web.Response:
    """Drop the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _params(request: web.BaseRequest) -> Json:
    """The parameters of a query string and of a JSON, form or multipart body."""
    params: Json = dict(parse_qsl(request.query_string, keep_blank_values=True)) if request.query_string else {}
    if request.method == "GET" or not request.can_read_body:
        return params
    kind = request.content_type
    if kind == "multipart/form-data":
        try:
            form = await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise ApiError(413, "Request Entity Too Large") from None
        for name, value in form.items():
            if isinstance(value, web.FileField):
                params[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                params[name] = value
        return params
    body = await request.read()
    if kind == "application/json":
        try:
            given = json.loads(body) if body else {}
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse JSON object") from None
        if not isinstance(given, dict):
            raise ApiError(400, "Bad Request: can't parse JSON object: Object expected")
        return params | given
    try:
        return params | dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise ApiError(400, "Bad Request: strings must be encoded in UTF-8") from None
