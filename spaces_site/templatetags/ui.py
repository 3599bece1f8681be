"""Small parts of pages that are the same everywhere: icons, times, sizes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.reasons import reason_shown

register = template.Library()
register.filter("reason", reason_shown)

MIB_PER_GIB = 1024


@register.simple_tag
@lru_cache(maxsize=512)  # a list has a hundred of them, and each would ask the storage of static files
def icon(name: str, extra_class: str = "") -> SafeString:
    """A drawing from `static/icons.svg`. It says nothing to a screen reader: the words beside it do."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra_class,
        static("icons.svg"),
        name,
    )


@register.filter
def translated(text: str) -> str:
    """What the database has of a text of ours, in the reader's language; anything else as it is."""
    return _(text) if text else ""


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """ "3 minutes ago", with the exact time behind it; empty for None."""
    if at is None:
        return ""
    return _time(at, _ago_words((timezone.now() - at) // timedelta(minutes=1)))


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """Date and time, as written in the reader's language; empty for None."""
    return "" if at is None else _time(at, date_format(timezone.localtime(at), "DATETIME_FORMAT"))


@register.filter
def memory(mib: int) -> str:
    """MiB as people say it: 512 MB, 2 GB, 1.5 GB."""
    if mib < MIB_PER_GIB:
        return f"{mib} MB"
    return f"{number_format(round(mib / MIB_PER_GIB, 1)).removesuffix('.0').removesuffix(',0')} GB"


@register.filter
def cores(cpus: float) -> str:
    """CPU cores as people say it: 1 core, 0.5 cores."""
    words = ngettext("%(n)s core", "%(n)s cores", 1 if cpus == 1 else 2)
    return words % {"n": number_format(cpus).removesuffix(".0").removesuffix(",0")}


@register.filter
def took(span: timedelta | None) -> str:
    """How long something took: 0.4 s, 12 s, 3 min."""
    if span is None:
        return ""
    seconds = span.total_seconds()
    if seconds < 10:
        return _("%(n)s s") % {"n": number_format(seconds, decimal_pos=1)}
    if seconds < 120:
        return _("%(n)s s") % {"n": round(seconds)}
    return _("%(n)s min") % {"n": round(seconds / 60)}


def _ago_words(minutes: int) -> str:
    """Whole phrases, as many languages decline the unit after their word for "ago"."""
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if (hours := minutes // 60) < 24:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    if (days := hours // 24) < 30:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    if (months := days // 30) < 12:
        return ngettext("%(n)d month ago", "%(n)d months ago", months) % {"n": months}
    years = max(1, days // 365)
    return ngettext("%(n)d year ago", "%(n)d years ago", years) % {"n": years}


def _time(at: datetime, words: str) -> SafeString:
    exact = date_format(timezone.localtime(at), "DATETIME_FORMAT") + " UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact, words)
