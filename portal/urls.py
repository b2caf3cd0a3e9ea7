"""The addresses of the site (contract.md, "Addresses")."""

from django.urls import URLPattern, URLResolver, include, path

from portal.health import healthz
from portal.home import home
from portal.people import rescue

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include("portal.people.urls")),
    path("", include("portal.outbox.urls")),
    path("", include("articles.urls")),
    path("settings/series/", include("articles.editing_urls")),
    path("actions/", include("reviews.action_urls")),
    path("answer/", include("reviews.answer_urls")),
    path("accounts/", include("portal.people.account_urls")),
    path("reviews/", include("reviews.urls")),
    path("healthz/", healthz, name="healthz"),
    path("admin/", rescue.site.urls),
]
