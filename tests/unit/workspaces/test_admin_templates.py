"""The administration of templates."""

from __future__ import annotations

from django.test import Client

from accounts.models import AuditEvent, User
from tests.unit.workspaces.administering import run
from workspaces.models import Template
from workspaces.templating import preset_get, template_get

TEMPLATES = "/admin/workspaces/template/"
TEXT = "name: small\ndescription: For trying out\nresources: {memory: 256m}\n"


def add(name: str = "small") -> Template:
    return Template.objects.create(name=name, yaml=TEXT.replace("small", name))


def test_one_is_added_with_name_and_description_from_its_text(admin: Client) -> None:
    assert admin.post(f"{TEMPLATES}add/", {"yaml": TEXT}).status_code == 302
    template = template_get("small")
    assert (template.description, template.built_in) == ("For trying out", False)
    assert AuditEvent.objects.get(action="template.upsert").meta == {"template": "small"}


def test_every_mistake_is_said_and_nothing_is_kept(admin: Client) -> None:
    answer = admin.post(f"{TEMPLATES}add/", {"yaml": "name: small\nmemory: 1g\ncpus: 2\n"})
    errors = answer.context["adminform"].form.errors
    assert [text.partition(":")[0] for text in errors["yaml"]] == ["Line 2", "Line 3"]
    assert "already" in str(admin.post(f"{TEMPLATES}add/", {"yaml": "name: Default"}).context["adminform"].form.errors)
    assert Template.objects.count() == 4


def test_one_is_changed_and_keeps_its_name(admin: Client) -> None:
    template = add()
    assert admin.get(f"{TEMPLATES}{template.pk}/change/").status_code == 200
    changed = TEXT.replace("256m", "512m")
    assert admin.post(f"{TEMPLATES}{template.pk}/change/", {"yaml": changed}).status_code == 302
    assert preset_get("small").memory_mb == 512
    other = admin.post(f"{TEMPLATES}{template.pk}/change/", {"yaml": TEXT.replace("small", "large")})
    assert "This template is called" in str(other.context["adminform"].form.errors)


def test_one_that_people_made_is_deleted_and_written_down(admin: Client) -> None:
    template = add()
    assert admin.post(f"{TEMPLATES}{template.pk}/delete/", {"post": "yes"}).status_code == 302
    run(admin, TEMPLATES, "delete_selected", add("b"), add("c"), post="yes")
    assert {event.meta["template"] for event in AuditEvent.objects.filter(action="template.delete")} == {
        "small", "b", "c",
    }  # fmt: skip
    assert Template.objects.count() == 4


def test_those_that_came_with_the_program_stay(admin: Client) -> None:
    default = template_get("default")
    assert admin.post(f"{TEMPLATES}{default.pk}/delete/", {"post": "yes"}).status_code == 403
    run(admin, TEMPLATES, "delete_selected", default, add(), post="yes")
    assert Template.objects.count() == 5


def test_a_workshop_leader_writes_them_and_other_staff_does_not(leader: Client, alice: User) -> None:
    assert "Templates" in leader.get("/admin/").content.decode()
    assert leader.post(f"{TEMPLATES}add/", {"yaml": TEXT}).status_code == 302
    alice.is_staff = True
    alice.save()
    client = Client()
    client.force_login(alice)
    assert client.get(TEMPLATES).status_code == 403
