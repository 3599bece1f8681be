"""What is right about a template, and yet will not do on this machine as it is now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid
from workspaces.limits import check_gpu, check_resources
from workspaces.models import Kind
from workspaces.templating.preset import Mistake, Preset, Reading

FITS_MB, FITS_CPUS = 64, 0.1
"""A size that every limit allows, in the place of one that the template leaves open."""


def template_warnings(reading: Reading) -> list[Mistake]:
    """Why workspaces from it will be refused: sizes beyond the limits, no graphics processor, a kind that is off; and
    what will have no effect: a menu for a desktop that its kind has not."""
    if reading.preset is None:
        return []
    found = [Mistake(reading.lines[path], 1, words) for path, words in _warnings(reading.preset).items()]
    return sorted(found)


def _warnings(preset: Preset) -> dict[str, str]:
    """Key of the template → a sentence."""
    found: dict[str, str] = {}
    try:
        check_resources(
            None,
            FITS_MB if preset.memory_mb is None else preset.memory_mb,
            FITS_CPUS if preset.cpus is None else preset.cpus,
        )
    except Invalid as error:
        too_much = {"memory_mb": ("resources.memory", _("Memory here: %(may)s"))}
        too_much |= {"cpus": ("resources.cpus", _("Cores here: %(may)s"))}
        found |= {too_much[name][0]: too_much[name][1] % {"may": text} for name, text in error.details.items()}
    try:
        check_gpu(bool(preset.gpu))
    except Invalid as error:
        found["resources.gpu"] = error.message
    if preset.kind and not Kind.objects.filter(slug=preset.kind, enabled=True).exists():
        found["resources.image"] = _("This kind of workspace is not offered at the moment.")
    if preset.desktop_menu and preset.kind and not _has_desktop(preset.kind):
        found["desktop.menu"] = _("This kind of workspace has no desktop, and so no menu.")
    return found


def _has_desktop(kind: str) -> bool:
    return Kind.objects.filter(slug=kind, frame=Kind.Frame.DESKTOP).exists()
