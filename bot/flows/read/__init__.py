"""Readers: what people write or press -> a value, a draft, a doubt, or a Problem in kind words."""

from bot.flows.read.choosing import consent, many_choices, one_choice, yes_no
from bot.flows.read.texts import long_text, text
from bot.flows.read.typed import Control

__all__ = ["Control", "consent", "long_text", "many_choices", "one_choice", "text", "yes_no"]
