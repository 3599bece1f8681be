"""The one place where Docker's errors, and those of the HTTP client below it, become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import docker.errors
import requests.exceptions
import urllib3.exceptions

from workspaces.engine.base import (
    BuildFailed,
    ContainerMissing,
    EngineConflict,
    EngineError,
    EngineUnavailable,
    ImageMissing,
)

_MISSING = 404
_CONFLICT = 409
_UNAVAILABLE = 503


@contextmanager
def translate(not_found: type[EngineError] = ContainerMissing) -> Iterator[None]:
    """Whatever the Docker SDK raises inside leaves as an `EngineError`; 404 as `not_found`. Also a decorator.

    A missing image is always `ImageMissing`: the SDK tells it from a missing container by the engine's text.
    """
    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(_text(error)) from error
    except docker.errors.NotFound as error:
        raise not_found(_text(error)) from error
    except docker.errors.APIError as error:
        raise _refusal(error.status_code)(_text(error)) from error
    except docker.errors.BuildError as error:
        raise BuildFailed(error.msg) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        # The SDK raises its bare base class where it cannot reach the engine at all.
        raise EngineUnavailable(str(error)) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        # A stream that breaks half-way is not wrapped by requests.
        raise EngineUnavailable(str(error)) from error


def refused(status: int, text: str) -> EngineError:
    """The error that an answer with this HTTP status means, for what is asked without the SDK."""
    return (ContainerMissing if status == _MISSING else _refusal(status))(text)


def _refusal(status: int | None) -> type[EngineError]:
    if status == _CONFLICT:
        return EngineConflict
    if status == _UNAVAILABLE:
        return EngineUnavailable
    return EngineError


def _text(error: docker.errors.APIError) -> str:
    return str(error.explanation or error)
