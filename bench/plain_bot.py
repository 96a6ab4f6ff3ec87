"""What our program is measured against: python-telegram-bot as its examples use it, in a process of its own.

An Application with a ConversationHandler and PicklePersistence, polling, everything as by default: updates one after
another, state in memory, written every 60 seconds. Run as `python -m bench.plain_bot` with the addresses in the
environment; `fill` writes the file of 100,000 residents it starts with.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

STARTED = b"polling"
NAME = "idea"
QUESTIONS: tuple[tuple[str, str], ...] = (
    ("idea", "Berätta om din idé. Vad skulle hända?"),
    ("who", "Vem är det till för?"),
    ("why", "Vad blir bättre för dem? Varför behövs det?"),
    ("team", "Vem gör det, och med vem? Skriv ett namn på varje rad, och vad de gör om du vet."),
    ("own", "Vad gör du själv?"),
    ("where", "Var skulle det vara? Skriv platsens namn."),
)
"""A few questions of the idea flow, word for word about as long."""

BUTTONS = (("Jag vet inte än", "skip"), ("Visa ett exempel", "example"), ("Mer …", "more"), ("Tillbaka", "back"),
           ("Prata med en människa", "coach"))  # fmt: skip


def question(step: int) -> tuple[str, InlineKeyboardMarkup]:
    """The words and the buttons of one question."""
    words = f"{QUESTIONS[step][1]}\n\nFråga {step + 1} av {len(QUESTIONS)}"
    buttons = [InlineKeyboardButton(label, callback_data=f"{step}:{data}") for label, data in BUTTONS]
    return words, InlineKeyboardMarkup([buttons[:2], buttons[2:4], buttons[4:]])


async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """The first question."""
    return await _ask(update, 0)


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Keep an answer and ask the next question; after the last one begin again, so that a bench may go on."""
    assert update.message is not None and context.user_data is not None
    step = int(context.user_data.get("step", 0))
    context.user_data[QUESTIONS[step][0]] = update.message.text
    context.user_data["step"] = (step + 1) % len(QUESTIONS)
    return await _ask(update, (step + 1) % len(QUESTIONS))


async def pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """A button: go on to the next question without an answer."""
    assert update.callback_query is not None and context.user_data is not None
    await update.callback_query.answer()
    step = (int(context.user_data.get("step", 0)) + 1) % len(QUESTIONS)
    context.user_data["step"] = step
    return await _ask(update, step)


async def _ask(update: Update, step: int) -> int:
    words, buttons = question(step)
    assert update.effective_chat is not None
    await update.effective_chat.send_message(words, reply_markup=buttons)
    return step


def fill(file: Path, chats: Sequence[int]) -> None:
    """Write the file that PicklePersistence reads: everybody was asked the first question."""
    data = {
        "user_data": {chat: {"step": 0, "name": f"Resident {chat}"} for chat in chats},
        "conversations": {NAME: {(chat, chat): 0 for chat in chats}},
        "chat_data": {},
        "bot_data": {},
        "callback_data": None,
    }
    file.write_bytes(pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL))


def main() -> None:
    """Poll until killed."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write the token down
    url = os.environ["PLAIN_API_URL"]

    async def up(application: object) -> None:
        print(STARTED.decode(), flush=True)

    application = (
        Application.builder()
        .token(os.environ["PLAIN_TOKEN"])
        .base_url(f"{url}/bot")
        .persistence(PicklePersistence(os.environ["PLAIN_FILE"]))
        .post_init(up)
        .build()
    )
    texts: list[Any] = [MessageHandler(filters.TEXT & ~filters.COMMAND, answered), CallbackQueryHandler(pressed)]
    start: Any = CommandHandler(("start", "idea"), begin)
    application.add_handler(
        ConversationHandler(
            entry_points=[start],
            states=dict.fromkeys(range(len(QUESTIONS)), texts),
            fallbacks=[start],
            name=NAME,
            persistent=True,
        )
    )
    application.run_polling()


if __name__ == "__main__":
    main()
