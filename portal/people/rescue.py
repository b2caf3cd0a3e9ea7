"""The rescue pages under /admin/: people and teams, and nothing of what anybody wrote or read."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, ModelAdmin, TabularInline
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator

from portal.accounts.models import Membership, Team, User
from portal.people.persons import NOBODY_LEFT, another_administrator


class RescueSite(AdminSite):
    """Django's admin with our sign-in; to everybody but administrators it does not exist."""

    site_header = "Rescue pages"
    site_title = "Rescue pages"
    index_title = "People and teams"

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Hand over to the sign-in page of the site."""
        if request.user.is_authenticated:
            raise Http404
        target = request.GET.get("next", reverse("admin:index"))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # type: ignore[override]
        """As Django's, but 404 for a signed-in person who is no administrator."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return guarded


class MembershipInline(TabularInline):
    """Who is in the team."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


class RescueForm(ModelForm):
    """A person as the rescue page changes them."""

    def clean(self) -> dict[str, Any]:
        """Refuse what would leave nobody to look after the site."""
        said = super().clean() or {}
        stays = said.get("is_administrator") and said.get("is_active")
        if not stays and not another_administrator(self.instance):
            raise ValidationError(NOBODY_LEFT)
        return said


class UserAdmin(ModelAdmin):
    """A person; people join by invitation and leave by deactivation, so nothing is added or deleted here."""

    form = RescueForm
    list_display = ("email", "name", "is_active", "is_administrator", "leads_a_team")
    search_fields = ("email", "name")
    list_filter = ("is_active", "is_administrator", "is_curator", "is_auditor")
    fields = (
        "email",
        "name",
        "zone",
        "is_active",
        "is_administrator",
        "is_curator",
        "is_auditor",
        "is_leadership_contact",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People join by invitation."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are deactivated."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save what was changed and nothing else."""
        obj.save(update_fields=form.changed_data)


class TeamAdmin(ModelAdmin):
    """A team and its members."""

    list_display = ("name", "slug", "zone")
    search_fields = ("name",)
    fields = ("name", "slug", "zone", "leadership_contact")
    autocomplete_fields = ("leadership_contact",)
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Team | None = None) -> bool:
        """A team stays: the page that asks would list the titles of its post-mortems, private ones too."""
        return False


site = RescueSite(name="admin")
site.register(User, UserAdmin)
site.register(Team, TeamAdmin)
