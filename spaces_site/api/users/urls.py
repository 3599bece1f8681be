"""Included below /api/v1/users/."""

from django.urls import path

from spaces_site.api.users import views

urlpatterns = [
    path("send", views.SendView.as_view(), name="api-users-send"),
    path("signup", views.SignupView.as_view(), name="api-users-signup"),
    path("login", views.LoginView.as_view(), name="api-users-login"),
    path("signout", views.SignoutView.as_view(), name="api-users-signout"),
    path("me", views.MeView.as_view(), name="api-users-me"),
    path("update", views.UpdateView.as_view(), name="api-users-update"),
]
