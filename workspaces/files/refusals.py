"""What the program refuses, and what the engine does, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, SpacesError, Unavailable
from workspaces.engine.base import EngineError, EngineUnavailable, ImageMissing
from workspaces.engine_state import engine_silent
from workspaces.files.paths import path_outside, shown
from workspaces.image_builds import HELPER_IMAGE, image_send

_REFUSALS: dict[str, tuple[type[SpacesError], str, str | Promise]] = {
    "NOT_FOUND": (NotFound, "FILE_NOT_FOUND", gettext_lazy("There is no “%(path)s”.")),
    "EXISTS": (Conflict, "FILE_EXISTS", gettext_lazy("There is a “%(path)s” already.")),
    "IS_FOLDER": (Conflict, "IS_A_FOLDER", gettext_lazy("“%(path)s” is a folder.")),
    "NOT_FOLDER": (Conflict, "NOT_A_FOLDER", gettext_lazy("“%(path)s” is no folder, or leads through what is none.")),
    "NOT_EMPTY": (Conflict, "FOLDER_NOT_EMPTY", gettext_lazy("“%(path)s” is not empty.")),
    "SPECIAL": (Conflict, "NOT_A_FILE", gettext_lazy("“%(path)s” is neither a file nor a folder.")),
    "CHANGED": (Conflict, "FILE_CHANGED", gettext_lazy("“%(path)s” was changed by somebody else meanwhile.")),
    "DENIED": (
        Forbidden,
        "FILE_DENIED",
        gettext_lazy("“%(path)s” belongs to another user of the workspace, who does not let you."),
    ),
    "NO_SPACE": (Unavailable, "NO_SPACE", gettext_lazy("There is no room left for “%(path)s”.")),
    "INVALID": (Invalid, "PATH_INVALID", gettext_lazy("“%(path)s” is no path that this can be done with.")),
}


def refuse(word: str, path: str) -> NoReturn:
    """Raises what the program's `word` about `path` means to a caller."""
    if word == "OUTSIDE":
        raise path_outside(path)
    kind, code, text = _REFUSALS.get(word, _REFUSALS["INVALID"])
    message = str(text) % {"path": shown(path) or "/workspace"}
    raise kind(message, code=code, details={"path": message})


@contextmanager
def engine_errors() -> Iterator[None]:
    """What the engine raises inside is `Unavailable` to callers."""
    try:
        yield
    except EngineUnavailable as error:
        raise engine_silent() from error
    except ImageMissing as error:
        image_send(HELPER_IMAGE)
        raise Unavailable(
            _("What reads the files of workspaces is being made ready. Try again in a minute."), retry_after=20
        ) from error
    except EngineError as error:
        raise Unavailable(
            _("The files of this workspace cannot be reached: %(reason)s") % {"reason": str(error)[:300]},
            code="FILES_UNREACHABLE",
            retry_after=10,
        ) from error
