"""What may be said of a workshop, field by field: what a leader wrote becomes columns of its row, or an error there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from spaces_site.errors import Invalid
from workshop.models import Workshop
from workshop.services.workshops.names import slug_clean, title_clean
from workspaces.limits import check_resources
from workspaces.models import Workspace
from workspaces.sealing import seal

CODE_MOST = 40
HOURS_MOST = 24 * 90
MINUTES_MOST = 24 * 60


class Wishes(TypedDict, total=False):
    """What a leader may say. `slug`: "" for one made of the title. `seats_most`: None for as many as `seats`; more than
    that are made by themselves while people wait. `access_code`: "" for none. `network_mode` "", `memory_mb` None: as
    the source has it. `opens_at`, `closes_at`: None for whenever somebody says so. The rest as in `Workshop`."""

    title: str
    slug: str
    seats: int
    seats_most: int | None
    language: str
    access_code: str
    network_mode: str
    memory_mb: int | None
    opens_at: datetime | None
    closes_at: datetime | None
    at_end: str
    grace_hours: int
    keep_hours: int
    no_show_minutes: int


def columns_of(wishes: Wishes, *, owner: User, source: Workspace | None, workshop: Workshop | None) -> dict[str, Any]:
    """Columns of the workshop that say what is wished, of those fields alone. `workshop`: as it is, None for a new one.

    Raises `Invalid` (WORKSHOP_INVALID) with a text for each field that cannot be so.
    """
    columns: dict[str, Any] = {}
    wrong: dict[str, Any] = {}
    for field, value in wishes.items():
        try:
            columns |= _CLEANERS[field](value)
        except Invalid as error:
            wrong |= error.details or {field: error.message}
    if columns.get("memory_mb") is not None:
        wrong |= _memory_wrong(owner, columns["memory_mb"], source)
    wrong |= _together_wrong(columns, workshop, wrong)
    if wrong:
        raise Invalid(_("The workshop cannot be like that."), code="WORKSHOP_INVALID", details=wrong)
    return columns


def _memory_wrong(owner: User, memory_mb: int, source: Workspace | None) -> dict[str, Any]:
    try:
        check_resources(owner, memory_mb, source.cpus if source else 1.0)
    except Invalid as error:
        return {"memory_mb": error.details["memory_mb"]} if "memory_mb" in error.details else {}
    return {}


def _together_wrong(columns: dict[str, Any], workshop: Workshop | None, wrong: dict[str, Any]) -> dict[str, str]:
    """What does not fit together, of what is said now and what the row says already. Fills in `seats_most`."""

    def either(name: str, otherwise: Any) -> Any:
        return columns.get(name, getattr(workshop, name) if workshop else otherwise)

    found = {}
    opens_at, closes_at = either("opens_at", None), either("closes_at", None)
    if opens_at and closes_at and closes_at <= opens_at:
        found["closes_at"] = _("It closes before it opens.")
    elif columns.get("closes_at") and closes_at <= timezone.now() and closes_at != (workshop and workshop.closes_at):
        found["closes_at"] = _("That time is over.")
    if "seats" not in wrong and "seats_most" not in wrong:
        wanted, most = either("seats_wanted", 1), either("seats_most", None)
        if most is None or ("seats_most" not in columns and most < wanted):
            columns["seats_most"] = wanted
        elif most < wanted:
            found["seats_most"] = _("At least as many as there are seats.")
    return found


def _choice(column: str, choices: list[str]) -> Callable[[Any], dict[str, Any]]:
    def clean(value: Any) -> dict[str, Any]:
        if value not in choices:
            text = _("Choose one of the list.")
            raise Invalid(text, details={column: text})
        return {column: value}

    return clean


def _number(column: str, least: int, most: Callable[[], int], field: str = "") -> Callable[[Any], dict[str, Any]]:
    def clean(value: Any) -> dict[str, Any]:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most():
            text = _("Between %(least)d and %(most)d.") % {"least": least, "most": most()}
            raise Invalid(text, details={field or column: text})
        return {column: value}

    return clean


def _time(column: str) -> Callable[[Any], dict[str, Any]]:
    def clean(value: Any) -> dict[str, Any]:
        if value is not None and not (isinstance(value, datetime) and timezone.is_aware(value)):
            text = _("A date and a time, with its time zone.")
            raise Invalid(text, details={column: text})
        return {column: value}

    return clean


def _optional(clean: Callable[[Any], dict[str, Any]], column: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {column: None} if value is None else clean(value)


def _code(value: Any) -> dict[str, Any]:
    text = str(value).strip()
    if len(text) > CODE_MOST or not text.isprintable():
        wrong = _("At most %(most)d characters, on one line.") % {"most": CODE_MOST}
        raise Invalid(wrong, details={"access_code": wrong})
    return {"access_code_sealed": seal(text)}


def _seats_most_setting() -> int:
    return settings.WORKSHOP_MAX_SEATS


_CLEANERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "title": lambda value: {"title": title_clean(str(value))},
    "slug": lambda value: {"slug": slug_clean(str(value))},
    "seats": _number("seats_wanted", 1, _seats_most_setting, "seats"),
    "seats_most": _optional(_number("seats_most", 1, _seats_most_setting), "seats_most"),
    "language": _choice("language", list(Workshop.Language.values)),
    "access_code": _code,
    "network_mode": _choice("network_mode", list(Workshop.Network.values)),
    "memory_mb": _optional(lambda value: {"memory_mb": int(value)}, "memory_mb"),
    "opens_at": _time("opens_at"),
    "closes_at": _time("closes_at"),
    "at_end": _choice("at_end", list(Workshop.AtEnd.values)),
    "grace_hours": _number("grace_hours", 0, lambda: HOURS_MOST),
    "keep_hours": _number("keep_hours", 0, lambda: HOURS_MOST),
    "no_show_minutes": _number("no_show_minutes", 0, lambda: MINUTES_MOST),
}
