"""The addresses of messages."""

from django.urls import path

from portal.outbox import views

app_name = "outbox"
urlpatterns = [
    path("deliveries/", views.messages, name="messages"),
    path("deliveries/test/", views.send_test, name="send_test"),
    path("deliveries/resume/", views.resume, name="resume"),
    path("deliveries/<uuid:pk>/", views.message, name="message"),
    path("deliveries/<uuid:pk>/again/", views.send_again, name="send_again"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
