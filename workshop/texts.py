"""What a claim says, word for word in both languages: programs and slides know these texts, so no catalogue may change
them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from workshop.models import Workshop

Text = Literal[
    "NAME_REQUIRED", "EMAIL_INVALID", "ALREADY_CLAIMED", "NO_SEATS", "CLAIM_NOT_FOUND",
    "available", "get", "yours", "copy", "open",
]  # fmt: skip
GERMAN = "de"
LANGUAGES = ("de", "en")
TEXTS: dict[str, dict[Text, str]] = {
    "de": {
        "NAME_REQUIRED": "Name ist erforderlich.",
        "EMAIL_INVALID": "Bitte eine gültige E-Mail-Adresse eingeben.",
        "ALREADY_CLAIMED": "Diese E-Mail-Adresse ist bereits registriert.",
        "NO_SEATS": "Leider sind keine Workspaces mehr verfügbar. Bitte wenden Sie sich an den Workshop-Leiter.",
        "CLAIM_NOT_FOUND": "Claim nicht gefunden.",
        "available": "von %(total)d Workspaces noch verfügbar",
        "get": "Workspace erhalten",
        "yours": "Dein Workspace",
        "copy": "URL kopieren",
        "open": "Workspace öffnen",
    },
    "en": {
        "NAME_REQUIRED": "A name is required.",
        "EMAIL_INVALID": "Please enter a valid e-mail address.",
        "ALREADY_CLAIMED": "This e-mail address is already registered.",
        "NO_SEATS": "Unfortunately no workspaces are left. Please ask the workshop leader.",
        "CLAIM_NOT_FOUND": "Claim not found.",
        "available": "of %(total)d workspaces still available",
        "get": "Get a workspace",
        "yours": "Your workspace",
        "copy": "Copy URL",
        "open": "Open workspace",
    },
}


def words() -> Mapping[Text, str]:
    """All texts in the active language, German for one that is neither."""
    return TEXTS.get((translation.get_language() or GERMAN)[:2], TEXTS[GERMAN])


def text(name: Text) -> str:
    """One of them."""
    return words()[name]


def language_of(workshop: Workshop | None, asked: str, chosen: str = "") -> str:
    """In which language to speak to a participant: the workshop's own, else the site's for workshops, else the one that
    the browser likes best (`asked`: its Accept-Language), German when it asks for neither.

    `chosen`: what somebody has picked on the page, which wins.
    """
    if chosen in LANGUAGES:
        return chosen
    fixed = (workshop.language if workshop else "") or settings.WORKSHOP_LANGUAGE
    return fixed or _liked_best(asked)


def _liked_best(asked: str) -> str:
    liked = (code.partition("-")[0] for code, weight in parse_accept_lang_header(asked.lower()[:500]) if weight > 0)
    return next((code for code in liked if code in LANGUAGES), GERMAN)

