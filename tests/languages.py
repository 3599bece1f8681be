"""What is to be translated and what is, read without gettext's own programs, which not every machine has."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
GERMAN = ROOT / "locale/de/LC_MESSAGES/django.po"
LEFT_OUT = {".venv", "bench", "tests", "var"}
COMMAND = "manage.py makemessages -l de --add-location file --no-obsolete -i .venv -i bench -i tests -i var"
SINGULAR, PLURAL = (1,), (1, 2)
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), SINGULAR)
KEYWORDS |= dict.fromkeys(("ngettext", "ngettext_lazy"), PLURAL)
KEYWORDS |= dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2))
HOLES = re.compile(r"%(?:\(\w+\))?(?:\.\d+)?[sdfg%]|\{\w*\}")
QUIET = {"script", "style", "code", "pre", "svg"}
"""Elements whose text is not for people to read, or the same in every language."""
SPOKEN = {"alt", "aria-description", "aria-label", "data-done", "placeholder", "title"}
SPOKEN |= {f"data-{name}" for name in ("again", "asleep", "broken", "gone", "large", "many", "none", "retry", "words")}
"""Attributes that are for people, by themselves or when a script shows them; as all data of a <template>."""
ATTRIBUTES = re.compile(r'(?:[\w-]+="[^"]*"\s*)+')
"""What a block puts inside of a tag."""
VOID = {"area", "base", "br", "hr", "img", "input", "link", "meta", "source", "wbr"}
Id = str | tuple[str, ...]


def sources(suffix: str) -> list[Path]:
    """Our own files of that kind."""
    found = (path for folder in ROOT.iterdir() if folder.is_dir() and folder.name not in LEFT_OUT and
             not folder.name.startswith(".") for path in folder.rglob(f"*{suffix}"))  # fmt: skip
    return sorted(path for path in found if "node_modules" not in path.parts)


def texts(path: Path) -> Iterator[Id]:
    """Every text of a module or template that goes through gettext, as Django's `makemessages` finds it, by `key`."""
    source = path.read_text()
    if path.suffix == ".html":  # Python of sorts; its indentation means nothing
        source = "\n".join(line.strip() for line in templatize(source, str(path)).splitlines())
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        yield key(message, context)


def key(message: Id, context: str | None) -> Id:
    """A text by which it differs from others: with its context, as in "Open (workshop)"."""
    return f"{message} ({context})" if context else message


@lru_cache
def german() -> Catalog:
    with GERMAN.open("rb") as file:
        return read_po(file)


def messages() -> list[Message]:
    return [message for message in german() if message.id]


def holes(text: str) -> list[str]:
    """What a text leaves open, in whatever order a language puts it."""
    return sorted(HOLES.findall(text))


class Heard(HTMLParser):
    """`parts`: each piece of text that a person reads or hears, blanks made one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._quiet: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN or (tag == "template" and name.startswith("data-")):
                self._hear(value or "")
        if tag not in VOID and (self._quiet or tag in QUIET):
            self._quiet.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._quiet and self._quiet.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._hear(data)

    def _hear(self, text: str) -> None:
        pieces = (" ".join(piece.split()) for piece in re.split("[·–]", text))
        self.parts += [piece for piece in pieces if re.search(r"[^\W\d_]", piece)]


def bare(source: str) -> list[str]:
    """Words of a template that stand there as they are, outside of every translation."""
    html, inside = "", ""
    for token in Lexer(source).tokenize():
        word = token.contents.split(None, 1)[0] if token.token_type == TokenType.BLOCK else ""
        if inside:
            inside = "" if word == f"end{inside}" else inside
        elif word in ("blocktranslate", "blocktrans", "comment"):
            inside = word
        elif token.token_type == TokenType.TEXT:
            html += token.contents
    return [part for part in Heard(html).parts if not ATTRIBUTES.fullmatch(part)]


@lru_cache
def _the_same() -> re.Pattern[str]:
    """What is alike in both languages."""
    alike = [str(message.string) for message in messages() if str(message.id).lower() == str(message.string).lower()]
    gaps = ("(.*)".join(re.escape(part) for part in HOLES.split(text)) for text in alike)
    return re.compile("|".join(gaps), re.IGNORECASE)


def left_in_english(english: str, german: str, data: str = "") -> list[str]:
    """What the two versions of a page have in common, besides names and `data` (a regular expression)."""
    common = set(Heard(english).parts) & set(Heard(german).parts)
    return sorted(part for part in common if not _the_same().fullmatch(part) and not re.fullmatch(data, part))
