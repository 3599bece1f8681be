"""Included below /api/v1/spaces/."""

from django.urls import path

from spaces_site.api.spaces import views

urlpatterns = [
    path("create", views.CreateView.as_view(), name="api-spaces-create"),
    path("start/<int:number>", views.StartView.as_view(), name="api-spaces-start"),
    path("stop/<int:number>", views.StopView.as_view(), name="api-spaces-stop"),
    path("status/<int:number>", views.StatusView.as_view(), name="api-spaces-status"),
    path("list", views.ListView.as_view(), name="api-spaces-list"),
    path("delete/<int:number>", views.DeleteView.as_view(), name="api-spaces-delete"),
    path("<int:number>/favorite", views.FavoriteView.as_view(), name="api-spaces-favorite"),
]
