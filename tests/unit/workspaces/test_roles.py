"""Who may do what in a workspace: each role and each capability, in the services, on the pages and at the gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import SpacesError
from tests.accounts_fixtures import ActorOf, as_
from tests.files_fixtures import VolumeOf
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import files, services
from workspaces.commands import command_run
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.git import git_push
from workspaces.models import Share, Workspace
from workspaces.selectors import operations_for, workspace_get
from workspaces.services.details import workspace_notes_set
from workspaces.services.groups import workspace_group_set
from workspaces.services.theme import theme_set
from workspaces.stats import observability_of, stats_of

Attempt = Callable[[Actor, Workspace], Any]
REFUSALS = {"VIEWER_ONLY", "OWNER_ONLY", "WORKSPACE_NOT_FOUND", "ACCOUNT_LOCKED"}
SEES: dict[str, Attempt] = {
    "see it": lambda actor, it: workspace_get(actor, it.public_id),
    "see what was done": operations_for,
    "see figures": stats_of,
    "see what goes on in it": observability_of,
    "list files": lambda actor, it: files.entries_list(actor, it, ""),
    "read a file": lambda actor, it: files.file_read(actor, it, "kept.txt", max_bytes=99),
    "download a file": lambda actor, it: files.file_open(actor, it, "kept.txt").close(),
    "download all": lambda actor, it: files.archive_open(actor, it, [""], "zip").close(),
    "star it": lambda actor, it: services.workspace_favorite(actor, it, True),
}
USES: dict[str, Attempt] = {
    "write a file": lambda actor, it: files.file_write(actor, it, "new.txt", [b"new"]),
    "upload a file": lambda actor, it: files.upload_open(actor, it, "sent.txt", size=3).close(),
    "make a folder": lambda actor, it: files.folder_make(actor, it, "folder"),
    "rename a file": lambda actor, it: files.entry_rename(actor, it, "absent.txt", "other.txt"),
    "delete a file": lambda actor, it: files.entries_delete(actor, it, ["absent.txt"]),
    "run a command": lambda actor, it: command_run(actor, it, "true"),
    "push": lambda actor, it: git_push(actor, it, token="x"),
    "set the colours": lambda actor, it: theme_set(actor, it, "Dark Modern"),
    "write notes": lambda actor, it: workspace_notes_set(actor, it, "Notes"),
    "start it": services.workspace_start,
    "restart it": services.workspace_restart,
    "stop it": services.workspace_stop,
}
MANAGES: dict[str, Attempt] = {
    "rename it": lambda actor, it: services.workspace_rename(actor, it, "Bench"),
    "move it to a group": lambda actor, it: workspace_group_set(actor, it, "Labs"),
    "set its password": lambda actor, it: services.workspace_password_set(actor, it, ""),
    "share it": lambda actor, it: services.share_add(actor, it, "bob"),
    "change a role": lambda actor, it: services.share_role_set(actor, it, it.shares.earliest("pk").user_id, "editor"),
    "delete it": services.workspace_delete,
}
ROLES = ("stranger", "locked", "viewer", "editor", "staff", "owner")
REFUSED = {"stranger": "WORKSPACE_NOT_FOUND", "locked": "WORKSPACE_NOT_FOUND"}
LOOKS_ONLY = REFUSED | {"viewer": "VIEWER_ONLY"}
NO_OWNER = REFUSED | {"viewer": "OWNER_ONLY", "editor": "OWNER_ONLY"}
MATRIX = [
    *((name, attempt, REFUSED) for name, attempt in SEES.items()),
    *((name, attempt, LOOKS_ONLY) for name, attempt in USES.items()),
    *((name, attempt, NO_OWNER) for name, attempt in MANAGES.items()),
]


@pytest.fixture
def people(alice: User, bob: User, charlie: User, root: User) -> dict[str, User]:
    """One of each role."""
    viewer = User.objects.create_user("vera@example.org", "vera")
    locked = User.objects.create_user("lola@example.org", "lola")
    return {"owner": alice, "editor": bob, "stranger": charlie, "staff": root, "viewer": viewer, "locked": locked}


@pytest.fixture
def workspace(people: dict[str, User], make_workspace: MakeWorkspace, volume_of: VolumeOf) -> Workspace:
    """Alice's, which runs and has a file."""
    made = make_workspace(people["owner"], name="Desk")
    (volume_of(made) / "kept.txt").write_text("kept")
    for role in ("editor", "viewer", "locked"):
        share = Share.Role.VIEWER if role == "viewer" else Share.Role.EDITOR
        Share.objects.create(workspace=made, user=people[role], role=share)
    User.objects.filter(pk=people["locked"].pk).update(is_active=False)
    people["locked"].refresh_from_db()
    return made


