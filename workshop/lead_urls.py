"""Addresses of the pages of workshops as a whole, and of the links to take home."""

from __future__ import annotations

from django.urls import path

from workshop.views import ending, workshops

urlpatterns = [
    path("workshops/", workshops.workshops, name="workshops"),
    path("workshops/new", workshops.new, name="workshop-new"),
    path("workshops/<slug:slug>/edit", workshops.edit, name="workshop-edit"),
    path("workshops/<slug:slug>/retake", workshops.retake, name="workshop-retake"),
    path("workshops/<slug:slug>/projector", workshops.projector, name="workshop-projector"),
    path("workshops/<slug:slug>/delete", workshops.delete, name="workshop-delete"),
    path("workshops/<slug:slug>/end", ending.end, name="workshop-end"),
    path("workshops/<slug:slug>/mail", ending.mail, name="workshop-mail"),
    path("workshops/<slug:slug>/archive.zip", ending.archive, name="workshop-archive"),
    path("workshop/take-home/<str:key>/", ending.take_home, name="take-home"),
    path("workshop/take-home/<str:key>/files.zip", ending.take_home_download, name="take-home-download"),
]
