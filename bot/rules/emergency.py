"""Words that say somebody may be in danger, and what is answered at once.

Source: languages-and-rights.md, E. The phrases are data: one file a language in `emergency/`, so that adding a language
is adding a file. All of them are searched whatever language the conversation is held in, because people fall back on
their own. The aim is recall: a false alarm costs one kind message.

How a file is written (see `emergency/sv.yaml` for all of it):

    language: sv                      what the finding is reported as
    glued: [w, f]                     letters that may be written before any word ("and" in Arabic); optional
    endings: [a]                      the same behind a word
    folds: [[kh, x], [e, i]]          for a language spelt by ear: what is compared as one, in this file only; optional
    words: {me: [jag, ja]}            sets of words, used as <me>
    harmless: [...]                   where one of these overlaps a finding, the finding is dropped
    topics: [...]                     the same for what reaches far ("project .... violence"); but a finding that has a
                                      word of `here` in it or beside it is asked about, not dropped
    softens: [...]                    where one of these overlaps a finding, it is asked about rather than answered
    here: [...]                       single words that say it happens to the writer, here or now
    about: [...]                      single words (lectures, films, projects) that weaken what else the sentence says
    suicide:                          a kind; each kind has up to three lists:
      now: [...]                      certain, also beside a word of `about`
      likely: [...]                   certain, asked about beside a word of `about`
      ask: [...]                      uncertain: asked about, nothing beside a word of `about`

A phrase is whole words: `word`, `word*` for its beginning, `(a|b c)` one of these, `<set>` a set, `?` right behind
either when it may be missing, `..` up to three words between, `...` up to six, `....` up to twelve, `$` the sentence
ends here. Capitals, accents, doubled letters, vowel marks and Arabic letter variants make no difference.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from bot.errors import OperatorError
from bot.i18n import Ltr, Text, _

Kind = Literal["medical", "fire", "suicide", "violence", "child_at_risk", "trafficking", "threat", "self_harm"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""All kinds, the most urgent first; findings are reported in this order."""

PHRASES = Path(__file__).with_name("emergency")
HELPLINES = Path(__file__).with_name("helplines.yaml")


@dataclass(frozen=True, slots=True)
class Emergency:
    """What a text may be telling. `certain` is answered with `answer`, anything else asked about once with `ask`.

    `languages` names the lists that found it, for an answer in the person's own language. It holds no words of theirs.
    """

    kinds: tuple[Kind, ...]
    certain: bool
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Helpline:
    """A number to call. `hours` is "always" or words; None: not known, to be filled in by the municipality.

    `link` is what a press opens (`tel:`, `sms:`), `purpose` is for whoever keeps the list. `checked_on` is the day a
    person rang or read up on it; None until somebody has.
    """

    id: str
    name: str
    number: str
    link: str
    purpose: str
    hours: str | None
    kinds: tuple[Kind, ...]
    source: str
    checked_on: str | None


# --- One spelling of every word --------------------------------------------------------------------------------------


_SAME_LETTER = {
    **{"i": "ı", "o": "ø", "a": "æ", "l": "ł", "d": "đ", "г": "ґ"},
    **{"ا": "ٱ", "ي": "ىیېۍێ", "و": "ۆۇۈۋ", "ه": "ةەھہۀ", "ك": "کڪ", "ر": "ڕ", "ل": "ڵ"},
}
"""Letters without a decomposition that people write for one another, often for want of the right keyboard."""


def _letters() -> dict[int, str | None]:
    """What each character becomes after NFKD and casefolding: marks, joiners and tatweel go, digits become 0 to 9."""
    table: dict[int, str | None] = {}
    for code in range(0x20000):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category in ("Mn", "Me", "Cf"):
            table[code] = None
        elif category == "Nd" and code > 0x39:
            table[code] = str(unicodedata.decimal(sign))
    table |= dict.fromkeys(map(ord, "'’‘ʼʻ`´ʹʿʾـء"), None)
    for usual, variants in _SAME_LETTER.items():
        table |= dict.fromkeys(map(ord, variants), usual)
    # Ethiopic letters that sound alike are written for one another: ሠ for ሰ, ሐ and ኀ for ሀ, ዐ for አ, ፀ for ጸ.
    for variant, usual in (("ሠ", "ሰ"), ("ሐ", "ሀ"), ("ኀ", "ሀ"), ("ዐ", "አ"), ("ፀ", "ጸ"), ("ቐ", "ቀ"), ("ኸ", "ከ")):
        table |= {ord(variant) + vowel: chr(ord(usual) + vowel) for vowel in range(7)}
    return table


