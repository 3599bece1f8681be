"""Which kind somebody means who names an image, as templates and programs do."""

from __future__ import annotations

from workspaces.models import Kind

OTHER_NAMES = {
    "clawdspace": "terminal",
    "linuxserver/code-server": "code-server",
    "linuxserver/kicad": "kicad",
    "linuxserver/blender": "blender",
}
"""Images of other systems that clients ask for by habit, and the kind here that is like each, where none is made of it.
"""


def kind_named(text: str) -> Kind | None:
    """The kind of that slug, or whose image has that name, with or without a tag; offered ones first. None: unknown."""
    kinds = list(Kind.objects.order_by("-enabled", "position", "pk"))
    other = OTHER_NAMES.get(text.lower().removesuffix(":latest"), "")
    return _named(text, kinds) or (_named(other, kinds) if other else None)


def _named(wanted: str, kinds: list[Kind]) -> Kind | None:
    exact = (kind for kind in kinds if kind.slug.lower() == wanted.lower() or kind.image == wanted)
    similar = (kind for kind in kinds if _same_image(kind.image, wanted))
    return next(exact, None) or next(similar, None)


def _same_image(one: str, other: str) -> bool:
    (name, tag), (other_name, other_tag) = _parts(one), _parts(other)
    return name == other_name and (tag == other_tag or not tag or not other_tag)


def _parts(image: str) -> tuple[str, str]:
    """Name and tag, '' for none; a colon before a slash is a port's."""
    name, _colon, tag = image.rpartition(":")
    return (name, tag) if name and "/" not in tag else (image, "")
