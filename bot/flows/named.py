"""What somebody's words name that the municipality's own data answers at once: a figure, a network, a say in a decision.

Names are looked for word by word, before the likeliest meaning of the whole sentence is believed: "Csam" and "theme
meeting" are in no sentence that the understanding was trained on.
"""

from __future__ import annotations

from bot.flows.model import Known
from bot.flows.read.typed import bare, words
from bot.flows.understanding import Understanding
from bot.i18n import Text, _
from bot.packs.model.introductions import KINDS
from bot.packs.model.quoting import quotes
from bot.packs.model.routing import networks_named
from bot.rules.facts import facts_in
from bot.rules.goods import kinds_in

# TRANSLATORS: words that ask for a number, separated by |. Add all that are usual in your language.
HOW_MANY = _("how many | how much | how often | what does | what do | cost | costs | what share | percent | number of")
# TRANSLATORS: words for the municipality itself, separated by |.
MUNICIPALITY = _("the municipality | municipality | the city | the town")
# TRANSLATORS: words that ask for a say in a decision, separated by |. Only such as cannot mean anything else.
HAVE_A_SAY = _(
    "want to influence | like to influence | influence the decision | influence a decision | influence decisions | have a say | change the decision | "
    "stop the decision | citizen proposal | comment on the proposal"
)
# TRANSLATORS: words for becoming a member of a network or signing an agreement, separated by |.
BECOME_PART = _("join | become a member | become members | be part of | take part in | sign")
# TRANSLATORS: words for the local agreement between a municipality and its associations, separated by |.
THE_AGREEMENT = _("the agreement | the local agreement")
# TRANSLATORS: words of somebody who would come to something if something were not in the way, separated by |.
IN_THE_WAY = _(
    "no childcare | no babysitter | nobody to mind the children | cannot come because | can't come because | "
    "no way to get there | no bus there | need an interpreter"
)
# TRANSLATORS: words of somebody who wants to talk through an interpreter, separated by |.
INTERPRETER = _(
    "want an interpreter | I need an interpreter | book an interpreter | order an interpreter | get an interpreter | "
    "have an interpreter | with an interpreter | through an interpreter | interpreter please"
)

# TRANSLATORS: words of somebody who wants to know which meetings there are, separated by |.
NEXT_MEETINGS = _(
    "the next meeting | next meetings | which meetings | what meetings | when is the meeting | meeting calendar | the meetings | "
    "sign up for the meeting | sign up for a meeting"
)
# TRANSLATORS: words of somebody who wants something on the agenda of a meeting, separated by |.
AGENDA = _("agenda item | on the agenda | the agenda | an item for the meeting")
# TRANSLATORS: words of an organisation that wants a partnership with its municipality, separated by |.
PARTNERSHIP = _("partnership with | a partnership agreement | an idea-based public partnership | an IOP")
# TRANSLATORS: words for the place somebody lives in, separated by |.
WHERE_I_LIVE = _("where I live | in my area | in my district | in my neighbourhood | around here")
# TRANSLATORS: words of an association that looks for volunteers, separated by |. Only such as a helper would not write.
NEEDS_PEOPLE = _(
    "needs volunteers | need volunteers | needs people | looking for volunteers | looking for people | looking for helpers"
)

# TRANSLATORS: words of somebody who wants to know which open activities there are, separated by |. Only such as nobody
# uses who wants to hold one.
WHATS_ON = _(
    "what is on | what's on | which open activities | what open activities | free open activities | are there open activities | "
    "see the open activities | what can one go to | what can I go to | what happens at | what is happening at"
)
# TRANSLATORS: words of somebody who holds an open activity and wants to tell of it, separated by |.
OUR_OPEN = _("our open activity | my open activity | our next open activity | my next open activity")

# TRANSLATORS: words of somebody who wants to see what helpers are needed for, separated by |. Only such as nobody writes who
# looks for helpers.
WHAT_IS_NEEDED = _(
    "what is needed | which shifts | what shifts | see the shifts | where are volunteers needed | when are volunteers needed | "
    "where are helpers needed | what can I help with | where can I help | available shifts | free shifts | my shifts"
)

# TRANSLATORS: words of somebody who wants to take part in a dialogue that the municipality holds, or to answer its survey,
# separated by |.
THE_DIALOGUE = _(
    "the dialogue | the dialogues | citizen dialogue | the hearing | register for the hearing | answer the survey | the survey | "
    "the poll | vote in the poll"
)
# TRANSLATORS: words of somebody who asks what became of what they have proposed, separated by |.
MY_PROPOSAL = _(
    "became of my proposal | happened to my proposal | happened with my proposal | answer to my proposal | my proposal | "
    "my proposals | became of our proposal | our proposal"
)

# TRANSLATORS: words of somebody who wants no more news from the municipality, separated by |. Only such as cannot mean
# anything else.
NO_MORE_NEWS = _(
    "unsubscribe | no more news | stop the news | stop sending me news | stop sending news | stop sending messages | "
    "no more newsletters | cancel the newsletter | cancel the subscription | cancel my subscription"
)
# TRANSLATORS: words of somebody who wants to get news from the municipality, separated by |.
NEWS = _(
    "subscribe | subscription | newsletter | newsletters | get news | send me news | news from the municipality | "
    "tell me when something happens | tell me when people are needed | tell me when you need people"
)
# TRANSLATORS: words of somebody who wants to see what others want to do, separated by |. Only such as nobody writes who tells
# of an idea of their own.
OTHERS_IDEAS = _(
    "the idea board | other people's ideas | ideas of others | others' ideas | which ideas are there | what ideas are there | "
    "see the ideas | join somebody's idea"
)
# TRANSLATORS: words of somebody who wants to know who there is, separated by |.
WHO_THERE_IS = _(
    "which associations are there | what associations are there | list of associations | directory of associations | "
    "find an association | who does what here | directory of actors"
)

