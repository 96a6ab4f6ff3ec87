"""What a resident can print or save: the project plan as an accessible PDF and as a web page; and posters for those who have no phone."""

from bot.documents.page import PLAN_CSS, plan_page
from bot.documents.pdf import plan_pdf, warm_up
from bot.documents.poster import KINDS, LANGUAGES_MAX, Message, poster_pdf

__all__ = ["KINDS", "LANGUAGES_MAX", "PLAN_CSS", "Message", "plan_page", "plan_pdf", "poster_pdf", "warm_up"]
