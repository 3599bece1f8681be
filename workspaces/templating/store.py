"""Templates as rows: looking them up, writing, deleting. Names differ by more than case."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.audit import audit
from spaces_site.errors import Conflict, Forbidden, NotFound
from workspaces.models import Template
from workspaces.templating.preset import Mistake, Preset, Reading
from workspaces.templating.reading import invalid, template_parse, template_read
from workspaces.templating.values import NAME

MAY_CHANGE = "workspaces.change_template"


def templates_list() -> list[Template]:
    """All templates by name. Everybody who is signed in may see and use them."""
    return list(Template.objects.all())


def template_get(name: str) -> Template:
    """The template of that name. Raises `NotFound` (TEMPLATE_NOT_FOUND)."""
    found = Template.objects.filter(name__iexact=name).first() if NAME.fullmatch(name) else None
    if found is None:
        raise NotFound(_("There is no template called “%(name)s”.") % {"name": name[:40]}, code="TEMPLATE_NOT_FOUND")
    return found


def preset_get(name: str) -> Preset:
    """What the template of that name says. Raises `NotFound` (TEMPLATE_NOT_FOUND).

    `Invalid` (TEMPLATE_INVALID) when it names a kind that is no longer there.
    """
    return template_parse(template_get(name).yaml)


def templates_may_change(actor: Actor) -> bool:
    """Whether `actor` may write and delete templates: staff, and who has that permission."""
    user = actor.user
    return actor.is_staff or bool(user and user.is_active and user.has_perm(MAY_CHANGE))


def templates_check_may_change(actor: Actor) -> None:
    """Raises `Unauthenticated`, or `Forbidden` (STAFF_ONLY), unless `actor` may write and delete templates."""
    if templates_may_change(actor):
        return
    signed_in(actor)
    raise Forbidden(_("Only staff may change templates."), code="STAFF_ONLY")


def template_check(text: str, *, replaces: str | None = None) -> Reading:
    """What `template_put` would make of `text`; changes nothing and raises nothing."""
    reading = template_read(text)
    if reading.preset is None or replaces is None:
        return reading
    name, words = reading.preset.name, ""
    if replaces and replaces.lower() != name.lower():
        words = _("This template is called “%(name)s”. For another one, make a new template.") % {"name": replaces}
    elif not replaces and Template.objects.filter(name__iexact=name).exists():
        words = _name_taken(name)
    return Reading(None, [Mistake(reading.lines["name"], 1, words)], reading.lines) if words else reading


def template_put(actor: Actor, text: str, *, replaces: str | None = None) -> Template:
    """The template that `text` (YAML) names says this from now on, whether or not there was one.

    `replaces`: the name it must have, "" for one that no template has yet; None does not care. Raises `Invalid`
    (TEMPLATE_INVALID), `Conflict` (TEMPLATE_NAME_TAKEN), `Forbidden` (STAFF_ONLY), `Unauthenticated`.
    """
    templates_check_may_change(actor)
    reading = template_check(text, replaces=replaces or None)
    if reading.preset is None:
        raise invalid(reading.mistakes)
    with transaction.atomic():
        template = _write(reading.preset, text.replace("\r\n", "\n"), new=replaces == "")
        audit(actor, "template.upsert", template=template.name)
    return template


def template_delete(actor: Actor, name: str) -> None:
    """The template is gone; workspaces that were made from it stay as they are.

    Raises `NotFound`, `Conflict` (TEMPLATE_BUILT_IN), `Forbidden` (STAFF_ONLY), `Unauthenticated`.
    """
    templates_check_may_change(actor)
    template = template_get(name)
    if template.built_in:
        text = _("“%(name)s” came with the program and stays. You may change what it says.")
        raise Conflict(text % {"name": template.name}, code="TEMPLATE_BUILT_IN")
    with transaction.atomic():
        if Template.objects.filter(pk=template.pk, built_in=False).delete()[0]:
            audit(actor, "template.delete", template=template.name)


def _write(preset: Preset, text: str, *, new: bool) -> Template:
    """The row, new or changed. Two who make the same one at once both get it, unless it has to be `new`."""
    fields = {"description": preset.description, "yaml": text, "updated_at": timezone.now()}
    rows = Template.objects.filter(name__iexact=preset.name)
    if new or not rows.update(name=preset.name, **fields):
        try:
            with transaction.atomic():
                return Template.objects.create(name=preset.name, **fields)
        except IntegrityError:
            if new:
                raise Conflict(_name_taken(preset.name), code="TEMPLATE_NAME_TAKEN") from None
            rows.update(name=preset.name, **fields)
    return rows.get()


def _name_taken(name: str) -> str:
    text = _("There is a template called “%(name)s” already. Change that one, or choose another name.")
    return text % {"name": name}
