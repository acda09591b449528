# Verifies a webhook by Standard Webhooks 1.0. A product takes its library instead: `pip install standardwebhooks`.
import base64
import hashlib
import hmac
import json
import time

from django.conf import settings

TOLERANCE = 300  # seconds


def verified(request):
    """Returns the webhook's content, or None if it is forged or old."""
    sent_at = request.headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > TOLERANCE:
        return None
    signed = f"{request.headers.get('webhook-id', '')}.{sent_at}.".encode() + request.body
    key = base64.b64decode(settings.WEBHOOK_SECRET[len("whsec_"):])
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = request.headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected, each) for each in signatures):
        return None
    return json.loads(request.body)
