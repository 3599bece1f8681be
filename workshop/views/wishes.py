"""The form for a workshop: what was typed becomes wishes, and a workshop becomes what stands in its fields.

Times are in UTC on the wire; the page's script shows and reads them in the reader's own time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workshop.models import Workshop
from workshop.services.workshops import Wishes
from workspaces.sealing import unseal_if_readable

_LOCAL = "%Y-%m-%dT%H:%M"
USUAL = {"seats": "10", "at_end": "stop", "grace_hours": "72", "keep_hours": "72", "no_show_minutes": "0"}
"""What stands in a new form."""


def wishes_of(form: Typed) -> Wishes:
    """All fields. Raises `Invalid` with a text for each that cannot be understood."""
    wrong: dict[str, str] = {}

    def number(name: str, *, may_be_empty: bool = False) -> int | None:
        text = form.get(name).strip()
        if not text and may_be_empty:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        wrong[name] = _("A number.")
        return None

    def time(name: str) -> datetime | None:
        text = form.get(name).strip()
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
        except ValueError:
            wrong[name] = _("A date and a time.")
            return None

    wishes: Wishes = {
        "title": form.get("title"),
        "slug": form.get("slug"),
        "seats": number("seats") or 0,
        "seats_most": number("seats_most", may_be_empty=True),
        "language": form.get("language"),
        "access_code": form.get("access_code"),
        "network_mode": form.get("network_mode"),
        "memory_mb": number("memory_mb", may_be_empty=True),
        "opens_at": time("opens_at"),
        "closes_at": time("closes_at"),
        "at_end": form.get("at_end"),
        "grace_hours": number("grace_hours") or 0,
        "keep_hours": number("keep_hours") or 0,
        "no_show_minutes": number("no_show_minutes") or 0,
    }
    if wrong:
        raise Invalid(_("The workshop cannot be like that."), code="WORKSHOP_INVALID", details=wrong)
    return wishes


def values_of(workshop: Workshop) -> dict[str, str]:
    """What stands in the fields of a workshop that is there."""
    return {
        "title": workshop.title,
        "slug": workshop.slug,
        "seats": str(workshop.seats_wanted),
        "seats_most": str(workshop.seats_most) if workshop.seats_most > workshop.seats_wanted else "",
        "language": workshop.language,
        "access_code": unseal_if_readable(workshop.access_code_sealed),
        "network_mode": workshop.network_mode,
        "memory_mb": str(workshop.memory_mb or ""),
        "opens_at": _typed(workshop.opens_at),
        "closes_at": _typed(workshop.closes_at),
        "at_end": workshop.at_end,
        "grace_hours": str(workshop.grace_hours),
        "keep_hours": str(workshop.keep_hours),
        "no_show_minutes": str(workshop.no_show_minutes),
    }


def _typed(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime(_LOCAL) if at else ""
