"""The addresses below settings/series/, where editors keep the series."""

from django.urls import path

from articles.views.editing import hub, live, paths, release, shelf, sources, text, versions, voices

app_name = "editing"

urlpatterns = [
    path("", shelf.index, name="index"),
    path("hub/", hub.hub, name="hub"),
    path("paths/", paths.paths, name="paths"),
    path("paths/new/", paths.path_new, name="path_new"),
    path("paths/<slug:key>/", paths.path, name="path"),
    path("sources/", sources.sources, name="sources"),
    path("sources/new/", sources.source_new, name="source_new"),
    path("sources/<slug:pk>/", sources.source, name="source"),
    path("stories/", voices.stories, name="stories"),
    path("stories/<int:pk>/", voices.story, name="story"),
    path("remarks/", voices.remarks, name="remarks"),
    path("remarks/<int:pk>/", voices.remark, name="remark"),
    path("new/", shelf.new, name="new"),
    path("<slug:key>/", text.work, name="work"),
    path("<slug:key>/preview/", live.preview, name="preview"),
    path("<slug:key>/upload/", live.upload, name="upload"),
    path("<slug:key>/discard/", text.discard, name="discard"),
    path("<slug:key>/publish/", release.publish, name="publish"),
    path("<slug:key>/take/", release.take, name="take"),
    path("<slug:key>/versions/", versions.versions, name="versions"),
    path("<slug:key>/revert/", versions.revert, name="revert"),
    path("<slug:key>/announce/", shelf.announce, name="announce"),
    path("<slug:key>/retire/", shelf.retire, name="retire"),
    path("<slug:key>/order/", shelf.order, name="order"),
]
