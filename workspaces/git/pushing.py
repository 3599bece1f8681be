"""Pushing a branch of a repository in a workspace for somebody, with a token that the workspace never sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.rate import rate_limit
from spaces_site.errors import Conflict, Invalid, NotFound, SpacesError, Unavailable
from workspaces.auditing import workspace_audit
from workspaces.commands import CommandResult
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError, EngineUnavailable, ImageMissing
from workspaces.engine_state import engine_silent
from workspaces.git.beside import WorkspaceGone, ask
from workspaces.image_builds import GUARD_IMAGE, HELPER_IMAGE, image_send
from workspaces.lifecycle.beside import network_ensure
from workspaces.lifecycle.spec import spec_of
from workspaces.models import Workspace
from workspaces.selectors import workspace_usable
from workspaces.services.repository import branch_check, destination_check, token_check, url_check
from workspaces.services.used import workspace_used
from workspaces.services.waiting import connection_give_back
from workspaces.states import HAS_NO_FILES, State

LOOK_SECONDS = 20.0
PUSH_SECONDS = 300.0
MOST, WINDOW = 30, timedelta(minutes=10)
"""Pushes of one person."""


def git_push(
    actor: Actor,
    workspace: Workspace,
    *,
    repo_path: str = "/repo",
    remote: str = "origin",
    branch: str = "",
    token: str = "",
) -> CommandResult:
    """What git said when it pushed `branch` ("" for the current one) of the repository below /workspace to `remote`.

    It does not matter whether the workspace runs. A push that the other side refuses is no error: see `exit_code`.
    Raises `NotFound` (REPO_NOT_FOUND), `Invalid` (REPO_DESTINATION_INVALID, REPO_REMOTE_INVALID, REPO_BRANCH_INVALID,
    REPO_URL_INVALID, REPO_TOKEN_INVALID), `Conflict` (WORKSPACE_STATE, REPO_NO_NETWORK, REPO_UNUSABLE), `TooMany`,
    `Unavailable`.
    """
    where = {"path": _path(repo_path), "remote": _remote(remote)}
    branch = branch_check(branch)
    workspace = _reachable(actor, workspace)
    rate_limit("git.push", str(signed_in(actor).pk), limit=MOST, window=WINDOW)
    connection_give_back()
    engine = get_engine()
    with _errors():
        network_ensure(engine, spec_of(workspace), workspace.blocked_ranges)
        found = _done(ask(engine, workspace, {"op": "look", "branch": branch, **where}, seconds=LOOK_SECONDS))
        url = url_check(found["url"])
        where |= {"url": url, "branch": branch_check(found["branch"]), "commit": found["commit"]}
        question = {"op": "push", "token": token_check(url, token.strip()), **where}
        ended = _done(ask(engine, workspace, question, seconds=PUSH_SECONDS))
    workspace_audit(actor, "git.push", workspace, remote=url, branch=where["branch"], exit_code=ended["exit_code"])
    workspace_used(workspace.pk, opened=False)
    return CommandResult(**ended)


def _reachable(actor: Actor, workspace: Workspace) -> Workspace:
    workspace = workspace_usable(actor, workspace.public_id)
    if workspace.state in HAS_NO_FILES:
        raise Conflict(
            _("This cannot be done now: the workspace is %(state)s.") % {"state": State(workspace.state).label},
            code="WORKSPACE_STATE",
            details={"state": str(workspace.state)},
        )
    if workspace.network_mode == "none":
        raise Conflict(_("This workspace has no network, so nothing can be pushed."), code="REPO_NO_NETWORK")
    return workspace


def _path(path: str) -> str:
    """The folder relative to /workspace, which may be that itself."""
    names = [name for name in path.strip().removeprefix("/workspace").split("/") if name not in ("", ".")]
    return destination_check(path) if names else ""


def _remote(remote: str) -> str:
    """The name of a remote, which follows the rules for names of branches."""
    try:
        name = branch_check(remote)
    except Invalid:
        name = ""
    if not name or re.search(r"[:\\]", name):
        text = _("This cannot be the name of a remote.")
        raise Invalid(text, code="REPO_REMOTE_INVALID", details={"remote": text})
    return name


def _done(answer: dict[str, Any]) -> dict[str, Any]:
    """What the program did. Raises what its refusal means."""
    if "done" in answer:
        done: dict[str, Any] = answer["done"]
        return done
    code, text = answer["error"], str(answer.get("text", ""))
    if code in ("NO_FOLDER", "NO_REPOSITORY"):
        raise NotFound(_("There is no repository at this path."), code="REPO_NOT_FOUND")
    if code == "NO_REMOTE":
        raise NotFound(_("The repository has no remote of that name."), code="REPO_REMOTE_NOT_FOUND")
    if code == "NO_BRANCH":
        raise NotFound(_("The repository has no such branch, or no commit on it."), code="REPO_BRANCH_NOT_FOUND")
    if code == "LINKED":
        why = _("It must be a folder with a .git folder of its own, and no link or worktree.")
    elif code == "TIMEOUT":
        why = _("It took too long.")
    else:
        why = text[:300]
    raise Conflict(_("The repository cannot be pushed from: %(why)s") % {"why": why}, code="REPO_UNUSABLE")


@contextmanager
def _errors() -> Iterator[None]:
    """What the engine raises inside becomes ours."""
    try:
        yield
    except SpacesError:
        raise
    except WorkspaceGone:
        raise NotFound(_("There is no such workspace."), code="WORKSPACE_NOT_FOUND") from None
    except EngineUnavailable as error:
        raise engine_silent() from error
    except ImageMissing as error:
        for image in (GUARD_IMAGE, HELPER_IMAGE):
            image_send(image)
        raise Unavailable(_("What pushes is being made ready. Try again in a minute."), retry_after=20) from error
    except EngineError as error:
        raise Unavailable(
            _("git could not be started beside the workspace: %(reason)s") % {"reason": str(error)[:300]},
            code="GIT_UNREACHABLE",
            retry_after=10,
        ) from error
