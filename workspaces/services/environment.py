"""The variables that an owner gives a workspace: which are taken, and how they are typed in a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid

MOST = 64
MOST_BYTES = 32 * 1024
"""Names and values together. Linux gives a program's environment 128 KiB for each and some MiB for all."""
RESERVED = ("SPACES_", "VSCODE_PROXY_URI")
"""What the platform itself tells a workspace. All else is the owner's, PATH and LD_PRELOAD too: it is their box."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def environment_check(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables as they are kept. Raises `Invalid` (ENVIRONMENT_INVALID), which names the first that is wrong."""
    if len(variables) > MOST:
        _wrong(_("At most %(most)d variables.") % {"most": MOST})
    for name, value in variables.items():
        if wrong := _mistake(name, value):
            _wrong(wrong)
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > MOST_BYTES:
        _wrong(_("All variables together take at most %(most)d KiB.") % {"most": MOST_BYTES // 1024})
    return dict(variables)


def environment_parse(text: str) -> dict[str, str]:
    """The variables in a text with one `NAME=value` per line, values as they stand. Empty lines and `#` lines are none.

    Raises `Invalid` (ENVIRONMENT_INVALID) with the number of each line that is wrong.
    """
    variables: dict[str, str] = {}
    mistakes = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        wrong = _mistake(name, value) if equals else _("NAME=value is expected.")
        if not wrong and name in variables:
            wrong = _("%(name)s is there already.") % {"name": name}
        if wrong:
            mistakes.append(_("Line %(number)d: %(wrong)s") % {"number": number, "wrong": wrong})
        variables[name] = value
    if mistakes:
        _wrong(" ".join(mistakes[:5]))
    return environment_check(variables)


def _mistake(name: str, value: str) -> str:
    """What is wrong with one variable, in words; "" when nothing is."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return _("“%(name)s” cannot be a name: letters, digits and _, no digit first.") % {"name": str(name)[:60]}
    if name.startswith(RESERVED):
        return _("%(name)s is set by the platform.") % {"name": name[:60]}
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        return _("The value of %(name)s must be text.") % {"name": name[:60]}
    return ""


def _wrong(text: str) -> NoReturn:
    raise Invalid(text, code="ENVIRONMENT_INVALID", details={"environment": text})
