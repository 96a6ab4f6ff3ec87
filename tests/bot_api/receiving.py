"""getUpdates and the webhook's methods."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from tests.bot_api.bots import Bot
from tests.bot_api.calls import Call, handles
from tests.bot_api.errors import ApiError, bad_request, too_many_requests
from tests.bot_api.world import Json

MAX_POLL_S, CONFLICT_PAUSE_S = 50, 3.0
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(eq=False)
class Poll:
    """The one getUpdates call that may wait; `ended_by` is set when another one comes."""

    ended_by: str | None = None


class Polls:
    """What the receiving methods remember between calls of one bot."""

    def __init__(self) -> None:
        self.waiting: Poll | None = None
        self.last_offset: int | None = None
        self.last_at = 0.0
        self.next_conflict_at = 0.0
        self.next_webhook_at = 0.0

    def end(self, bot: Bot, why: str) -> None:
        if self.waiting is not None:
            self.waiting.ended_by = why
            self.waiting = None
            bot.updates.arrived.set()


@handles("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    bot, values, polls = call.bot, call.values, call.api.polls[call.bot.token]
    loop = asyncio.get_running_loop()
    if bot.webhook.url:
        await _conflict(call, WEBHOOK_ACTIVE)
    limit = min(max(values.get("limit", 100), 1), 100)
    timeout_s = min(max(values.get("timeout", 0), 0), MAX_POLL_S)
    offset = values.get("offset", 0)
    bot.updates.allow(values.get("allowed_updates"))
    polls.end(bot, OTHER_POLL)
    if call.api.switches.poll_quirks:
        if offset == polls.last_offset and loop.time() < polls.last_at + 3 and timeout_s < 3:
            timeout_s = 3
        if offset == polls.last_offset and loop.time() < polls.last_at + 0.5:
            limit = 1
        polls.last_offset, polls.last_at = offset, loop.time()
    poll = polls.waiting = Poll()
    deadline = loop.time() + timeout_s
    try:
        while not (found := bot.updates.take(offset, limit)):
            bot.updates.arrived.clear()
            left = deadline - loop.time()
            if left <= 0:
                return []
            try:
                await asyncio.wait_for(bot.updates.arrived.wait(), left)
            except TimeoutError:
                return []
            if poll.ended_by:
                await _conflict(call, poll.ended_by)
        return [pending.as_json() for pending in found]
    finally:
        if polls.waiting is poll:
            polls.waiting = None


async def _conflict(call: Call, why: str) -> None:
    """Answer 409; one that follows within three seconds is held back that long."""
    polls = call.api.polls[call.bot.token]
    now = asyncio.get_running_loop().time()
    if call.api.switches.poll_quirks and now < polls.next_conflict_at:
        await asyncio.sleep(CONFLICT_PAUSE_S)
    else:
        polls.next_conflict_at = now + CONFLICT_PAUSE_S
    raise ApiError(409, why)


@handles("setWebhook")
async def set_webhook(call: Call) -> bool:
    bot, values, polls = call.bot, call.values, call.api.polls[call.bot.token]
    url = values["url"] if values.get("url") else ""
    if not url:
        return await _no_webhook(call)
    now = call.api.clock.time()
    if call.api.limits.on and now < polls.next_webhook_at:
        raise too_many_requests(1)
    polls.next_webhook_at = now + 1
    bot.webhook.check(url)
    secret = values.get("secret_token")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise bad_request(
            "secret token is too long" if len(secret) > 256 else "secret token contains unallowed characters"
        )
    bot.updates.allow(values.get("allowed_updates"))
    if values.get("drop_pending_updates"):
        bot.updates.waiting.clear()
    polls.end(bot, WEBHOOK_SET)
    await bot.webhook.set(url, secret, min(max(values.get("max_connections", 40), 1), 100_000))
    return True


@handles("deleteWebhook")
async def delete_webhook(call: Call) -> bool:
    return await _no_webhook(call)


async def _no_webhook(call: Call) -> bool:
    await call.bot.webhook.stop()
    if call.values.get("drop_pending_updates"):
        call.bot.updates.waiting.clear()
    return True


@handles("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    bot = call.bot
    bot.updates.expire()
    info: Json = {
        "url": bot.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.waiting),
    }
    if bot.webhook.url:
        info["max_connections"] = bot.webhook.max_connections
    if bot.updates.allowed_given:
        info["allowed_updates"] = bot.updates.allowed_given
    if bot.webhook.last_error:
        info["last_error_date"], info["last_error_message"] = bot.webhook.last_error
    return info
