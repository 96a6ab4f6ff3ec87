"""A resident whose browser runs no scripts: reads pages, presses buttons, follows redirects. Nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

VOID = frozenset({"input", "meta", "link", "br", "img", "path", "circle"})


@dataclass(slots=True)
class Button:
    """A submit button."""

    name: str
    value: str
    label: str = ""


@dataclass(slots=True)
class Form:
    """A form as it would be posted."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, html: str, answer: aiohttp.ClientResponse | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.status = answer.status if answer else 200
        self.method = answer.method if answer else "GET"
        self.url = str(answer.url) if answer else ""
        self.headers = dict(answer.headers) if answer else {}
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self._button: Button | None = None
        self._textarea: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "a" and "href" in found:
            self.links.append((found["href"], ""))
        form = self.forms[-1] if self.forms and "form" in self._open else None
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get")))
        elif form and tag == "input":
            ticked = found.get("type") not in ("radio", "checkbox") or "checked" in found
            if "name" in found and ticked and found.get("type") != "file":
                form.fields.append((found["name"], found.get("value", "")))
        elif form and tag == "button" and found.get("type", "submit") == "submit":
            self._button = Button(found.get("name", ""), found.get("value", ""))
            form.buttons.append(self._button)
        elif form and tag == "textarea":
            self._textarea = found.get("name", "")
            form.fields.append((self._textarea, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._button = None
        if tag == "textarea":
            self._textarea = None
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._textarea is not None and self.forms:
            form = self.forms[-1]
            form.fields[-1] = (form.fields[-1][0], form.fields[-1][1] + data)
        if self._button is not None:
            self._button.label += data.strip()
        if not {"script", "style", "title"} & set(self._open):
            self.words.append(data)
        if self.links and self._open and self._open[-1] == "a":
            href, label = self.links[-1]
            self.links[-1] = (href, label + data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def pressable(self) -> list[str]:
        return [button.value for form in self.forms for button in form.buttons if button.name == "press"]

    def link(self, part: str) -> str:
        return next(href for href, _label in self.links if part in href)


class Reader:
    """The browser. `page` is what it shows."""

    def __init__(self, session: aiohttp.ClientSession, base: str, language: str = "en") -> None:
        self.session, self.base, self.language = session, base, language
        self.page = Page("")
        self.posted: tuple[str, list[tuple[str, str]]] = ("", [])

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept-Language": self.language, "Accept": "text/html"}

    async def open(self, path: str) -> Page:
        url = path if path.startswith("http") else self.base + path
        async with self.session.get(url, headers=self.headers) as response:
            self.page = Page(await response.text(), response)
        return self.page

    async def post(self, path: str, fields: list[tuple[str, str]], **more: str) -> Page:
        """Post fields; `more` are headers beyond a browser's usual ones."""
        self.posted = (path, fields)
        url = path if path.startswith("http") else self.base + path
        headers = {**self.headers, "Origin": self.base, "Sec-Fetch-Site": "same-origin", **more}
        async with self.session.post(url, data=fields, headers=headers) as response:
            self.page = Page(await response.text(), response)
        return self.page

    async def again(self) -> Page:
        """Send the last form once more, as a double click does."""
        return await self.post(*self.posted)

    async def press(self, ending: str) -> Page:
        """Press the first button whose value ends so."""
        for form in self.page.forms:
            for button in form.buttons:
                if button.value.endswith(ending):
                    return await self.post(form.action, [*form.fields, (button.name, button.value)])
        raise AssertionError(f"no button {ending} among {self.page.pressable()}: {self.page.text[-600:]}")

    async def say(self, words: str) -> Page:
        form = next(form for form in self.page.forms if any(name == "text" for name, _value in form.fields))
        fields = [(name, words if name == "text" else value) for name, value in form.fields]
        return await self.post(form.action, fields)

    async def submit(self, do: str, **values: str) -> Page:
        """Fill in the page's flow form and press one of its buttons; names have "__" for a dot."""
        form = next(form for form in self.page.forms if "/form/" in form.action)
        given = {name.replace("__", "."): value for name, value in values.items()}
        fields = [(name, value) for name, value in form.fields if name not in given] + list(given.items())
        return await self.post(form.action, [*fields, ("do", do)])


EASY = ("|c:yes", "|s:short", "|s:none", "|s:take", "|c:done", "|m:unknown", "|m:skip")
"""What somebody in a hurry presses, the likeliest first."""


async def to_the_plan(reader: Reader) -> Page:
    """From the open question to the finished plan, the shortest way."""
    for _count in range(40):
        if any("/plan/" in href for href, _label in reader.page.links):
            return reader.page
        offered = reader.page.pressable()
        fitting = [each for each in EASY if any(value.endswith(each) for value in offered)]
        assert fitting, f"nothing easy among {offered}: {reader.page.text[-900:]}"
        await reader.press(fitting[0])
    raise AssertionError(f"no plan after 40 presses: {reader.page.text[-600:]}")
