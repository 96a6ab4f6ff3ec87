"""Calls of the Bot API over aiohttp: fast, honest about what may have arrived, and silent about the token.

The library's own transport costs several times as much for each call and says the same of a connection that never came
about as of an answer that was lost. Here they are two errors, since only one of them may lead to a second copy.

`call` takes and gives plain dicts, for the thousands of messages and updates; a `telegram.Bot` may be put on top for
the rest. Texts of errors never hold the address of a call, for the token is part of it.
"""

from __future__ import annotations

import functools
import io
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
import telegram
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

CONNECT_S = 5.0
ANSWER_S = 10.0
UPLOAD_S = 14.0
"""How long an answer may take. Both are shorter than the time for which the outbox leaves an attempted delivery alone
(`bot.outbox.LEASE_S`), so that nothing is sent anew while it is still on its way."""

DOWNLOAD_S = 60.0

_HEADERS = {"Content-Type": "application/json"}
_NOT_NEEDED = frozenset({"User-Agent", "Accept", "Accept-Encoding"})
_TEXT_MAX = 200


class NotSent(TelegramError):
    """The call did not leave this machine: no connection."""


class Unanswered(TelegramError):
    """The call may have been carried out: its answer was lost, late, or a fault of the server (5xx)."""


class Refused(TelegramError):
    """The server said no: HTTP `status`, `description` in lower case without the words before its colon.

    `retry_after_s` comes with 429, `migrate_to` with a group that has become a supergroup.
    """

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {description}"[:_TEXT_MAX])
        self.status = status
        self.description = description.partition(": ")[2].lower() or description.lower()
        self.retry_after_s: int | None = parameters.get("retry_after")
        self.migrate_to: int | None = parameters.get("migrate_to_chat_id")


class TooLarge(Exception):
    """A file of more bytes than asked for."""


class Transport(BaseRequest):
    """One pool of connections to one Bot API server, for one bot."""

    def __init__(self, token: str, api_url: str) -> None:
        self._methods = f"{api_url}/bot{token}/"
        self._files = f"{api_url}/file/bot{token}/"
        self._urls: dict[str, URL] = {}
        self._session: aiohttp.ClientSession | None = None
        parts = urlsplit(api_url)
        self._proxied = parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=50, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_NEEDED,
                trust_env=self._proxied,
                timeout=aiohttp.ClientTimeout(total=ANSWER_S, connect=CONNECT_S),
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def read_timeout(self) -> float:
        return ANSWER_S

    def bot(self, token: str) -> telegram.Bot:
        """A typed client on this transport. Do not log it: its representation holds the token."""
        logging.getLogger("telegram").setLevel(logging.WARNING)  # at DEBUG it writes the token down, and what is said
        return telegram.Bot(
            token, self._methods.removesuffix(f"{token}/"), self._files.removesuffix(f"{token}/"), self, self
        )

    async def call(
        self,
        method: str,
        parameters: Mapping[str, Any],
        *,
        file: tuple[str, str, bytes] | None = None,
        timeout_s: float | None = None,
    ) -> Any:
        """Call one method; the `result` of its answer. `file` is a parameter's name, a file name and its bytes.

        Raises:
            NotSent, Unanswered, Refused: Whether it may have been carried out.
        """
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(self._methods + method, encoded=True)
        if file is None:
            body: Any = _json(parameters)
            status, answer = await self._post(url, body, timeout_s or ANSWER_S, headers=_HEADERS)
        else:
            status, answer = await self._post(url, _form(parameters, file), timeout_s or UPLOAD_S)
        return _result(status, answer)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """What `telegram.Bot` calls. It uploads nothing here: files go through `call`."""
        body = _json(request_data.parameters if request_data else {})
        status, answer = await self._post(URL(url, encoded=True), body, ANSWER_S, headers=_HEADERS)
        _result(status, answer)
        return status, answer

    async def download(self, path: str, max_bytes: int) -> bytes:
        """A file by the path that getFile gave.

        Raises:
            TooLarge: It has more than `max_bytes`.
            NotSent, Unanswered, Refused: As for a call.
        """
        session = self._session
        if session is None:
            raise NotSent("the connections are closed")
        whole = aiohttp.ClientTimeout(total=DOWNLOAD_S, connect=CONNECT_S)
        found, trouble = bytearray(), ""
        try:
            async with session.get(URL(self._files + path), timeout=whole) as answer:
                if answer.status != 200:
                    raise Refused(answer.status, "file not found", {})
                async for part in answer.content.iter_chunked(1 << 16):
                    found += part
                    if len(found) > max_bytes:
                        raise TooLarge
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            trouble = type(error).__name__
        if trouble:
            raise Unanswered(trouble)
        return bytes(found)

    async def _post(self, url: URL, body: Any, timeout_s: float, headers: Any = None) -> tuple[int, bytes]:
        """One POST. The new error is raised outside the `except`, so that nothing drags the address along with it."""
        session = self._session
        if session is None:
            raise NotSent("the connections are closed")
        limit = _limit(timeout_s)
        failed: TelegramError
        try:
            async with session.post(url, data=body, headers=headers, timeout=limit) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            failed = NotSent(f"no connection ({type(error).__name__})")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            failed = Unanswered(f"no answer ({type(error).__name__})")
        raise failed


@functools.cache
def _limit(timeout_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout_s, connect=min(CONNECT_S, timeout_s))


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False).encode(errors="replace")  # half a surrogate pair becomes "?"


def _form(parameters: Mapping[str, Any], file: tuple[str, str, bytes]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in parameters.items():
        form.add_field(name, value if isinstance(value, str) else _json(value).decode())
    name, file_name, content = file
    form.add_field(name, io.BytesIO(content), filename=file_name, content_type="application/octet-stream")
    return form


def _result(status: int, body: bytes) -> Any:
    """The result in an answer, or the error it is."""
    try:
        answer = json.loads(body)
        if status == 200:
            return answer["result"]
        description, parameters = str(answer.get("description", "")), answer.get("parameters") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        description, parameters = "", {}
    if status < 300:
        raise Unanswered("an answer that is no answer")
    if status >= 500:
        raise Unanswered(f"{status} {description}"[:_TEXT_MAX])
    raise Refused(status, description or f"HTTP status {status}", parameters)