# TRANSLATORS: words of somebody who wants to get to know others, separated by |. Only such as cannot mean anything else.
MEET = _(
    "meet others | meet new people | get to know people | find friends | get friends | new friends | make friends | I have no friends | "
    "I feel lonely | I am lonely"
)
# TRANSLATORS: the same for a friend family, a friendship group, and talks by phone, separated by |.
MEET_FAMILY = _("friend family | friend families | a family to meet | become a friend family")
MEET_GROUP = _("friendship group | friendship groups | friend group | friend groups")
MEET_BY_PHONE = _("talk by phone with somebody | somebody to talk to by phone | somebody to ring | phone chat | phone chats | "
                  "somebody to chat with by phone")  # fmt: skip

# TRANSLATORS: words for furniture as a whole, separated by |.
FURNITURE = _("furniture | furnishings | things for the home | household goods | the furniture run")
# TRANSLATORS: words of somebody who gives a thing away, separated by |. Only such as nobody writes who needs one.
GIVES_AWAY = _(
    "give away | giving away | to give away | donate | donating | give it away | somebody can have | for free to"
)
# TRANSLATORS: words of somebody who needs a thing, separated by |.
NEEDS_IT = _("need | needs | we need | looking for | cannot afford | have no | don't have")

MONTHS = "duration_months"
"""A place for months is a support where the pack has one, and no room for an evening (publication 4.1)."""

TALKS = ("contact", "other", "greeting")
"""What a question about the municipality looks like, when it does not look like a wish for something."""


def named(said: str, found: Understanding, known: Known) -> str | None:
    """The flow that answers what these words name; None when they name nothing of the kind."""
    here, locale = known.municipality, found.locale

    def any_of(listed: Text) -> bool:
        return _any_of(listed, said, locale)

    open_ = found.wish.intent in TALKS or found.wish.confidence < here.sure_from
    if any_of(HOW_MANY) and (open_ or any_of(MUNICIPALITY)) and quotes(here, said, locale):
        return "figures"
    agreed = here.networks.agreement is not None and any_of(THE_AGREEMENT)
    if networks_named(here, said, locale) or agreed:
        if any_of(BECOME_PART):
            subs = {each.id for each in here.networks.sub_networks}
            return "sub_network" if any(each.id in subs for each in networks_named(here, said, locale)) else "join"
        return "networks"
    if here.dialogues.kinds and any_of(MY_PROPOSAL):
        return "my_proposals"
    if here.dialogues.kinds and any_of(THE_DIALOGUE):
        return "dialogues"
    if here.networks.series and (any_of(NEXT_MEETINGS) or any_of(AGENDA)):
        return "meetings"
    if any_of(HAVE_A_SAY):
        return "influence"
    if any_of(NO_MORE_NEWS):
        return "news_stop"
    if any_of(NEWS):
        return "news"
    for kind, listed in zip(KINDS, (MEET_GROUP, MEET_FAMILY, MEET_BY_PHONE), strict=True):
        if kind in here.introductions.offered and any_of(listed):
            return kind
    if here.introductions.offered and any_of(MEET):
        return "meet_others"
    if any_of(INTERPRETER):
        return "interpreter"
    if any_of(IN_THE_WAY):
        return "obstacle"
    if any_of(WHAT_IS_NEEDED):
        return "needs"
    if here.goods is not None and (thing := _thing(said, known)):
        if any_of(GIVES_AWAY):
            return "give_item"
        if any_of(FURNITURE) or (any_of(NEEDS_IT) and found.wish.intent in (*TALKS, "need_help")):
            return "need_item" if any_of(NEEDS_IT) and thing != "furniture" else "furniture"
    if any_of(NEEDS_PEOPLE):
        return "board"
    if any_of(OTHERS_IDEAS):
        return "ideas"
    if any_of(WHO_THERE_IS):
        return "actors"
    if here.open_house and any_of(OUR_OPEN):
        return "open_activity"
    if here.open_house and any_of(WHATS_ON):
        return "whats_on"
    supports = here.grants.supports if here.grants else ()
    if any_of(PARTNERSHIP) and any("not_applied_for" in each.labels for each in supports):
        return "grants"
    by_months = any(each.id == MONTHS for support in supports for each in support.conditions)
    if found.wish.intent == "premises" and by_months and MONTHS in facts_in(said):
        return "grants"
    return "networks" if open_ and any_of(WHERE_I_LIVE) else None


def _thing(said: str, known: Known) -> str:
    """A kind of thing that is named, or "furniture" as such; "" where there is none."""
    kinds = kinds_in(said, {each.id: each.words for each in known.municipality.furniture.kinds})
    return min(kinds, default="furniture" if _any_of(FURNITURE, said, known.locale) else "")


def agreement_named(said: str, known: Known) -> bool:
    """Whether the local agreement is spoken of."""
    return _any_of(THE_AGREEMENT, said, known.locale)


def _any_of(listed: Text, said: str, locale: str) -> bool:
    plain = f" {bare(said[:500])} "
    return any(f" {each} " in plain for each in words(listed, locale))