_LETTERS = _letters()
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_ELLIPSIS = re.compile(r"\.{2,}")
_SENTENCE_END = re.compile(r"[.!?;؟؛۔።፧]+|\n\s*\n")
_WORD = re.compile(r"[^\W_]+")
_PERSIAN_VERB = re.compile(r" (ن?مي) (?=[\u0600-\u06ff])")
"""The Persian verb prefix is written joined, apart or with a zero-width joiner."""

_WINDOW, _OVERLAP = 60, 20
"""Words looked at together, shared by neighbours: a text without full stops takes time in proportion to its length."""


def normalise(text: str) -> str:
    """The same words in one spelling, so that phrases and messages can be compared letter by letter."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return _DOUBLED.sub(r"\1", _ELLIPSIS.sub(" ", plain))


def sentences(text: str) -> list[str]:
    """The sentences of a text in the one spelling, long ones in overlapping windows."""
    return [line.strip() for line, _words in _sentences(text)]


def _sentences(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each sentence (or window of a long one) as " word word " and as words."""
    for part in _SENTENCE_END.split(normalise(text)):
        words = _WORD.findall(part)
        for start in range(0, max(1, len(words) - _OVERLAP), _WINDOW - _OVERLAP):
            window = words[start : start + _WINDOW]
            if window:
                line = f" {' '.join(window)} "
                if "مي " in line:
                    line = _PERSIAN_VERB.sub(r" \1", line)
                    window = line.split()
                yield line, window


# --- Phrases ---------------------------------------------------------------------------------------------------------

_GAP = {2: 3, 3: 6, 4: 12}
_Certainty = Literal["now", "likely", "ask"]
_Excuse = Literal["harmless", "topics", "softens"]
_CERTAINTIES: tuple[_Certainty, ...] = get_args(_Certainty)
_EXCUSES: tuple[_Excuse, ...] = get_args(_Excuse)
_Strength = _Certainty | _Excuse
_Folds = tuple[tuple[str, str], ...]
_PIECE = re.compile(r"(?:\((?P<any>[^()]*)\)|<(?P<set>\w+)>)(?P<may_miss>\?)?|(?P<gap>\.{2,4})(?!\S)|(?P<word>\S+)")
_CHOICE = re.compile(r"[^()<>|?$.*]+(?:\* [^()<>|?$.*]+)*\*?")
"""Words, some of them with a star behind; gaps and the like inside a choice would be lost without a word."""


@dataclass(frozen=True, slots=True)
class _Glue:
    """What a language writes onto words."""

    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    def pattern(self, word: str) -> str:
        before = f"(?:{'|'.join(self.before)})?" if self.before else ""
        if word.endswith("*"):
            return f"{before}{re.escape(word[:-1])}[^ ]*+"
        return f"{before}{re.escape(word)}" + (f"(?:{'|'.join(self.behind)})?" if self.behind else "")

    def written(self, word: str) -> Iterator[str]:
        for before in ("", *self.before):
            for behind in ("",) if word.endswith("*") else ("", *self.behind):
                yield before + word + behind


