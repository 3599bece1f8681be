"""What the form for a new workspace may bring beside kind, name and size: what it begins with, a group, a template, a
repository, variables."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.views.typed import Typed
from spaces_site.errors import Invalid, NotFound
from workspaces.files.paths import path_clean
from workspaces.models import WorkspaceGroup
from workspaces.services.environment import environment_parse
from workspaces.services.repository import Repository
from workspaces.starters import STARTERS
from workspaces.templating import preset_get, templates_list
from workspaces.views.starters import KIND as STARTER_KIND
from workspaces.views.starters import USUAL

ENV_FILE = ".env"
ENV_FILE_BYTES = 256 * 1024
CHOSEN_BY_LINKS = ("template", "name", "starter", "group")
SECRET_FIELDS = ("token", "environment", "env_file")


def extras(request: HttpRequest, form: Typed) -> dict[str, Any]:
    """Keywords for `workspace_create`. Raises `Invalid` with a text for each field that cannot be understood."""
    return {
        "starter": _starter(form),
        "group": form.get("group"),
        "template": _template(form),
        "repository": _repository(form),
        "environment": environment_parse(form.get("environment")),
        "files": _env_file(request, form),
    }


def extras_shown(request: HttpRequest, user: User, form: Typed) -> dict[str, Any]:
    """What the page needs for them. A link may have chosen some of it beforehand."""
    if request.method != "POST":
        form.values |= {name: request.GET[name] for name in CHOSEN_BY_LINKS if name in request.GET}
    form.values.pop("token", None)  # it is typed anew rather than sent back
    chosen = form.get("starter")
    return {
        "starters": STARTERS,
        "chosen_starter": chosen if any(chosen == starter.slug for starter in STARTERS) else USUAL,
        "groups": WorkspaceGroup.objects.filter(owner=user),
        "templates": templates_list(),
        "has_repository": any(form.get(name) for name in ("repository", "branch", "destination")),
        "env_file_name": ENV_FILE,
    }


def kind_of_template(form: Typed) -> str:
    """The kind that the chosen template brings; "" when none is chosen, or it leaves that open."""
    try:
        return preset_get(form.get("template")).kind or "" if form.get("template") else ""
    except NotFound:
        return ""


def _starter(form: Typed) -> str:
    """The chosen one, for the kind that they are offered for: their choice is only out of sight for the others."""
    return form.get("starter") if form.get("kind") == STARTER_KIND else ""


def _template(form: Typed) -> str:
    name = form.get("template")
    try:
        return preset_get(name).name if name else ""
    except NotFound as error:
        raise Invalid(str(error.message), details={"template": str(error.message)}) from error


def _repository(form: Typed) -> Repository | None:
    url, token = form.get("repository"), form.get("token")
    if not url.strip():
        if token.strip() or form.get("branch").strip():
            wrong = _("Which repository is this for?")
            raise Invalid(wrong, details={"repository": wrong})
        return None
    return Repository(url, form.get("branch"), form.get("destination"), token)


def _env_file(request: HttpRequest, form: Typed) -> dict[str, bytes]:
    content = _uploaded(request) or form.get("env_file").replace("\r\n", "\n").encode()
    if not content:
        return {}
    if len(content) > ENV_FILE_BYTES:
        wrong = _("At most %(most)d KiB.") % {"most": ENV_FILE_BYTES // 1024}
        raise Invalid(wrong, details={"env_file": wrong})
    try:
        path = path_clean(form.get("env_file_path").strip() or ENV_FILE)
    except Invalid as error:
        raise Invalid(str(error.message), details={"env_file_path": str(error.message)}) from error
    return {path or ENV_FILE: content}


def _uploaded(request: HttpRequest) -> bytes:
    file = request.FILES.get("env_upload")
    return file.read(ENV_FILE_BYTES + 1) if isinstance(file, UploadedFile) else b""
