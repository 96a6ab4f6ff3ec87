"""Letters: the outbox's channel for e-mail.

To residents and staff they hold a notice and a link, never what somebody wrote. To a role of the pack they hold the
question that a resident wanted sent there, and their plan if they wanted that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from email.header import Header
from email.message import EmailMessage
from email.policy import Policy
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from bot.errors import GiveUp, InDoubt, OperatorError, Wait
from storage.outbox import Claimed

TIMEOUT_S = 15.0
CONCURRENT = 8
"""So many letters at once, and as many of broadcasts."""

MakeDocument = Callable[[str, str, Any], Awaitable[tuple[bytes, str]]]
"""Makes a PDF: (municipality, kind, subject) -> its bytes and its name. Raises GiveUp when it is gone."""

log = structlog.get_logger()


class Mail:
    """Sends letters by the operator's SMTP server, `smtp://` (STARTTLS where offered) or `smtps://`.

    What is to be attached is made when the letter is sent, not in the turn that wrote it.
    """

    def __init__(self, url: str, sender: str, reply_to: str = "", make_document: MakeDocument | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise OperatorError(
                "IDELABB_SMTP_URL holds no smtp:// or smtps:// address; write for example smtp://mail.example.se:587"
            )
        if not sender:
            raise OperatorError(
                "IDELABB_MAIL_FROM is empty while IDELABB_SMTP_URL is set; give the address letters come from"
            )
        self.sender, self.reply_to, self.make_document = sender, reply_to, make_document
        self._server = {
            "hostname": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 25),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            "timeout": TIMEOUT_S,
        }

    async def send(self, delivery: Claimed) -> str | None:
        """Send one letter; its Message-ID, made from the delivery so that a second copy is recognised as one.

        Raises:
            Wait: The server is away or asks to come back later.
            GiveUp: The server refuses the address or the letter.
        """
        letter = EmailMessage()
        letter["From"], letter["To"] = self.sender, delivery.address or ""
        letter.set_raw("Subject", _header("Subject", str(delivery.body["subject"])))
        letter["Date"] = formatdate()
        letter["Message-ID"] = f"<delivery-{delivery.id}@{self.sender.rpartition('@')[2] or 'localhost'}>"
        letter["Auto-Submitted"] = "auto-generated"
        if self.reply_to:
            letter["Reply-To"] = self.reply_to
        if url := delivery.body.get(
            "unsubscribe"
        ):  # mail programs then show a button of their own (RFC 2369, RFC 8058)
            letter.set_raw("List-Unsubscribe", _Unfolded(f"<{url}>"))
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.set_content(str(delivery.body["text"]))
        await self._attach(letter, delivery)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await aiosmtplib.send(letter, **self._server)  # type: ignore[arg-type]
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise (GiveUp if code >= 500 else Wait)(f"smtp {code}") from error
        except aiosmtplib.SMTPDataError as error:
            raise (GiveUp if error.code >= 500 else Wait)(f"smtp {error.code}") from error
        except TimeoutError as error:
            raise InDoubt("smtp timeout") from error
        except (aiosmtplib.SMTPException, OSError) as error:  # a wrong password too: letters wait until it is mended
            raise Wait(type(error).__name__) from error
        return str(letter["Message-ID"])

    async def _attach(self, letter: EmailMessage, delivery: Claimed) -> None:
        """Add the document the letter is to bring; one that is gone by now does not hold the letter back."""
        wanted = delivery.body.get("attachment")
        if wanted is None or self.make_document is None:
            return
        try:
            content, name = await self.make_document(delivery.municipality_id, wanted["kind"], wanted["subject"])
        except GiveUp as gone:
            log.warning("a letter goes without its document", delivery=delivery.id, reason=str(gone))
            return
        letter.add_attachment(content, maintype="application", subtype="pdf", filename=name)

    def delay_s(self, delivery: Claimed) -> float:
        return 0.0

    def budget(self) -> int:
        return CONCURRENT

    def bulk_limit(self) -> int:
        return CONCURRENT

    def bulk_delay_s(self, granted: int) -> float:
        return 0.0


class _Unfolded(str):
    """The address to unsubscribe by, in one piece: Python would make encoded words of a long one, which no mail program
    reads there."""

    name = "List-Unsubscribe"

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _header(name: str, words: str) -> str:
    """A header as it is sent. Python 3.11 folds a long one itself too, but loses the spaces where it breaks the line."""
    return Header(words, "us-ascii" if words.isascii() else "utf-8", header_name=name).encode()
