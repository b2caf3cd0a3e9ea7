"""The addresses of the site, and the two that benches compare with."""

from django.urls import path

from portal.bench import views
from portal.urls import urlpatterns as site

urlpatterns = [
    *site,
    path("bench/fixed/", views.fixed, name="bench_fixed"),
    path("bench/renders/", views.renders, name="bench_renders"),
]
