"""The address of an answer from a message, under /answer/."""

from django.urls import path

from reviews.views import answers

app_name = "answers"
urlpatterns = [path("<str:token>/", answers.answer, name="answer")]
