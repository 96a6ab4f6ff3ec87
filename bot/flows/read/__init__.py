"""Readers: what people write or press -> a value, a draft, a doubt, or a Problem in kind words.

Every factory makes a `bot.flows.model.Reader`; each class says what its values look like. Beside the protocol, readers
have `controls` (the controls of a web form) and `form_values` (what a form shows for a value).
"""

from bot.flows.read.ages import ages
from bot.flows.read.agreeing import consent, yes_no, yes_or_no
from bot.flows.read.choosing import many_choices, one_choice
from bot.flows.read.counting import money, whole_number
from bot.flows.read.files import file
from bot.flows.read.languages import languages
from bot.flows.read.lines import Column
from bot.flows.read.listing import rows
from bot.flows.read.people import email, person
from bot.flows.read.places import place
from bot.flows.read.texts import long_text, text
from bot.flows.read.times import times
from bot.flows.read.typed import Control, Kind, words
from bot.flows.read.when import day, day_and_time, time_of_day

__all__ = [
    "Column",
    "Control",
    "Kind",
    "ages",
    "consent",
    "day",
    "day_and_time",
    "email",
    "file",
    "languages",
    "long_text",
    "many_choices",
    "money",
    "one_choice",
    "person",
    "place",
    "rows",
    "text",
    "time_of_day",
    "times",
    "whole_number",
    "words",
    "yes_no",
    "yes_or_no",
]
