# The shop's log-in, a page behind it, and the receiver of Rekey's webhooks.
import json

from django.contrib.auth import authenticate, login
from django.contrib.sessions.models import Session
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from shop.webhooks import verified


@require_POST
def log_in(request):
    words = json.loads(request.body)
    user = authenticate(request, username=words["username"], password=words["password"])
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponse(status=204)


def me(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return JsonResponse({"username": request.user.username})


@require_POST
def rekey(request):
    webhook = verified(request)
    if webhook is None:
        return HttpResponse(status=401)
    if webhook["type"] in ("password_reset.completed", "password.changed"):
        end_sessions_of(webhook["data"]["account_id"])
    return HttpResponse(status=204)


def end_sessions_of(account_id):
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == account_id:
            session.delete()
