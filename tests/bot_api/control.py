"""The control addresses: what tests in other processes use instead of the Python handle. Listed in README.md."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.bot_api.actors import Group, Person, Press
from tests.bot_api.screen import Place
from tests.bot_api.world import Json, Message

if TYPE_CHECKING:
    from tests.bot_api.bots import Bot
    from tests.bot_api.server import BotApi

_USER_VERBS = """
says starts presses opens forges sends sends_location sends_venue sends_contact sends_photo sends_voice sends_document
sends_sticker edits deletes blocks unblocks deletes_account hears sees
"""
USER_VERBS = frozenset(_USER_VERBS.split())
GROUP_VERBS = frozenset(("opens_topic", "adds", "removes", "promotes", "sets_bot", "migrates", "vanishes"))
TOPIC_VERBS = frozenset(("closes", "reopens", "renames", "deletes", "hears", "sees"))


class Control:
    def __init__(self, api: BotApi) -> None:
        self.api = api

    async def serve(self, request: web.BaseRequest, path: str) -> web.Response:
        """POST /control/<what>[/<id>/<verb>] with a JSON object; GET takes a query. Errors are 400 with a text."""
        try:
            given = dict(request.query) | (json.loads(await request.read() or b"{}"))
            result = await self._act(path.strip("/").split("/"), given)
        except TimeoutError as error:
            return web.json_response({"error": str(error)}, status=408)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response(result)

    async def _act(self, parts: list[str], given: Json) -> Any:
        what, *rest = parts
        if what == "user" and len(rest) == 2 and rest[1] in USER_VERBS:
            person = self._person(rest[0], given)
            return await self._verb(getattr(person, rest[1]), person.chat, given)
        if what == "group" and len(rest) == 2 and rest[1] in GROUP_VERBS:
            group = self.api.find_group(int(rest[0]))
            return await self._verb(getattr(group, rest[1]), group, given)
        if what == "topic" and len(rest) == 3 and rest[2] in TOPIC_VERBS:
            topic = self.api.find_group(int(rest[0])).topic(int(rest[1]))
            return await self._verb(getattr(topic, rest[2]), topic, given)
        simple: dict[str, Callable[[Json], Any]] = {
            "health": lambda _: {"ok": True, "schema": self.api.schema.version},
            "bot": self._bot,
            "user": self._user,
            "crowd": self._crowd,
            "group": self._group,
            "push": self._push,
            "screen": self._screen,
            "transcript": lambda given: {"transcript": self.api.transcript(self._place(given))},
            "calls": self._calls,
            "counts": self._counts,
            "warnings": lambda _: self.api.warnings,
            "deliveries": self._deliveries,
            "fail": self._fail,
            "settings": self._settings,
            "clock": self._clock,
            "replay": self._replay,
            "init_data": self._init_data,
        }
        if rest or what not in simple:
            raise LookupError(f"no control address /control/{'/'.join(parts)}")
        result = simple[what](given)
        return await result if isinstance(result, Awaitable) else result

    # Finding things

    def _bot_named(self, given: Json) -> Bot:
        """The bot whose token stands under "bot", taken out; else the first one."""
        token = given.pop("bot", None)
        return self.api.world.bots[token] if token else self.api.default_bot

    def _person(self, user_id: str | int, given: Json | None = None) -> Person:
        account = self.api.world.people[int(user_id)]
        person = self.api.user(id=account.id)
        return person.with_bot(self._bot_named(given)) if given and "bot" in given else person

    def _place(self, given: Json) -> Place:
        chat_id = int(given["chat"])
        if chat_id > 0:
            return self._person(chat_id, given).chat
        group = self.api.find_group(chat_id)
        thread = given.get("thread")
        if thread is None:
            return group
        return group.topic(int(thread)) if int(thread) else group.general

    async def _verb(self, verb: Callable[..., Awaitable[Any]], place: Place, given: Json) -> Any:
        """Call a verb; ids of messages, people and places in its arguments become the things themselves."""
        if isinstance(given.get("where"), dict):
            place = given["where"] = self._place(given["where"])
        for name in ("message", "reply_to"):
            if name in given:
                given[name] = place.chat.messages[int(given[name])]
        for name in ("by", "person"):
            if name in given:
                given[name] = self._person(given[name])
        if "content" in given and isinstance(given["content"], str):
            given["content"] = base64.b64decode(given["content"])
        if "rights" in given:
            given["rights"] = frozenset(given["rights"])
        if "timeout" in given:
            given["timeout"] = float(given["timeout"])
        return shown(await verb(**given))

    # Making

    def _bot(self, given: Json) -> Json:
        bot = self.api.bot(**given) if given else self.api.default_bot
        return {"token": bot.token, "id": bot.id, "username": bot.account.username}

    def _user(self, given: Json) -> Json:
        return self.api.user(**given).as_json()

    async def _crowd(self, given: Json) -> Json:
        """Make `count` people from `first_id` on; each says `says`, if given, `times` times."""
        first_id, count = int(given["first_id"]), int(given["count"])
        for user_id in range(first_id, first_id + count):
            person = self.api.user(id=user_id, language_code=given.get("language_code", "sv"), started=True)
            for _ in range(int(given.get("times", 1)) if given.get("says") else 0):
                await person.says(given["says"])
        return {"first_id": first_id, "count": count, "pending": len(self.api.pending())}

    def _group(self, given: Json) -> Json:
        for name in ("members", "admins"):
            given[name] = [self._person(user_id) for user_id in given.get(name, ())]
        if given.get("bot_rights") is not None:
            given["bot_rights"] = frozenset(given["bot_rights"])
        return self.api.group(**given).chat.as_json()

    def _push(self, given: Json) -> Json:
        return {"update_id": self.api.push(given["kind"], given["payload"], bot=self._bot_named(given))}

    # Looking

    def _screen(self, given: Json) -> list[Json]:
        return [shown(message) for message in self._place(given).messages]

    def _calls(self, given: Json) -> list[Json]:
        since, limit = int(given.get("since", 0)), int(given.get("limit", 1000))
        calls = [call for call in self.api.calls if given.get("method") in (None, call.method)]
        return [
            {name: getattr(call, name) for name in ("at", "bot_id", "method", "error", "status", "took_s", "fault")}
            | {"params": {name: value for name, value in call.params.items() if isinstance(value, (str, int))}}
            for call in calls[since : since + limit]
        ]

    def _counts(self, given: Json) -> Json:
        bot = self._bot_named(given)
        return {
            "calls": dict(self.api.counts),
            "pending": len(self.api.pending(bot)),
            "expired": bot.updates.expired,
            "refused": self.api.limits.refused,
        }

    def _deliveries(self, given: Json) -> list[Json]:
        names = ("update_id", "kind", "at", "attempt", "status", "error")
        return [{name: getattr(each, name) for name in names} for each in self.api.deliveries(self._bot_named(given))]

    # Trouble

    def _fail(self, given: Json) -> Json:
        if "cancel" in given:
            for fault in self.api.faults.rules:
                fault.cancel()
            return {"cancelled": len(self.api.faults.rules)}
        if "bot" in given:
            given["bot"] = self._bot_named(given)
        self.api.fail(**given)
        return {"rules": len(self.api.faults.rules)}

    def _settings(self, given: Json) -> Json:
        """Set any of Switches, and "limits" (true or false)."""
        if "limits" in given:
            self.api.limits.on = bool(given.pop("limits"))
        for name, value in given.items():
            setattr(self.api.switches, name, value)
        names = self.api.switches.__slots__
        return {name: getattr(self.api.switches, name) for name in names} | {"limits": self.api.limits.on}

    def _clock(self, given: Json) -> Json:
        if "stop_at" in given:
            self.api.clock.stop(float(given["stop_at"]))
        self.api.clock.advance(float(given.get("advance_s", 0)))
        return {"time": self.api.clock.time()}

    async def _replay(self, given: Json) -> Json:
        bot = self._bot_named(given)
        return {"statuses": await self.api.replay(**given, bot=bot)}

    def _init_data(self, given: Json) -> Json:
        person = self._person(given.pop("user"))
        return {"init_data": self.api.sign_init_data(person, given.pop("auth_date", None), **given)}


def shown(result: Any) -> Any:
    """What a verb led to, as JSON."""
    if isinstance(result, Message):
        return {
            "message_id": result.id,
            "chat": result.chat.id,
            "thread": result.thread_id,
            "from_bot": result.from_bot,
            "text": result.text,
            "html": result.html,
            "buttons": result.buttons,
            "data": [[button.get("callback_data") for button in row] for row in result.inline_rows],
            "edited": result.edited,
            "kind": result.kind,
        }
    if isinstance(result, Press):
        return {"callback_query_id": result.id}
    if isinstance(result, Group):
        return result.chat.as_json()
    if isinstance(result, Place):
        return {"chat": result.id, "thread": result.thread_id}
    return result
