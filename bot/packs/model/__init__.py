"""What a municipality's pack holds. Pure values; `bot.packs.load` reads them from files.

A field that the municipality has not filled in is empty; texts then say "ask the municipality" and hand over.
"""

from bot.packs.model.answers import CannedAnswer
from bot.packs.model.base import Id, PackModel, Shown, Sourced, Where, awaited
from bot.packs.model.contacts import Contacts, Matter, Role, Topic
from bot.packs.model.figures import Figure, Figures, Table
from bot.packs.model.goods import Furniture, Goods, Thing
from bot.packs.model.hours import OpenHours
from bot.packs.model.influence import Influence, Level, Step
from bot.packs.model.introductions import Families, Friends, Interest, Introductions, PhoneChats
from bot.packs.model.library import Library, Tool
from bot.packs.model.municipality import Area, DataProtection, Municipality, Promise
from bot.packs.model.networks import Agreement, LocalGroup, Network, Networks, Principle, ProjectStep, Series, Weaving
from bot.packs.model.news import News, NewsTopic
from bot.packs.model.partnerships import Partnerships
from bot.packs.model.rooms import Room
from bot.packs.model.support import Condition, ConditionWords, Grants, Support, Window
from bot.packs.model.volunteering import CheckRole, Skill, Skills, Task, Volunteering

__all__ = [
    "Agreement",
    "Area",
    "CannedAnswer",
    "CheckRole",
    "Condition",
    "ConditionWords",
    "Contacts",
    "DataProtection",
    "Families",
    "Figure",
    "Figures",
    "Friends",
    "Furniture",
    "Goods",
    "Grants",
    "Id",
    "Influence",
    "Interest",
    "Introductions",
    "Level",
    "Library",
    "LocalGroup",
    "Matter",
    "Municipality",
    "Network",
    "Networks",
    "News",
    "NewsTopic",
    "OpenHours",
    "PackModel",
    "Partnerships",
    "PhoneChats",
    "Principle",
    "ProjectStep",
    "Promise",
    "Role",
    "Room",
    "Series",
    "Shown",
    "Skill",
    "Skills",
    "Sourced",
    "Step",
    "Support",
    "Table",
    "Task",
    "Thing",
    "Tool",
    "Topic",
    "Volunteering",
    "Weaving",
    "Where",
    "Window",
    "awaited",
]
