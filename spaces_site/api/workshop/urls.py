"""Included below /api/."""

from spaces_site.api.routes import either
from spaces_site.api.workshop import views

urlpatterns = [
    *either("workshop/status", views.StatusView, "api-workshop-status"),
    *either("workshop/claim", views.ClaimView, "api-workshop-claim"),
    *either("workshop/claims", views.ClaimsView, "api-workshop-claims"),
    *either("workshop/claims/<str:project_id>/release", views.ReleaseView, "api-workshop-release"),
]
