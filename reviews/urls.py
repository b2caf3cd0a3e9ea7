"""The addresses of the post-mortems, under /reviews/."""

from django.urls import path

from reviews.views import checklist, editor, export, help, history, images, lists, rows, states

app_name = "reviews"
urlpatterns = [
    path("", lists.list_reviews, name="list"),
    path("new/", lists.new, name="new"),
    path("<int:pk>/", editor.detail, name="detail"),
    path("<int:pk>/field/", editor.field, name="field"),
    path("<int:pk>/part/", editor.part, name="part"),
    path("<int:pk>/grow/", editor.grow, name="grow"),
    path("<int:pk>/rows/", rows.row_add, name="row_add"),
    path("<int:pk>/rows/<slug:kind>/<int:row>/remove/", rows.row_delete, name="row_delete"),
    path("<int:pk>/now/", rows.row_now, name="row_now"),
    path("<int:pk>/publish/", states.publish, name="publish"),
    path("<int:pk>/ask-review/", states.ask_review, name="ask_review"),
    path("<int:pk>/back-to-draft/", states.back_to_draft, name="back_to_draft"),
    path("<int:pk>/not-required/", states.not_required, name="not_required"),
    path("<int:pk>/people/", states.people, name="people"),
    path("<int:pk>/checklist/", checklist.ticks, name="checklist"),
    path("<int:pk>/help/", help.help_page, name="help"),
    path("<int:pk>/export/", export.export, name="export"),
    path("<int:pk>/images/", images.image_add, name="image_add"),
    path("<int:pk>/images/<uuid:image>/", images.image, name="image"),
    path("<int:pk>/history/", history.history, name="history"),
    path("<int:pk>/history/<uuid:revision>/restore/", rows.restore, name="restore"),
    path("<int:pk>/conflicts/<uuid:revision>/", rows.conflict, name="conflict"),
]
