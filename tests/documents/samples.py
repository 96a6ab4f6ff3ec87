"""Plans in seven languages, and a few of our sentences translated for them, to draw and read back.

The translations are the tests' own: the program's stand in locales/ and may change without a test failing here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from bot.flows.plan import Plan, plan_of
from bot.i18n.locales import locale

TODAY = date(2026, 11, 23)
URL = "https://idelabbet.example/plan/k3J8xQ2mPz"

SHEET: dict[str, Any] = {
    "municipality_name": "Ekerö kommun",
    "lab": "Idélabbet Ekerö",
    "made_on": TODAY,
    "url": URL,
}
"""What `plan_pdf` and `plan_page` want besides plan and locale."""

WORDS: dict[str, tuple[str, str, str, tuple[str, str, str], str]] = {
    # title, idea, aim, names, what somebody does or brings
    "sv": (
        "Cykelverkstad i Ekerö centrum",
        "Vi lagar cyklar tillsammans med barn och vuxna.\nAlla får låna verktyg och lära sig.",
        "Fler kan cykla till skolan. Grannar lär känna varandra.",
        ("Amina", "Björn", "Ola"),
        "verktyg",
    ),
    "ar": (
        "ورشة دراجات في Ekerö centrum",
        "نصلح الدراجات معًا مع الأطفال والكبار.\nاتصلوا بي على 08-123 45 67.",
        "يستطيع المزيد من الأطفال الذهاب إلى المدرسة بالدراجة.",
        ("أمينة", "Björn", "عمر (جار)"),
        "الأدوات",
    ),
    "ti": (
        "ናይ ብሽክለታ መዐረዪ ቦታ",
        "ምስ ቆልዑን ዓበይትን ብሓባር ብሽክለታ ንዕርይ።",
        "ብዙሓት ቆልዑ ብብሽክለታ ናብ ቤት ትምህርቲ ክኸዱ ይኽእሉ።",
        ("ሰላም", "Björn", "ዳዊት"),
        "መሳርሒታት",
    ),
    "ckb": (
        "وۆرکشۆپی پاسکیل",
        "لەگەڵ منداڵان و گەورەکان پێکەوە پاسکیل چاک دەکەینەوە.",
        "منداڵانی زیاتر دەتوانن بە پاسکیل بچنە قوتابخانە.",
        ("ئامینە", "Björn", "دڵشاد"),
        "ئامراز",
    ),
    "fa": (
        "کارگاه دوچرخه",
        "با هم دوچرخه‌ها را تعمیر می‌کنیم؛ بچه‌ها و بزرگ‌ترها.",
        "بچه‌های بیشتری می‌توانند با دوچرخه به مدرسه بروند.",
        ("آمنه", "Björn", "رضا"),
        "ابزار",
    ),
    "uk": (
        "Веломайстерня біля під'їзду",
        "Разом із дітьми й дорослими лагодимо велосипеди.",
        "Більше дітей зможуть їздити до школи велосипедом.",
        ("Аміна", "Björn", "Олег"),
        "інструменти",
    ),
    "yi": (
        "אַ וועלאָסיפּעד־וואַרשטאַט",
        "מיר פֿאַרריכטן וועלאָסיפּעדן צוזאַמען מיט קינדער.",
        "מער קינדער קענען פֿאָרן אין שול.",
        ("מרים", "Björn", "דוד"),
        "מכשירים",
    ),
}


def answers(tag: str) -> dict[str, Any]:
    """What somebody who speaks `tag` told the idea flow; what could go wrong is still open."""
    title, idea, aim, names, thing = WORDS[tag]
    return {
        "title": title,
        "idea": idea,
        "why": aim,
        "for_whom": "families",
        "who": [{"name": names[0], "does": thing}, {"name": names[1], "does": ""}, {"name": names[2]}],
        "where": {
            "area": {"area": "Ekerö centrum"},
            "room": ["workshop", "outdoors"],
            "how_many": {"low": 15, "high": 25},
        },
        "when": {"first": {"day": "2027-01-16", "time": "14:00"}, "how_often": "biweekly"},
        "money": [{"what": thing, "amount": 8500}, {"what": "Fika", "amount": 1200}, {"what": "Hyra", "amount": 25000}],
        "help": ["money", "premises"],
    }


def plan(tag: str, **changes: Any) -> Plan:
    return plan_of({**answers(tag), **changes}, TODAY)


CATALOGUES: dict[str, dict[str, str]] = {
    "sv": {
        "plan|Project plan": "Projektplan",
        "The project plan in Swedish": "Projektplanen på svenska",
        "A plan that has no name yet": "En plan som inte har något namn än",
        "Written down on {day} with {lab}, {municipality}.": "Nedskriven {day} med {lab}, {municipality}.",
        "When it happens": "När det händer",
        "The plan in short": "Planen i korthet",
        "Next three steps": "Tre nästa steg",
        "plan|Still open": "Kvar att bestämma",
        "Budget": "Budget",
        "budget|What": "Vad",
        "budget|Cost": "Kostnad",
        "budget|Sum": "Summa",
        "timeline|The plan is made": "Planen är skriven",
        "timeline|Step {number}": "Steg {number}",
        "timeline|First time": "Första gången",
        "timeline|After that": "Därefter",
        "Every other week": "Varannan vecka",
        "{day} at {time}": "{day} klockan {time}",
        "{who}, no later than {day}": "{who}, senast {day}",
        "This plan can be changed. Scan the code to open it.": "Planen går att ändra. Skanna koden för att öppna den.",
        "What happens": "Vad som händer",
        "What gets better": "Vad som blir bättre",
        "For whom": "För vem",
        "Families": "Familjer",
        "Who is in": "Vilka som är med",
        "Place": "Plats",
        "Kind of room": "Sorts lokal",
        "A workshop": "En verkstad",
        "Outdoors": "Utomhus",
        "How many come": "Hur många som kommer",
        "{low} to {high}": "{low} till {high}",
        "Help wanted": "Önskad hjälp",
        "Applying for money": "Att söka pengar",
        "Finding a room": "Att hitta lokal",
        "Ask the idea lab which support fits the budget": "Fråga idélabbet vilket stöd som passar budgeten",
        "Look for a room and ask if it is free": "Leta efter en lokal och fråga om den är ledig",
        "Talk the plan through with a coach": "Prata igenom planen med en coach",
        "What could go wrong, and which permits are needed": "Vad som kan gå fel och vilka tillstånd som behövs",
        "A program made this page from your answers. It is not an application and not a decision.": (
            "Ett program har gjort den här sidan av dina svar. Den är ingen ansökan och inget beslut."
        ),
        "What the resident wrote stands here as it was written. It has not been translated.": (
            "Det som invånaren skrev står här som det skrevs. Det är inte översatt."
        ),
    },
    "ar": {
        "plan|Project plan": "خطة المشروع",
        "Written down on {day} with {lab}, {municipality}.": "كُتبت يوم {day} مع {lab}، {municipality}.",
        "When it happens": "متى يحدث ذلك",
        "The plan in short": "الخطة باختصار",
        "Next three steps": "الخطوات الثلاث التالية",
        "plan|Still open": "ما لم يُحدَّد بعد",
        "Budget": "الميزانية",
        "budget|What": "البند",
        "budget|Cost": "التكلفة",
        "budget|Sum": "المجموع",
        "timeline|The plan is made": "كُتبت الخطة",
        "timeline|Step {number}": "الخطوة {number}",
        "timeline|First time": "المرة الأولى",
        "timeline|After that": "بعد ذلك",
        "Every other week": "كل أسبوعين",
        "{day} at {time}": "{day} الساعة {time}",
        "{who}, no later than {day}": "{who}، في موعد أقصاه {day}",
        "This plan can be changed. Scan the code to open it.": "يمكن تغيير هذه الخطة. امسح الرمز لفتحها.",
        "What happens": "ما الذي سيحدث",
        "What gets better": "ما الذي سيتحسن",
        "For whom": "لمن",
        "Families": "العائلات",
        "Who is in": "المشاركون",
        "{name} ({task})": "{name} ({task})",
        "Place": "المكان",
        "Kind of room": "نوع المكان",
        "A workshop": "ورشة",
        "Outdoors": "في الهواء الطلق",
        "How many come": "عدد الحاضرين",
        "{low} to {high}": "من {low} إلى {high}",
        "Help wanted": "المساعدة المطلوبة",
        "Applying for money": "طلب المال",
        "Finding a room": "إيجاد مكان",
        "Ask the idea lab which support fits the budget": "اسأل مختبر الأفكار عن الدعم المناسب للميزانية",
        "Look for a room and ask if it is free": "ابحث عن مكان واسأل إن كان متاحًا",
        "Talk the plan through with a coach": "ناقش الخطة مع مرشد",
        "What could go wrong, and which permits are needed": "ما الذي قد يسوء وما التصاريح اللازمة",
        "A program made this page from your answers. It is not an application and not a decision.": (
            "أعدّ برنامج هذه الصفحة من إجاباتك. وهي ليست طلبًا ولا قرارًا."
        ),
        "The headings are translated by a machine and not checked yet. The Swedish page after this applies.": (
            "العناوين مترجمة آليًا ولم تُراجع بعد. الصفحة السويدية التالية هي المعتمدة."
        ),
    },
    "ti": {"plan|Project plan": "መደብ ፕሮጀክት", "Budget": "ባጀት", "Families": "ስድራቤታት"},
    "ckb": {"plan|Project plan": "پلانی پڕۆژە", "Budget": "بودجە", "Families": "خێزانەکان", "Place": "شوێن"},
    "fa": {"plan|Project plan": "طرح پروژه", "Budget": "بودجه", "Families": "خانواده‌ها"},
    "uk": {"plan|Project plan": "План проєкту", "Budget": "Бюджет", "Families": "Сім'ї"},
    "yi": {"plan|Project plan": "פּראָיעקט־פּלאַן", "Budget": "בודזשעט", "Families": "משפּחות"},
}
"""By language: translations by source sentence, with its context before a bar."""


def write_catalogues(directory: Path) -> None:
    """Lay `CATALOGUES` into a folder as `.po` files."""
    for tag, sentences in CATALOGUES.items():
        row = locale(tag)
        po = directory / row.folder / "LC_MESSAGES" / "messages.po"
        po.parent.mkdir(parents=True)
        header = (
            f'"Language: {row.folder}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            f'"Plural-Forms: {row.plural_forms}\\n"\n'
        )
        entries = [f'msgid ""\nmsgstr ""\n{header}']
        for source, translation in sentences.items():
            context, _bar, message = source.rpartition("|")
            before = f'msgctxt "{context}"\n' if context else ""
            entries.append(f'{before}msgid "{message}"\nmsgstr "{translation}"\n')
        po.write_text("\n".join(entries), encoding="utf-8")
