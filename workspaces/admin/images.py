"""Images: how far each is, and asking for one now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from kombu.exceptions import OperationalError
from unfold.decorators import display

from accounts.admin.read_only import ReadOnlyAdmin
from accounts.audit import audit
from spaces_site.errors import Unavailable
from workspaces.admin.chips import BUILD_STATES, Chip
from workspaces.admin.each import actor_of, for_each
from workspaces.image_builds import image_send
from workspaces.models import ImageBuild


@admin.register(ImageBuild)
class ImageBuildAdmin(ReadOnlyAdmin):
    list_display = ("ref", "state_chip", "percent", "step", "tag", "updated_at")
    list_filter = ("state",)
    search_fields = ("ref", "tag")
    ordering = ("ref",)
    fields = ("ref", "tag", "state_chip", "percent", "step", "error", "updated_at")
    actions = ("build",)

    @display(description=gettext_lazy("state"), ordering="state", label=BUILD_STATES)
    def state_chip(self, build: ImageBuild) -> Chip:
        return Chip(build.state, build.get_state_display())

    def has_build_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workspaces.change_imagebuild")

    @admin.action(description=gettext_lazy("Build or pull the image now"), permissions=["build"])
    def build(self, request: HttpRequest, queryset: QuerySet[ImageBuild]) -> None:
        images_build(request, queryset.values_list("ref", flat=True))


def images_build(request: HttpRequest, refs: Iterable[str]) -> None:
    """A worker was asked for each image; an image that is there already is ready at once."""
    for_each(request, dict.fromkeys(refs), lambda ref: _build(request, ref), _asked)


def _build(request: HttpRequest, ref: str) -> None:
    ImageBuild.objects.get_or_create(ref=ref)
    audit(actor_of(request), "image.build", ref=ref)
    try:
        image_send(ref)
    except OperationalError as problem:
        raise Unavailable(_("No worker could be asked. Try again in a minute.")) from problem


def _asked(count: int) -> str:
    text = ngettext("%(count)d image is being made ready.", "%(count)d images are being made ready.", count)
    values: dict[str, Any] = {"count": count}
    return text % values
