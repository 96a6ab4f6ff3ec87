"""Another language, in the middle of anything: afterwards the same question comes in the new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.flows.interpreter import WANTED, is_offered
from bot.flows.model import Answers, Choice, Ending, Flow, Known, Reply, SetLocale, Step, Words
from bot.flows.read import one_choice
from bot.i18n import OwnName, Text, _


def _present_first(known: Known) -> tuple[str, ...]:
    return tuple(sorted(known.offered, key=lambda tag: tag != known.locale))


def language_step(prompt: Words, tags: Callable[[Known], Sequence[str]] = _present_first) -> Step:
    """A question for one of some languages (all that the municipality offers), each under its own name."""

    def choices(known: Known) -> tuple[Choice, ...]:
        # TRANSLATORS: a button that holds nothing but a language's own name.
        return tuple(Choice(tag, _("{language}", language=OwnName(tag))) for tag in tags(known))

    return Step(
        "language",
        prompt=prompt,
        label=_("Language"),
        read=one_choice(choices),
        why=_("So that I write in the language you like best. It says nothing about who you are."),
        must=True,
    )


def choose_one(tags: Sequence[str]) -> Text:
    """The question that whoever reads no language but their own understands too."""
    # TRANSLATORS: the first line anybody sees. The globe and the languages' own names are understood by all.
    return _("🌐 Choose your language: {languages}", languages=tuple(OwnName(tag) for tag in tags))


def _finish(answers: Answers, known: Known) -> Ending:
    tag = answers["language"]
    words: Text = _("From now on I write in this language: {language}.", language=OwnName(tag))
    said = Reply(words=(words,), choices=(WANTED,), serial=0) if is_offered(tag) else Reply(words=(words,))
    return Ending((said,), (SetLocale(tag),))


LANGUAGE = Flow(
    name="language",
    title=_("Language"),
    steps=(language_step(_("🌐 Which language do you want?")),),
    finish=_finish,
    personal=False,
    passing=True,
)
