"""Every text goes through gettext, and German has all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise

from tests.languages import COMMAND, HOLES, ROOT, bare, german, holes, key, messages, sources, texts
from workspaces import reasons

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = {"Spaces", "UTC", "Docker", "CSV", "JSON", "zip", "tar", "https://", "/workspace", "Esc", "Tab", "origin"}
NAMES |= {f"F{number}" for number in range(1, 13)}


def test_german_has_exactly_the_texts_that_there_are() -> None:
    there = {text for suffix in (".py", ".html") for path in sources(suffix) for text in texts(path)}
    kept = {key(message.id, message.context) for message in messages()}
    assert len(there) > 300
    assert {"missing": sorted(map(str, there - kept)), "stale": sorted(map(str, kept - there))} == {
        "missing": [],
        "stale": [],
    }, COMMAND


def test_every_german_text_is_written() -> None:
    open_ones = [m.id for m in messages() if m.fuzzy or not (m.string if isinstance(m.string, str) else all(m.string))]
    assert open_ones == []
    assert (german().num_plurals, german().plural_expr) == (2, "(n != 1)")


def test_german_leaves_the_same_holes() -> None:
    for message in messages():
        ids = (message.id,) if isinstance(message.id, str) else message.id
        strings = (message.string,) if isinstance(message.string, str) else message.string
        assert len(ids) == len(strings), ids
        for one, other in zip(ids, strings, strict=True):
            assert holes(one) == holes(other), one
            assert (one[:1].isspace(), one[-1:].isspace()) == (other[:1].isspace(), other[-1:].isspace()), one


def test_german_is_german_and_says_du() -> None:
    written = [(message.id, text) for message in messages() for text in _strings(message.string)]
    alike = [one for one, text in written if text == one]
    assert [one for one in alike if len(set(WORD.findall(HOLES.sub("", one))) - NAMES) > 1] == []
    formal = re.compile(r"(?<=[a-zäöüß,] )(Sie|Ihre?[mnrs]?)\b|\bIhnen\b")
    assert [text for _id, text in written if formal.search(text)] == []


def _strings(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    assert [text for text in bare(path.read_text()) if not NAMES.issuperset(text.rstrip(".").split())] == []


def test_bare_words_are_found() -> None:
    source = """<p title="One">{% blocktranslate %}not{% endblocktranslate %}{# nor #}{% comment %}nor{% endcomment %}
    <img alt="Two"><code>nor</code> Three {{ n }} · {% translate "nor" %}</p>"""
    assert bare(source) == ["One", "Two", "Three"]


def test_every_column_of_the_administration_has_a_name() -> None:
    ours = [one for one in admin.site._registry.values() if (ROOT / one.model._meta.app_label).is_dir()]
    shown = [(one.model, one) for one in ours] + [(inline.model, inline) for one in ours for inline in one.inlines]
    bare_ones = {
        f"{model.__name__}.{field.name}"
        for model, page in shown
        for field in model._meta.fields
        if field.name in _columns(page) and not isinstance(field.verbose_name, Promise) and not field.primary_key
    }
    assert len(ours) > 10
    assert bare_ones == set()
    assert all(isinstance(model._meta.verbose_name, Promise) for model, page in shown if page in ours)


def _columns(page: Any) -> set[str]:
    """Fields that a page of the administration shows."""
    fields = flatten_fieldsets(page.fieldsets) if page.fieldsets else page.fields or ()
    return {one for one in (*fields, *getattr(page, "list_display", ()), *page.readonly_fields) if isinstance(one, str)}


def test_the_reasons_of_a_worker_are_said_in_the_readers_language() -> None:
    kept = reasons.ENDED_AT_START % {"log": "line (1)\nline 100% 2"}
    assert reasons.reason_shown(kept) == kept
    with translation.override("de"):
        assert reasons.reason_shown(kept).endswith("Ihre letzten Worte: line (1)\nline 100% 2")
        assert reasons.reason_shown("Step 3/9: RUN apt-get") == "Step 3/9: RUN apt-get"
        assert reasons.reason_shown("") == ""
        for known in reasons.TEXTS:
            kept = re.sub(r"%\(\w+\)s", "7", known)
            assert reasons.reason_shown(kept) not in (kept, ""), known


def test_a_language_is_chosen_and_remembered(db: None) -> None:
    client = Client(headers={"Accept-Language": "de"})
    assert '<html lang="de"' in client.get("/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/sign-in/"})
    assert '<html lang="en"' in client.get("/sign-in/").content.decode()
    cookie = client.cookies["django_language"]
    assert int(cookie["max-age"]) >= 300 * 24 * 3600
    assert '<html lang="en"' in Client(headers={"Accept-Language": "fr"}).get("/").content.decode()
