"""The addresses of the series, the paths and the sources."""

from django.urls import path

from articles.views import (
    changes,
    guests,
    lines,
    paths,
    progress,
    recall,
    remarks,
    series,
    sources,
    stories,
    suggesting,
)

app_name = "articles"

urlpatterns = [
    path("series/", series.hub, name="hub"),
    path("series/events/", progress.events, name="events"),
    path("series/guest-marks/", guests.keep, name="guest_marks"),
    path("settings/lines/", lines.lines, name="lines"),
    path("settings/lines/<int:pk>/", lines.line, name="line"),
    path("series/<slug:key>.md", series.work_md, name="work_md"),
    path("series/<slug:key>/", series.work, name="work"),
    path("series/<slug:key>/figures/<str:name>", series.figure, name="figure"),
    path("series/<slug:key>/sections/<slug:section>/", series.section, name="section"),
    path("series/<slug:key>/headings/", series.headings, name="headings"),
    path("series/<slug:key>/changes/<slug:section>/", changes.changes, name="changes"),
    path("series/<slug:key>/read/", progress.read, name="read"),
    path("series/<slug:key>/finish/", progress.finish, name="finish"),
    path("series/<slug:key>/questions/<slug:question>/", recall.answer, name="answer"),
    path("series/<slug:key>/lines/", lines.add, name="line_add"),
    path("paths/", paths.index, name="paths"),
    path("paths/<slug:key>/", paths.detail, name="path"),
    path("paths/<slug:key>/follow/", paths.follow, name="follow"),
    path("paths/<slug:key>/send/", suggesting.send, name="send"),
    path("claims/", sources.claims, name="claims"),
    path("series/<slug:key>/sections/<slug:section>/failed/", remarks.failed, name="failed"),
    path("stories/", stories.stories, name="stories"),
    path("stories/new/", stories.story_new, name="story_new"),
    path("stories/<int:pk>/withdraw/", stories.story_withdraw, name="story_withdraw"),
]
