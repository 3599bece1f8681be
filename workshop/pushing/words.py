"""Codes that rows keep of what went wrong at a seat, and what a page says for each; and words in names of files."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.conf import settings
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workshop.models import Push, Workshop

REASONS: dict[str, Promise] = {
    "NO_WORKSPACE": gettext_lazy("There is no workspace on this seat now. It is being made, or failed."),
    "SEAT_FAILED": gettext_lazy("The workspace on this seat failed. Reset the seat, then try again."),
    "STOPPED": gettext_lazy("The workspace is stopped. Start it, then try again."),
    "GONE": gettext_lazy("The seat was given a new workspace meanwhile."),
    "REFUSED": gettext_lazy("The workspace could not be woken: it is not in a state for that."),
    "FORGOTTEN": gettext_lazy("The files of this push are no longer kept. Push them again."),
    "UNREADABLE": gettext_lazy("The files can no longer be read, since the site’s secret key was changed."),
    "ENGINE_SILENT": gettext_lazy("The engine that runs workspaces did not answer. Try again in a minute."),
    "ENGINE_REFUSED": gettext_lazy("The engine that runs workspaces refused."),
    "UNKNOWN_END": gettext_lazy("The platform was restarted while it ran, and nobody knows how it ended."),
    "TIMED_OUT": gettext_lazy("It took too long and was ended."),
    "INTERNAL_ERROR": gettext_lazy("An error inside the platform; its log says more."),
    "CHANGED": gettext_lazy("It was changed since, and left alone."),
    "NOT_KEPT": gettext_lazy("What was there before is no longer kept."),
    "NOT_FOUND": gettext_lazy("It is not there."),
    "EXISTS": gettext_lazy("There is no free name beside it."),
    "IS_FOLDER": gettext_lazy("There is a folder of that name."),
    "NOT_FOLDER": gettext_lazy("A file is where a folder of that name should be."),
    "NOT_EMPTY": gettext_lazy("A folder of that name is not empty."),
    "SPECIAL": gettext_lazy("There is something of that name which is neither file nor folder."),
    "DENIED": gettext_lazy("It belongs to another user of the workspace, who does not allow it."),
    "NO_SPACE": gettext_lazy("There is no room left on the disk."),
    "OUTSIDE": gettext_lazy("The way to it leads out of the workspace."),
    "INVALID": gettext_lazy("This path cannot be used there."),
}
OUTCOMES: dict[str, Promise] = {
    "": gettext_lazy("under way"),
    "written": gettext_lazy("written"),
    "same": gettext_lazy("was there already"),
    "beside": gettext_lazy("put beside theirs"),
    "kept": gettext_lazy("theirs left alone"),
    "replaced": gettext_lazy("theirs replaced, and kept aside"),
    "undone": gettext_lazy("taken back"),
    "left": gettext_lazy("not taken back"),
    "failed": gettext_lazy("failed"),
}


def reason(problem: str) -> str:
    """The words for what a row says: a code, and after a colon what the engine said."""
    code, _colon, more = problem.partition(": ")
    text = str(REASONS.get(code, code))
    return f"{text} ({more})" if more else text


def in_language_of(workshop: Workshop) -> AbstractContextManager[None]:
    """The language of those who sit there, as far as it is known."""
    return translation.override(workshop.language or settings.WORKSHOP_LANGUAGE or settings.LANGUAGE_CODE)


def marks(push: Push) -> tuple[str, str]:
    """What is put into names: of the leader's file beside theirs, and of theirs where it was replaced."""
    with in_language_of(push.workshop):
        when = timezone.localtime(push.created_at).strftime("%H-%M")
        return _("from the leader"), _("mine, %(time)s") % {"time": when}
