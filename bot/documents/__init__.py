"""What a resident can print or save: the project plan as an accessible PDF and as a web page."""

from bot.documents.page import PLAN_CSS, plan_page
from bot.documents.pdf import plan_pdf, warm_up

__all__ = ["PLAN_CSS", "plan_page", "plan_pdf", "warm_up"]