@dataclass(slots=True)
class _Phrase:
    """One phrase of a file. A text must hold a word of each of its `elements`."""

    language: str
    kind: Kind | None
    strength: _Strength
    pattern: str
    elements: list[list[str]]
    glue: _Glue
    compiled: re.Pattern[str] | None = None

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Where the phrase stands in a normalised sentence."""
        if self.compiled is None:  # 1,500 patterns compiled ahead would add a second to every start
            self.compiled = re.compile(self.pattern)
        return [match.span() for match in self.compiled.finditer(line)]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How one file writes: its sets of words, what it writes onto words, what it compares as one."""

    words: dict[str, list[str]]
    glue: _Glue
    folds: _Folds
    known: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def phrase(self, source: str, language: str, kind: Kind | None, strength: _Strength) -> _Phrase:
        """Translate the notation of a file into a pattern over " word word ". Gaps are bounded, so time is too."""
        pattern, elements = "", []
        for piece in _PIECE.finditer(source):
            if piece["gap"]:
                pattern += f"(?: [^ ]++){{0,{_GAP[len(piece['gap'])]}}}?"
            elif piece["word"] == "$":
                pattern += r"(?= $)"
            else:
                written = piece.group().removesuffix("?")
                if written not in self.known:  # most sets stand in many phrases
                    self.known[written] = self._place(self._choices(piece, source))
                any_of, longest = self.known[written]
                pattern += any_of + (piece["may_miss"] or "")
                if not piece["may_miss"]:
                    elements.append(longest)
        if not elements:
            raise ValueError(f"“{source}” has no word that must be there")
        return _Phrase(language, kind, strength, pattern + r"(?= )", elements, self.glue)

    def _place(self, choices: list[str]) -> tuple[str, list[str]]:
        """A pattern for any of these words, and of each of them its longest."""
        any_of = "|".join("".join(f" {self.glue.pattern(word)}" for word in each.split()) for each in choices)
        return f"(?:{any_of})", [max(each.split(), key=len) for each in choices]

    def _choices(self, piece: re.Match[str], source: str) -> list[str]:
        """The words that may stand in one place, the longest first."""
        if piece["set"] and piece["set"] not in self.words:
            raise ValueError(f"“{source}” uses <{piece['set']}>, which is not under `words`")
        written = self.words[piece["set"]] if piece["set"] else (piece["any"] or piece["word"] or "").split("|")
        spelt = {each: _spelt(each, self.folds) if _CHOICE.fullmatch(each) else "" for each in written}
        unclear = [each for each in written if not spelt[each]]
        if unclear:
            raise ValueError(
                f"“{source}” has the choice “{unclear[0]}”; a choice is words, with no gaps or brackets in it"
            )
        return sorted(set(spelt.values()), key=lambda each: (-len(each), each))


def _spelt(words: str, folds: _Folds) -> str:
    """Words of a file in the one spelling, keeping the star for any ending."""
    plain = ("".join(_WORD.findall(normalise(word))) + ("*" if word.endswith("*") else "") for word in words.split())
    return _folded(" ".join(plain), folds)


class _Index:
    """Phrases by one telling word each, so that a message tries a handful of them instead of all."""

    def __init__(self, phrases: list[_Phrase]) -> None:
        used = Counter(word for phrase in phrases for element in phrase.elements for word in element)
        self.whole: dict[str, list[_Phrase]] = {}
        self.begun: dict[int, dict[str, list[_Phrase]]] = {}
        for phrase in phrases:
            rarest = min(phrase.elements, key=lambda words: sum(used[word] + 9 * (len(word) < 3) for word in words))
            for key in set(rarest):
                for word in phrase.glue.written(key):
                    if word.endswith("*"):
                        self.begun.setdefault(len(word) - 1, {}).setdefault(word[:-1], []).append(phrase)
                    else:
                        self.whole.setdefault(word, []).append(phrase)

    def candidates(self, words: Iterable[str]) -> dict[int, _Phrase]:
        found: dict[int, _Phrase] = {}
        for word in set(words):
            for phrase in self.whole.get(word, ()):
                found[id(phrase)] = phrase
            for length, by_beginning in self.begun.items():
                for phrase in by_beginning.get(word[:length], ()):
                    found[id(phrase)] = phrase
        return found


class _Words:
    """Single words, some of them with any ending."""

    def __init__(self, spelt: Iterable[str]) -> None:
        words = set(spelt)
        self.whole = frozenset(word for word in words if not word.endswith("*"))
        self.begun = tuple(word[:-1] for word in words if word.endswith("*"))

    def among(self, words: list[str]) -> bool:
        return not self.whole.isdisjoint(words) or any(word.startswith(self.begun) for word in words)


@dataclass(frozen=True, slots=True)
class _Lists:
    """All files that compare words in the same spelling."""

    folds: _Folds
    alarms: _Index
    excuses: _Index
    about: _Words
    here: dict[str, _Words]

    def is_here(self, language: str, line: str, first: int, last: int) -> bool:
        """The finding, or two words before or behind it, say that it happens to the writer, here or now."""
        around = line[:first].split()[-2:] + line[first:last].split() + line[last:].split()[:2]
        return self.here[language].among(around)


def _folded(words: str, folds: _Folds) -> str:
    for letters, usual in folds:
        words = words.replace(letters, usual)
    return _DOUBLED.sub(r"\1", words) if folds else words


def load() -> tuple[_Lists, ...]:
    """Read every file in `emergency/` once; half a second's work, which the start does in a thread.

    Raises:
        OperatorError: A file holds something that cannot be used; names the file and the phrase.
    """
    with _loading:
        return _loaded()


