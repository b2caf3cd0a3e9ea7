"""The addresses of action items, under /actions/."""

from django.urls import path, re_path

from reviews.views import actions

app_name = "actions"
urlpatterns = [
    path("", actions.list_actions, name="list"),
    path("<int:pk>/", actions.detail, name="detail"),
    path("<int:pk>/done/", actions.done, name="done"),
    path("<int:pk>/drop/", actions.drop, name="drop"),
    path("<int:pk>/redate/", actions.redate, name="redate"),
    path("<int:pk>/block/", actions.block, name="block"),
    path("<int:pk>/unblock/", actions.unblock, name="unblock"),
    path("<int:pk>/accept/", actions.accept, name="accept"),
    path("<int:pk>/decline/", actions.decline, name="decline"),
    path("<int:pk>/reopen/", actions.reopen, name="reopen"),
    path("<int:pk>/reassign/", actions.reassign, name="reassign"),
    re_path(r"^(?P<pk>\d+)/(?P<word>worked|failed)/$", actions.effect, name="effect"),
]
