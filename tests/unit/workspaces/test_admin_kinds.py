"""The administration of kinds and of their images."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from kombu.exceptions import OperationalError

from accounts.models import AuditEvent, User
from tests.unit.workspaces.administering import IMAGES, KINDS, kind_form, run
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.admin import images
from workspaces.models import ImageBuild, Kind


def test_a_kind_is_added_and_written_down(admin: Client) -> None:
    assert admin.post(f"{KINDS}add/", kind_form()).status_code == 302
    assert Kind.objects.get(slug="kicad").port == 3000
    assert AuditEvent.objects.get(action="kind.create").meta["kind"] == "kicad"


@pytest.mark.parametrize(
    "changes", [{"memory_mb": "999999"}, {"cpus": "0"}, {"port": "70000"}, {"image": "spaces/nowhere"}, {"user": "a b"}]
)
def test_a_kind_that_could_not_run_is_refused(changes: dict[str, str], admin: Client) -> None:
    answer = admin.post(f"{KINDS}add/", kind_form(**changes))
    assert answer.status_code == 200 and list(answer.context["adminform"].form.errors) == list(changes)


def test_a_kind_with_workspaces_stays(admin: Client, alice: User, make_workspace: MakeWorkspace) -> None:
    kind = make_workspace(alice).kind
    assert "1 workspace is of this kind" in admin.get(f"{KINDS}{kind.pk}/delete/").content.decode()
    assert admin.post(f"{KINDS}{kind.pk}/delete/", {"post": "yes"}).status_code == 200
    run(admin, KINDS, "delete_selected", kind, post="yes")
    assert Kind.objects.filter(pk=kind.pk).exists()


def test_a_kind_without_workspaces_goes(admin: Client) -> None:
    kind = Kind.objects.create(slug="kicad", title="KiCad", description="", image="linuxserver/kicad")
    assert admin.post(f"{KINDS}{kind.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Kind.objects.filter(pk=kind.pk).exists()
    assert AuditEvent.objects.get(action="kind.delete").meta == {"kind": "kicad"}


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
