"""Puts our site in the place of Django's. Named in `INSTALLED_APPS`, so it loads before any model."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "spaces_site.administration.site.SpacesAdminSite"
