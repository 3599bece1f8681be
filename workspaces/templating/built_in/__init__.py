"""The templates that come with the program, as files beside this one. What people change is in the database."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.utils.translation import gettext_noop as _

DESCRIPTIONS = (
    _("2 GB, one core, the internet but no private network"),
    _("4 GB, two cores, the machine's graphics processor, the internet"),
    _("2 GB, one core, no network"),
    _("2 GB, one core, the internet and the local network"),
)
"""As in the files; here, so that pages can say them in the reader's language."""


@cache
def built_in_texts() -> dict[str, str]:
    """Name → YAML of each."""
    return {path.stem: path.read_text() for path in sorted(Path(__file__).parent.glob("*.yaml"))}


def built_in_text(name: str) -> str:
    """What the template of that name said when it came; "" for one that people made."""
    return built_in_texts().get(name.lower(), "")
