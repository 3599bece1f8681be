"""What a participant comes to first, and whether a streamed desktop shows its application already."""

from __future__ import annotations

import http.client
import json

from workspaces.app_scheme import app_scheme
from workspaces.engine.connecting import connection_to
from workspaces.models import Kind, Workspace

DESKTOP_STATE = "/desktop.json"
"""Where a desktop says whether its application is there; see images/desktop."""
EDITOR_FOLDER = "/?folder="
"""Where code-server leads from `/`; to other apps that is `/`."""
SECONDS = 2.0
MOST_BYTES = 4096


def first_page(kind: Kind) -> str:
    """The path to which somebody is led who comes for the first time. Around a desktop, and around the page of an app
    that others have packed, it is our own page."""
    if kind.frame:
        return "/"
    return kind.path if kind.path != "/" else f"{EDITOR_FOLDER}{kind.data_path}"


def page_to_show(kind: Kind) -> str:
    """What is asked of the app itself, so that its first page, or a desktop's first picture, comes at once later."""
    if kind.frame == Kind.Frame.DESKTOP:
        return kind.picture_path or kind.health_path
    return kind.path if kind.frame else first_page(kind)


def app_is_there(workspace: Workspace) -> bool:
    """Whether the window of the application is on the desktop. True as well where that cannot be told: for a kind that
    has no such desktop, and an image that does not say."""
    kind = workspace.kind
    if kind.frame != Kind.Frame.DESKTOP or not workspace.address:
        return True
    port = workspace.port
    connection = connection_to(workspace.address, port, app_scheme(workspace, port), SECONDS)
    try:
        connection.request("GET", DESKTOP_STATE)
        answer = connection.getresponse()
        return state_says_there(answer.status, answer.read(MOST_BYTES))
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def state_says_there(status: int, body: bytes) -> bool:
    """What an answer of `DESKTOP_STATE` comes to."""
    if status >= 500:
        return False
    try:
        said = json.loads(body)
    except ValueError:
        return True
    return not isinstance(said, dict) or said.get("app", "there") == "there"
