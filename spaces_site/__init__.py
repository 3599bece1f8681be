"""The site: settings, addresses, servers. `celery -A spaces_site` finds the worker's application here."""

from spaces_site.celery import app as celery_app

__all__ = ["celery_app"]
