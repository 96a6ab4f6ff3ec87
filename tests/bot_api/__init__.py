"""A strict stand-in for the Telegram Bot API server, for tests and benchmarks. Begin with README.md."""

from tests.bot_api.actors import Group, Person, Press, Topic
from tests.bot_api.bots import Bot
from tests.bot_api.init_data import sign_init_data
from tests.bot_api.screen import Place
from tests.bot_api.server import BotApi
from tests.bot_api.world import ALL_RIGHTS, Message

__all__ = [
    "ALL_RIGHTS",
    "Bot",
    "BotApi",
    "Group",
    "Message",
    "Person",
    "Place",
    "Press",
    "Topic",
    "sign_init_data",
]
