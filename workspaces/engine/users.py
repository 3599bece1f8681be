"""As whom a container's first program begins."""

from __future__ import annotations


def begins_as_root(user: str) -> bool:
    """Whether `user` ("name", "uid" or either with ":group") is root: Docker takes 0 with any number of digits."""
    name = user.partition(":")[0]
    return name == "root" or (name.isdecimal() and int(name) == 0)
