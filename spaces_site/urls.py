"""Addresses of the site. Workspaces have hosts of their own, which the gateway takes before any of this."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from spaces_site.api.platform.views import HealthView, UnknownView

urlpatterns = [
    path("api/health", HealthView.as_view(), name="api-health"),
    path("api/v1/users/", include("spaces_site.api.users.urls")),
    path("api/v1/spaces/", include("spaces_site.api.spaces.urls")),
    path("api/v1/containers/", include("spaces_site.api.containers.urls")),
    path("api/", include("spaces_site.api.sandboxes.urls")),
    path("api/", include("spaces_site.api.projects.urls")),
    path("api/", include("spaces_site.api.workshop.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/", RedirectView.as_view(pattern_name="api-docs"), name="api"),
    path("api/<path:rest>", UnknownView.as_view(), name="api-unknown"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("workshop.urls")),
    path("", include("workspaces.urls")),
]

handler400 = "spaces_site.pages.bad_request"
handler403 = "spaces_site.pages.forbidden"
handler404 = "spaces_site.pages.missing"
handler500 = "spaces_site.pages.broken"
