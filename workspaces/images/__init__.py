"""The images that workspaces are made of: those we build from `images/`, and those of a registry."""

from workspaces.images.ensure import image_ensure
from workspaces.images.folders import image_chain, image_names, image_ref

__all__ = ["image_chain", "image_ensure", "image_names", "image_ref"]