_loading = threading.Lock()


@lru_cache(maxsize=1)
def _loaded() -> tuple[_Lists, ...]:
    by_spelling: dict[_Folds, tuple[list[_Phrase], set[str], dict[str, _Words]]] = {}
    for file in sorted(PHRASES.glob("*.yaml")):
        try:
            held = _read(file)
            language = str(held.pop("language"))
            folds = tuple((str(letters), str(usual)) for letters, usual in held.pop("folds", ()))
            phrases, about, here = by_spelling.setdefault(folds, ([], set(), {}))
            about.update(_spelt(str(word), folds) for word in held.pop("about", ()))
            here[language] = _Words(_spelt(str(word), folds) for word in held.pop("here", ()))
            phrases += _phrases(held, language, folds)
        except (KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError) as error:
            raise OperatorError(f"{file}: {error}; the notation is explained in bot/rules/emergency.py") from error
    return tuple(
        _Lists(
            folds,
            _Index([phrase for phrase in phrases if phrase.kind]),
            _Index([phrase for phrase in phrases if not phrase.kind]),
            _Words(about),
            here,
        )
        for folds, (phrases, about, here) in by_spelling.items()
    )


def _phrases(held: dict[str, Any], language: str, folds: _Folds) -> Iterator[_Phrase]:
    """The phrases of one file; takes what it understands out of `held`."""
    glued, endings = (tuple(_spelt(str(each), folds) for each in held.pop(name, ())) for name in ("glued", "endings"))
    words = {name: [str(word) for word in choices] for name, choices in held.pop("words", {}).items()}
    spelling = _Spelling(words, _Glue(glued, endings), folds)
    for excuse in _EXCUSES:
        for source in held.pop(excuse, ()):
            yield spelling.phrase(str(source), language, None, excuse)
    for kind, lists in held.items():
        if kind not in KINDS:
            raise ValueError(f"`{kind}` is no kind; use one of {', '.join(KINDS)}")
        for certainty, sources in lists.items():
            if certainty not in _CERTAINTIES:
                raise ValueError(f"`{kind}` has a list `{certainty}`; use {', '.join(_CERTAINTIES)}")
            for source in sources:
                yield spelling.phrase(str(source), language, kind, certainty)


