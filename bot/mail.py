"""Letters: the outbox's channel for e-mail. They hold a notice and a link, never what somebody wrote."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.errors import GiveUp, InDoubt, OperatorError, Wait
from storage.outbox import Claimed

TIMEOUT_S = 15.0


class Mail:
    """Sends letters by the operator's SMTP server, `smtp://` (STARTTLS where offered) or `smtps://`."""

    def __init__(self, url: str, sender: str, reply_to: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise OperatorError(
                "IDELABB_SMTP_URL holds no smtp:// or smtps:// address; write for example smtp://mail.example.se:587"
            )
        if not sender:
            raise OperatorError(
                "IDELABB_MAIL_FROM is empty while IDELABB_SMTP_URL is set; give the address letters come from"
            )
        self.sender, self.reply_to = sender, reply_to
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
        letter["Subject"] = str(delivery.body["subject"])
        letter["Date"] = formatdate()
        letter["Message-ID"] = f"<delivery-{delivery.id}@{self.sender.rpartition('@')[2] or 'localhost'}>"
        letter["Auto-Submitted"] = "auto-generated"
        if self.reply_to:
            letter["Reply-To"] = self.reply_to
        letter.set_content(str(delivery.body["text"]))
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

    def delay_s(self, delivery: Claimed) -> float:
        return 0.0

    def budget(self) -> int:
        return 8