def outcome(attempt: Attempt, actor: Actor, workspace: Workspace) -> str:
    """The code of the refusal, or "yes": what fails for another reason was allowed."""
    try:
        attempt(actor, workspace)
    except SpacesError as error:
        return error.code if error.code in REFUSALS else "yes"
    return "yes"


@pytest.mark.parametrize(("name", "attempt", "refused"), MATRIX, ids=[name for name, *_ in MATRIX])
def test_each_role_may_do_what_it_is_for_and_nothing_else(
    name: str,
    attempt: Attempt,
    refused: dict[str, str],
    people: dict[str, User],
    workspace: Workspace,
    actor_of: ActorOf,
) -> None:
    seen = {role: outcome(attempt, actor_of(people[role]), workspace) for role in ROLES}
    assert seen == {role: refused.get(role, "yes") for role in ROLES}


def test_what_a_viewer_was_refused_has_left_nothing_behind(
    people: dict[str, User], workspace: Workspace, actor_of: ActorOf, volume_of: VolumeOf
) -> None:
    before = AuditEvent.objects.count()
    for attempt in (*USES.values(), *MANAGES.values()):
        assert outcome(attempt, actor_of(people["viewer"]), workspace) != "yes"
    workspace.refresh_from_db()
    assert (workspace.state, workspace.name, workspace.notes, workspace.group) == ("running", "Desk", "", None)
    assert [path.name for path in volume_of(workspace).iterdir()] == ["kept.txt"]
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("role", ROLES)
def test_at_the_gateway_only_who_may_work_in_it_gets_in(
    role: str, people: dict[str, User], workspace: Workspace
) -> None:
    key = session_open(workspace, workspace.public_id, user=people[role], session_key="")
    try:
        entered = authorise(Target(workspace.public_id, None, workspace.public_id), (key,), "", None).user_id
    except SpacesError:
        entered = None
    assert entered == (people[role].pk if role in ("editor", "staff", "owner") else None)


def test_who_becomes_a_viewer_is_out_at_the_next_request(
    people: dict[str, User], workspace: Workspace, actor_of: ActorOf
) -> None:
    target = Target(workspace.public_id, None, workspace.public_id)
    key = session_open(workspace, workspace.public_id, user=people["editor"], session_key="")
    assert authorise(target, (key,), "", None)
    services.share_role_set(actor_of(people["owner"]), workspace, people["editor"].pk, "viewer")
    with pytest.raises(SpacesError):
        authorise(target, (key,), "", None)
    event = AuditEvent.objects.get(action="share.role")
    assert event.meta == {"user": "bob", "role": "viewer"}
    services.share_role_set(actor_of(people["owner"]), workspace, people["editor"].pk, "viewer")  # twice is fine
    assert AuditEvent.objects.filter(action="share.role").count() == 1
    services.share_role_set(actor_of(people["owner"]), workspace, people["editor"].pk, "editor")
    assert authorise(target, (key,), "", None)


def test_sharing_again_with_another_role_changes_it(
    people: dict[str, User], workspace: Workspace, actor_of: ActorOf
) -> None:
    services.share_add(actor_of(people["owner"]), workspace, "bob", "viewer")
    assert Share.objects.get(workspace=workspace, user=people["editor"]).role == "viewer"
    assert [event.action for event in AuditEvent.objects.filter(action__startswith="share.")] == ["share.role"]


@pytest.mark.parametrize(
    ("user", "role", "code"), [("bob", "boss", "ROLE_INVALID"), ("charlie", "viewer", "SHARE_NOT_FOUND")]
)
def test_what_is_no_role_and_who_has_none_is_refused(
    user: str, role: str, code: str, people: dict[str, User], workspace: Workspace, actor_of: ActorOf
) -> None:
    with pytest.raises(SpacesError) as refused:
        services.share_role_set(actor_of(people["owner"]), workspace, User.objects.get(username=user).pk, role)
    assert refused.value.code == code
    with pytest.raises(SpacesError):
        services.share_add(actor_of(people["owner"]), workspace, "bob", "boss")


# -- on the pages

READ = ("", "files/", "files/text?path=kept.txt", "activity", "terminal", "disk")
FORMS = ("notes", "push", "files/rename?path=kept.txt", "files/delete?path=kept.txt", "delete", "open")
POSTS = (
    *("start", "stop", "restart", "pause", "resume", "delete", "rename", "group", "notes", "password", "share", "role"),
    *("push", "files/rename?path=kept.txt", "files/delete?path=kept.txt", "files/upload?path=x"),
)
HARMLESS = ("favorite", "unshare", "files/archive", "sign-out", "theme", "i18n")


