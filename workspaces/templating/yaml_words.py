"""What PyYAML finds wrong, in words for people: the dozen mistakes that are made by hand, and its own for the rest."""

from __future__ import annotations

import re

import yaml
from django.utils.translation import gettext as _

_CANNOT_BEGIN = re.compile(r"found character '(.+)' that cannot start any token")


def yaml_words(error: yaml.MarkedYAMLError) -> tuple[str, int]:
    """A sentence, and the index of the character it is about."""
    problem, here = error.problem or "", error.problem_mark or error.context_mark
    if problem.startswith("mapping values are not allowed"):
        text = _("No colon may stand here: is the line indented wrongly? Text with a colon has to be in quotes.")
        return text, _at(here)
    if found := _CANNOT_BEGIN.fullmatch(problem):
        if found[1] == "\\t":
            return _("This is a tab. Indent with spaces."), _at(here)
        return _("Text that begins with “%(character)s” has to be in quotes.") % {"character": found[1]}, _at(here)
    if problem == "found unexpected end of stream":
        return _("This quote is opened and never closed."), _at(error.context_mark or here)
    if problem.startswith(("expected ',' or ']'", "expected ',' or '}'")):
        return _("This bracket is opened and not closed as it should be."), _at(error.context_mark or here)
    if problem.startswith("expected the node content"):
        return _("A value is missing here."), _at(here)
    if problem.startswith("expected <block end>"):
        return _("This line does not fit the ones above it. Is it indented as they are?"), _at(here)
    return _("This is not YAML: %(problem)s.") % {"problem": problem or error.context or "?"}, _at(here)


def _at(mark: yaml.Mark | None) -> int:
    return mark.index if mark else 0