def _read(file: Path) -> Any:
    """A YAML file, by the C reader where PyYAML has it (ten times faster)."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


# --- Finding ---------------------------------------------------------------------------------------------------------


def detect(text: str) -> Emergency | None:
    """Say whether a message tells of danger to life or safety, in any of the installed languages.

    Never raises on any text; time grows with its length only. Call it on everything a person writes, form fields too.
    """
    certain: set[Kind] = set()
    unsure: set[Kind] = set()
    languages: dict[tuple[Kind, bool], set[str]] = {}
    for plain, plain_words in _sentences(text):
        for lists in load():
            line, words = plain, plain_words
            if lists.folds:
                line = _folded(plain, lists.folds)
                words = line.split()
            for kind, language, is_certain in _found(lists, line, words):
                (certain if is_certain else unsure).add(kind)
                languages.setdefault((kind, is_certain), set()).add(language)
    kinds = certain or unsure
    if not kinds:
        return None
    spoken = {tag for (kind, is_certain), tags in languages.items() if is_certain == bool(certain) for tag in tags}
    return Emergency(tuple(kind for kind in KINDS if kind in kinds), bool(certain), tuple(sorted(spoken)))


def _found(lists: _Lists, line: str, words: list[str]) -> Iterator[tuple[Kind, str, bool]]:
    """Kind, language and certainty of everything one sentence says."""
    found = [(phrase, spans) for phrase in lists.alarms.candidates(words).values() if (spans := phrase.spans(line))]
    if not found:
        return
    excuses = [(phrase, span) for phrase in lists.excuses.candidates(words).values() for span in phrase.spans(line)]
    about = lists.about.among(words)
    for phrase, spans in found:
        strengths = [
            _weighed(phrase, span, excuses, about, lists.is_here(phrase.language, line, *span)) for span in spans
        ]
        if phrase.kind and any(strengths):
            yield phrase.kind, phrase.language, "certain" in strengths


def _weighed(
    phrase: _Phrase, span: tuple[int, int], excuses: list[tuple[_Phrase, tuple[int, int]]], about: bool, here: bool
) -> Literal["certain", "ask", None]:
    """How much one finding counts, given what else the sentence says.

    An excuse of another language counts only where it says more than the finding does ("stroke rehabilitation" over the
    Swedish "stroke"): what is harmless in one language may be the word for danger in another.
    """
    strength, (first, last) = phrase.strength, span
    over: set[_Strength] = set()
    for excuse, (start, end) in excuses:
        covers = start <= first and last <= end and (start, end) != span
        if covers or (excuse.language == phrase.language and start < last and first < end):
            over.add(excuse.strength)
    is_ask = strength == "ask"
    if "harmless" in over or ("topics" in over and (is_ask or not here)) or (is_ask and about):
        return None
    return "ask" if is_ask or over or (strength == "likely" and about) else "certain"


# --- Answering -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def helplines() -> tuple[Helpline, ...]:
    """Every number of `helplines.yaml`, in the file's order: 112 first. For the fixed "Help now" screen.

    Raises:
        OperatorError: The file holds something that cannot be used.
    """
    try:
        lines = tuple(Helpline(**{**each, "kinds": tuple(each["kinds"])}) for each in _read(HELPLINES)["helplines"])
        unknown = {kind for line in lines for kind in line.kinds} - set(KINDS)
        if unknown:
            raise ValueError(f"`{', '.join(sorted(unknown))}` is no kind; use one of {', '.join(KINDS)}")
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise OperatorError(f"{HELPLINES}: {error}; each line has {', '.join(Helpline.__slots__)}") from error
    return lines


def lines_for(kinds: Iterable[str]) -> tuple[Helpline, ...]:
    """The numbers that answer any of these kinds, 112 first."""
    wanted = set(kinds)
    return tuple(line for line in helplines() if wanted.intersection(line.kinds))


_SAYS: dict[str, Text] = {
    # TRANSLATORS: these sentences are read by somebody who may be in danger: short, plain, calm; keep the lines' names.
    "112": _("Are you or someone else in danger now? Call {number}."),
    "sjalvmordslinjen": _(
        "Thoughts of ending your life? You can call or chat with Självmordslinjen, {number}. They answer day and night."
    ),
    "kvinnofridslinjen": _(
        "Does someone hit you, threaten you or force you? You can call Kvinnofridslinjen, {number}. It is free and "
        "open day and night. They can bring an interpreter. The call does not show on the phone bill."
    ),
    "bris": _("Are you under 18? You can call BRIS, {number}. They are there for children and young people."),
    "1177": _("Do you need advice about illness or an injury? Call {number}."),
    "114_14": _("Do you want to tell the police about something that is not happening right now? Call {number}."),
    "113_13": _("Do you want information about a serious accident or a crisis? Call {number}."),
    "sms_112": _("Can you not speak on the phone? You can text {number}, if you have signed up for it beforehand."),
}


def says(line: Helpline) -> Text:
    """The sentence that points a resident to a number; a line the municipality added says its name and number."""
    number = Ltr(line.number)
    marked = _SAYS.get(line.id)
    if marked is None:
        return _("You can call {name}, {number}.", name=line.name, number=number)
    return replace(marked, values=(("number", number),))


def answer(emergency: Emergency, *, staffed: bool = False) -> tuple[Text, ...]:
    """The reply's paragraphs: 112 first, the lines that fit, what a bot cannot do, one question. For a certain finding.

    `staffed`: a person is reading just now, so the reply does not say that nobody does.
    """
    return (
        *(says(line) for line in lines_for(emergency.kinds)),
        _("I am a bot. I cannot call for you."),
        *(() if staffed else (_("A person does not read this right now."),)),
        _("Do you want a person at the municipality to contact you?"),
    )


def ask(emergency: Emergency) -> tuple[Text, ...]:
    """What is asked, once, when it is uncertain. Beside 112 it names one kind's lines only: not to frighten."""
    fitting = [line for line in lines_for(emergency.kinds[:1]) if line.id in _ASKED_WITH]
    return (
        _(
            "I want to be sure you are safe. Are you or someone else in danger now? If so, call {number}.",
            number=Ltr("112"),
        ),
        *(says(line) for line in fitting),
        _("If I have misunderstood, just go on. What you wrote is kept."),
    )


_ASKED_WITH = ("sjalvmordslinjen", "kvinnofridslinjen", "bris", "1177")