@pytest.mark.parametrize("role", ["viewer", "editor", "owner"])
def test_the_pages_of_a_workspace_are_there_for_all_who_see_it(
    role: str, people: dict[str, User], workspace: Workspace
) -> None:
    browser = as_(people[role])
    for path in READ:
        response = browser.get(f"/workspaces/{workspace.public_id}/{path}")
        assert response.status_code == 200, path
        assert Page(response).problems() == [], path


def test_a_viewer_is_offered_nothing_that_would_be_refused(people: dict[str, User], workspace: Workspace) -> None:
    browser = as_(people["viewer"])
    for path in (*READ, "card"):
        page = Page(browser.get(f"/workspaces/{workspace.public_id}/{path}"))
        actions = [form.get("action", "") for form in page.all("form", method="post")]
        assert [action for action in actions if not any(word in action for word in HARMLESS)] == [], path
        links = [link.get("href", "").partition("?")[0] for link in page.all("a")]
        assert not [link for link in links if link.endswith(("/open", "/delete", "/push", "/rename", "/notes"))], path
        assert not page.all("section", data_terminal="")
    text = browser.get(f"/workspaces/{workspace.public_id}/terminal").content.decode()
    assert "For editors only" in text
    assert "readonly" in browser.get(f"/workspaces/{workspace.public_id}/files/text?path=kept.txt").content.decode()


def test_what_a_viewer_sends_all_the_same_is_refused_with_a_page(people: dict[str, User], workspace: Workspace) -> None:
    browser, at = as_(people["viewer"]), f"/workspaces/{workspace.public_id}/"
    typed = {"name": "Mine", "notes": "x", "who": "charlie", "password": "long enough", "do": "set", "sure": "1",
             "entry": "kept.txt", "to": "x", "user": str(people["editor"].pk), "role": "viewer"}  # fmt: skip
    for path in FORMS:
        response = browser.get(at + path)
        assert (response.status_code, Page(response).problems()) == (403, []), path
    for path in POSTS:
        response = browser.post(at + path, typed)
        if path.startswith("files/upload"):
            assert response.status_code == 302
            continue
        assert (response.status_code, Page(response).problems()) == (403, []), path
    workspace.refresh_from_db()
    assert (workspace.state, workspace.name, workspace.notes) == ("running", "Desk", "")
    assert Share.objects.get(user=people["editor"]).role == "editor"


def test_an_editor_is_offered_work_and_no_management(people: dict[str, User], workspace: Workspace) -> None:
    at = f"/workspaces/{workspace.public_id}/"
    page = Page(as_(people["editor"]).get(at))
    actions = {form.get("action", "").removeprefix(at).partition("#")[0] for form in page.all("form", method="post")}
    assert {"stop", "restart", "pause", "unshare"} <= actions
    assert not actions & {"rename", "group", "password", "share", "role"}
    hers = Page(as_(people["owner"]).get(at))
    actions = {form.get("action", "").removeprefix(at).partition("#")[0] for form in hers.all("form", method="post")}
    assert {"rename", "group", "password", "share", "role", "unshare"} <= actions


def test_roles_are_given_and_changed_on_the_page(people: dict[str, User], workspace: Workspace) -> None:
    browser, at = as_(people["owner"]), f"/workspaces/{workspace.public_id}/"
    assert browser.post(at + "share", {"who": "charlie", "role": "viewer"}).status_code == 302
    assert Share.objects.get(user=people["stranger"]).role == "viewer"
    assert "charlie may look at it now." in browser.get(at).content.decode()
    browser.post(at + "role", {"user": people["stranger"].pk, "role": "editor"})
    assert Share.objects.get(user=people["stranger"]).role == "editor"
    assert "charlie may work in it now." in browser.get(at).content.decode()
    wrong = browser.post(at + "share", {"who": "charlie", "role": "boss"})
    assert (wrong.status_code, Page(wrong).problems()) == (400, [])
    assert browser.post(at + "role", {"user": people["stranger"].pk, "role": "boss"}).status_code == 400
    assert browser.post(at + "role", {"user": "x", "role": "viewer"}).status_code == 400
    assert browser.post(at + "role", {"user": people["staff"].pk, "role": "viewer"}).status_code == 404
    assert browser.get(at + "role").headers["Location"] == at
