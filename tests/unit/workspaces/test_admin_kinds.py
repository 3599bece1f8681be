"""The administration of kinds and of their images."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from kombu.exceptions import OperationalError

from accounts.models import AuditEvent, User
from tests.unit.workspaces.administering import IMAGES, KINDS, kind_form, run
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.admin import images
from workspaces.models import ImageBuild, Kind


def test_a_kind_is_added_and_written_down(admin: Client) -> None:
    assert admin.post(f"{KINDS}add/", kind_form()).status_code == 302
    assert Kind.objects.get(slug="boards").port == 3000
    assert AuditEvent.objects.get(action="kind.create").meta["kind"] == "boards"


@pytest.mark.parametrize(
    "changes",
    [
        {"memory_mb": "999999"}, {"cpus": "0"}, {"port": "70000"}, {"image": "spaces/nowhere"}, {"user": "a b"},
        {"environment": "nonsense"}, {"environment": "1A=x"}, {"environment": "SPACES_WORKSPACE=x"},
        {"environment": "A=1\nA=2"}, {"scheme": "ftp"}, {"path": "vnc.html"}, {"path": "//evil.example"},
        {"health_path": "healthz"}, {"picture_path": "picture.jpg"}, {"picture_path": "/a b"}, {"view_port": "3000"},
        {"frame": "window"},
    ],
)  # fmt: skip
def test_a_kind_that_could_not_run_is_refused(changes: dict[str, str], admin: Client) -> None:
    answer = admin.post(f"{KINDS}add/", kind_form(**changes))
    assert answer.status_code == 200 and list(answer.context["adminform"].form.errors) == list(changes)


@pytest.mark.parametrize(
    "path",
    ["/", "/etc", "/etc/app", "/usr/share", "/proc", "/sys", "/dev", "/bin", "/sbin", "/lib", "/boot", "/run", "/tmp/x",
     "/mnt", "/var", "/root", "/home", "config", "/config/", "/config/..", "/a b", ""],
)  # fmt: skip
def test_files_are_not_kept_where_the_system_is(path: str, admin: Client) -> None:
    answer = admin.post(f"{KINDS}add/", kind_form(data_path=path))
    assert answer.status_code == 200 and list(answer.context["adminform"].form.errors) == ["data_path"]


@pytest.mark.parametrize("path", ["/config", "/workspace", "/home/coder", "/var/lib/app", "/root/files", "/etcetera"])
def test_files_are_kept_in_any_folder_of_their_own(path: str, admin: Client) -> None:
    assert admin.post(f"{KINDS}add/", kind_form(data_path=path)).status_code == 302
    assert Kind.objects.get(slug="boards").data_path == path


@pytest.mark.parametrize(
    "changes", [{"scheme": "https"}, {"frame": "page"}, {"view_port": "6081"}, {"picture_path": "/picture.jpg"}]
)
def test_what_has_no_port_has_no_page(changes: dict[str, str], admin: Client) -> None:
    answer = admin.post(f"{KINDS}add/", kind_form(port="0", **changes))
    assert list(answer.context["adminform"].form.errors) == list(changes)


LINUXSERVER = {
    "user": "root", "port": "3001", "scheme": "https", "environment": "PUID=1000\r\nPGID=1000\r\nTITLE=a = b",
    "data_path": "/config", "frame": "page", "path": "/vnc.html?resize=remote",
}  # fmt: skip


def test_who_runs_the_site_sets_an_image_that_begins_as_root(admin: Client) -> None:
    assert admin.post(f"{KINDS}add/", kind_form(**LINUXSERVER)).status_code == 302
    kind = Kind.objects.get(slug="boards")
    assert kind.environment == {"PUID": "1000", "PGID": "1000", "TITLE": "a = b"}
    assert (kind.user, kind.scheme, kind.data_path, kind.frame) == ("root", "https", "/config", "page")
    page = admin.get(f"{KINDS}{kind.pk}/change/").content.decode()
    assert "PUID=1000\nPGID=1000\nTITLE=a = b" in page and "linuxserver/kicad" in page
    assert admin.post(f"{KINDS}{kind.pk}/change/", kind_form(**LINUXSERVER, title="New")).status_code == 302
    fields = AuditEvent.objects.get(action="kind.change").meta["fields"]
    assert fields == ["title"], "values are not written down, and what is as before has not changed"
    assert admin.post(f"{KINDS}{kind.pk}/change/", kind_form(**LINUXSERVER | {"environment": ""})).status_code == 302
    kind.refresh_from_db()
    assert kind.environment == {}


@pytest.mark.parametrize("user", ["root", "0", "00", "root:users", "0:0"])
def test_who_only_may_change_kinds_does_not_make_one_begin_as_root(user: str, leader: Client, bob: User) -> None:
    """A right that the site may give its leaders by a group of its own."""
    codes = ["add_kind", "change_kind", "view_kind"]
    bob.user_permissions.set(Permission.objects.filter(codename__in=codes, content_type__app_label="workspaces"))
    answer = leader.post(f"{KINDS}add/", kind_form(user=user))
    assert list(answer.context["adminform"].form.errors) == ["user"]
    assert leader.post(f"{KINDS}add/", kind_form()).status_code == 302
    Kind.objects.filter(slug="boards").update(user=user)
    kind = Kind.objects.get(slug="boards")
    assert leader.post(f"{KINDS}{kind.pk}/change/", kind_form(image="evil/image")).status_code == 403
    assert leader.get(f"{KINDS}{kind.pk}/change/").status_code == 200, "it can be looked at"


def test_a_leader_changes_no_kind(leader: Client, code_server: Kind) -> None:
    assert leader.post(f"{KINDS}add/", kind_form()).status_code == 403
    assert leader.post(f"{KINDS}{code_server.pk}/change/", kind_form()).status_code == 403
    assert leader.get(f"{KINDS}{code_server.pk}/change/").status_code == 200


def test_files_that_are_there_stay_where_they_are(admin: Client, alice: User, make_workspace: MakeWorkspace) -> None:
    kind = make_workspace(alice).kind
    as_before = kind_form(slug=kind.slug, image=kind.image, port=str(kind.port))
    answer = admin.post(f"{KINDS}{kind.pk}/change/", as_before | {"data_path": "/config"})
    assert list(answer.context["adminform"].form.errors) == ["data_path"]
    assert admin.post(f"{KINDS}{kind.pk}/change/", as_before).status_code == 302


def test_a_kind_with_workspaces_stays(admin: Client, alice: User, make_workspace: MakeWorkspace) -> None:
    kind = make_workspace(alice).kind
    assert "1 workspace is of this kind" in admin.get(f"{KINDS}{kind.pk}/delete/").content.decode()
    assert admin.post(f"{KINDS}{kind.pk}/delete/", {"post": "yes"}).status_code == 200
    run(admin, KINDS, "delete_selected", kind, post="yes")
    assert Kind.objects.filter(pk=kind.pk).exists()


def test_a_kind_without_workspaces_goes(admin: Client) -> None:
    kind = Kind.objects.create(slug="boards", title="Boards", description="", image="linuxserver/kicad")
    assert admin.post(f"{KINDS}{kind.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Kind.objects.filter(pk=kind.pk).exists()
    assert AuditEvent.objects.get(action="kind.delete").meta == {"kind": "boards"}


def test_an_image_is_asked_for_once_however_many_kinds_name_it(
    admin: Client, code_server: Kind, terminal: Kind, monkeypatch: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(images, "image_send", sent.append)
    Kind.objects.update(image="spaces/base")
    (said,) = run(admin, KINDS, "build", code_server, terminal)
    assert (sent, "1 image" in said) == (["spaces/base"], True)
    run(admin, IMAGES, "build", ImageBuild.objects.get())
    assert sent == ["spaces/base"] * 2


def test_an_image_is_not_said_to_be_made_when_no_worker_could_be_asked(
    admin: Client, code_server: Kind, monkeypatch: Any
) -> None:
    def away(ref: str) -> None:
        raise OperationalError("the broker is away")

    monkeypatch.setattr(images, "image_send", away)
    assert run(admin, KINDS, "build", code_server) == [
        "spaces/code-server: No worker could be asked. Try again in a minute."
    ]
