"""The web for residents: chat, forms, private links and notices. Works without JavaScript; better with it."""

from bot.handlers.web.site import TelegramUser, Web, WebParts

__all__ = ["TelegramUser", "Web", "WebParts"]
