"""Presets for new workspaces, written as strict YAML: what they may say, and where they are kept."""

from workspaces.templating.built_in import built_in_text
from workspaces.templating.kinds import kind_named
from workspaces.templating.preset import Mistake, Preset, Reading
from workspaces.templating.reading import template_mistakes, template_parse
from workspaces.templating.store import (
    preset_get,
    template_check,
    template_delete,
    template_get,
    template_put,
    templates_check_may_change,
    templates_list,
    templates_may_change,
)
from workspaces.templating.warnings import template_warnings

__all__ = [
    "Mistake",
    "Preset",
    "Reading",
    "built_in_text",
    "kind_named",
    "preset_get",
    "template_check",
    "template_delete",
    "template_get",
    "template_mistakes",
    "template_parse",
    "template_put",
    "template_warnings",
    "templates_check_may_change",
    "templates_list",
    "templates_may_change",
]
