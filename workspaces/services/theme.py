"""The colours of the editor in a workspace: one line of its settings, which are its owner's otherwise."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, Invalid, Unavailable
from workspaces.auditing import workspace_audit
from workspaces.commands import workspace_awake
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerMissing, EngineConflict, EngineError
from workspaces.engine.inside import ExecResult
from workspaces.jsonc import NotJsonc, jsonc_read, jsonc_set
from workspaces.models import Workspace
from workspaces.selectors import workspace_usable
from workspaces.services.used import workspace_used
from workspaces.works_as import works_as

KEY = "workbench.colorTheme"
FOLLOWS_SYSTEM = "window.autoDetectColorScheme"
"""While it is on, the editor looks at two other keys instead of `KEY`."""
MOST_CHARACTERS = 100
MOST_BYTES = 1024**2
_FOLDER = '"$HOME/.local/share/code-server/User"'
_READ = f"cd {_FOLDER} 2>/dev/null && [ -e settings.json ] && exec cat settings.json; exit 0"
_WRITE = f"mkdir -p {_FOLDER} && cd {_FOLDER} && cat > .settings.json.new && mv -f .settings.json.new settings.json"


def theme_set(actor: Actor, workspace: Workspace, theme: str) -> None:
    """The editor in the workspace has the colours of that theme, now and later; it must run, and is resumed if paused.

    Its other settings stay, comments included, but for the one that would have the theme follow the system. Raises
    `Invalid` (THEME_INVALID), `Conflict` (NO_EDITOR where a desktop is streamed; NOT_RUNNING; SETTINGS_UNREADABLE when
    the file is no JSON with comments), `NotFound`, `Unavailable`.
    """
    theme = theme.strip()
    if not theme or len(theme) > MOST_CHARACTERS or not theme.isprintable():
        text = _("The name of a theme takes 1 to %(most)d characters, on one line.") % {"most": MOST_CHARACTERS}
        raise Invalid(text, code="THEME_INVALID", details={"theme": text})
    workspace = workspace_usable(actor, workspace.public_id)
    if workspace.kind.frame:
        raise Conflict(_("There is no editor in this workspace whose colours could be set."), code="NO_EDITOR")
    workspace = workspace_awake(actor, workspace)
    seen = _run(workspace, _READ)
    try:
        written = _with_theme(seen.stdout.decode(), theme)
    except (NotJsonc, UnicodeDecodeError) as error:
        raise Conflict(
            _("The settings file of the editor cannot be read as JSON. Correct it in the editor, and try again."),
            code="SETTINGS_UNREADABLE",
        ) from error
    _run(workspace, _WRITE, written.encode())
    workspace_audit(actor, "workspace.theme", workspace, theme=theme)
    workspace_used(workspace.pk, opened=False)


def _with_theme(text: str, theme: str) -> str:
    settings = jsonc_read(text)
    if settings.get(FOLLOWS_SYSTEM) is True:
        text = jsonc_set(text, FOLLOWS_SYSTEM, False)
    return jsonc_set(text, KEY, theme)


def _run(workspace: Workspace, script: str, stdin: bytes = b"") -> ExecResult:
    """What a script printed that ran as the workspace's user. Raises `Conflict` and `Unavailable` when it did not."""
    try:
        answer = get_engine().exec(
            workspace.engine_name,
            ["/bin/sh", "-c", script],
            user=works_as(workspace.kind),
            stdin=stdin,
            timeout_seconds=20,
            max_bytes=MOST_BYTES,
        )
    except (ContainerMissing, EngineConflict) as error:
        raise Conflict(_("The workspace does not run. Start it first."), code="NOT_RUNNING") from error
    except EngineError as error:
        raise Unavailable(_("The engine that runs workspaces does not answer. Try again in a minute.")) from error
    if answer.exit_code or answer.cut:
        raise Conflict(
            _("The settings of the editor cannot be changed: %(reason)s")
            % {"reason": answer.stderr.decode(errors="replace")[:300]},
            code="SETTINGS_UNREADABLE",
        )
    return answer
