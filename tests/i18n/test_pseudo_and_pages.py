from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import jinja2
import pytest

from bot.i18n import Link, Ltr, _, extract, n_, pseudo
from bot.i18n.catalogues import using
from bot.i18n.check import faults
from bot.i18n.editing import po_path
from bot.i18n.jinja import FILTERS, jinja_functions
from bot.i18n.locales import LOCALES_DIR, locale
from bot.i18n.markup import has_rtl, template
from bot.i18n.pofiles import entries, forms, read
from bot.i18n.render import render

WriteCatalogue = Callable[..., Path]


def test_pseudo_languages_keep_placeholders_and_tags() -> None:
    sentence = "<b>Hello {name}</b>, how are you?\nFine."
    for change in pseudo.PSEUDO.values():
        assert template(change(sentence)).names == {"name"}
        assert template(change(sentence)).tags == ("<b>", "</b>")
        assert change(sentence).count("\n") == 1
    assert pseudo.lengthened("Save") == "[Šáṽé ~~]"
    assert len(pseudo.lengthened("x" * 100)) >= 140
    assert has_rtl(pseudo.mirrored("Save"))


def test_pseudo_languages_of_the_whole_program(tmp_path: Path) -> None:
    pseudo.make(extract.messages(LOCALES_DIR.parent), tmp_path)
    with using(tmp_path) as here:
        assert here.tags() == ["en-XA", "ar-XB"]
        assert render(n_("{count} hour", "{count} hours", 3), "en-XA") == "[3 ĥóúřš ~~~]"
        assert has_rtl(render(n_("{count} hour", "{count} hours", 1), "ar-XB"))
    for tag in pseudo.PSEUDO:
        for message in entries(read(po_path(tmp_path, tag)).catalog):
            reasons = [fault.reason for fault in faults(message, forms(message), locale(tag))]
            assert [reason for reason in reasons if "characters long" not in reason] == []


@pytest.fixture
def page(write_catalogue: WriteCatalogue) -> Iterator[Callable[..., str]]:
    path = write_catalogue("ar", {"Hello {name}!": "مرحبا {name}!", "here": "هنا", "See {where}": "انظر {where}"})
    environment = jinja2.Environment(autoescape=True)
    environment.filters.update(FILTERS)

    def show(source: str, tag: str, **values: object) -> str:
        return environment.from_string(source).render(jinja_functions(tag, today=date(2026, 1, 1)), **values)

    with using(path.parents[2]):
        yield show


def test_a_template_speaks_the_pages_language(page: Callable[..., str]) -> None:
    source = '{{ _("Hello {name}!", name=who) }}'
    assert page(source, "en", who="<b>Bo</b>") == "Hello &lt;b&gt;Bo&lt;/b&gt;!"
    assert page(source, "ar", who="Bo") == "مرحبا \u2068Bo\u2069!"
    assert page('{{ n_("{count} hour", "{count} hours", 2) }} {{ p_("x", "y") }}', "en") == "2 hours y"


def test_nested_texts_and_links_in_a_template(page: Callable[..., str]) -> None:
    source = '{{ _("See {where}", where=link(_("here"), "https://e.org/?a=1&b=2")) }}'
    assert page(source, "ar") == 'انظر <a href="https://e.org/?a=1&amp;b=2">هنا</a>'
    assert page('{{ _("See {where}", where=_("here")) }}', "ar") == "انظر هنا"
    assert page('{{ _("See {where}", where=ltr("/help")) }}', "ar") == "انظر \u2068/help\u2069"
    assert page('{{ _("See {where}", where=safe) }}', "en", safe=jinja2.filters.Markup("<i>a</i>")) == "See a"


def test_texts_made_in_python_and_their_language(page: Callable[..., str]) -> None:
    notice = _("<b>Not</b> translated & so on")
    assert page("<p {{ lang(x) }}>{{ t(x) }}</p>", "ar", x=notice) == (
        '<p lang="en" dir="ltr"><b>Not</b> translated &amp; so on</p>'
    )
    assert page("<p{{ lang(x) }}>{{ t(x) }}</p>", "ar", x=_("here")) == "<p>هنا</p>"
    assert page("{{ t(x) | plain }}", "ar", x=notice) == "Not translated &amp; so on"
    assert page('<i title="{{ t(x) }}">', "en", x=_('Say "{a}"', a='"')) == ('<i title="Say &quot;&quot;&quot;">')
    assert (
        page("{{ t(x) }}", "ar", x=_("See {where}", where=Link(_("here"), "tel:112")))
        == 'انظر <a href="tel:112">هنا</a>'
    )
    assert page("{{ t(x) }}", "ar", x=_("See {where}", where=(Ltr("a"), 2))) == "انظر \u2068a\u2069 و2"
