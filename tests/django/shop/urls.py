from django.urls import path

from shop import views

urlpatterns = [
    path("log-in", views.log_in),
    path("me", views.me),
    path("webhooks/rekey", views.rekey),
]
