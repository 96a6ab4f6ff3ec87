"""Private chats in Telegram: updates in, messages out, over a transport of our own."""

import os

from bot.handlers.telegram.channel import Telegram
from bot.handlers.telegram.init_data import BadInitData, verify

__all__ = ["BadInitData", "Telegram", "verify"]

# Asked for at every reading: without it the library warns that times will be of another type one day.
os.environ.setdefault("PTB_TIMEDELTA", "true")
