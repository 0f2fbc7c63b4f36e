"""An upload service with Django, in one file: every file is asked about before anybody sees it."""

import os
import sys
import uuid
from functools import cache

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from staydown_client import Client, ProblemError, StaydownError, Verdict

settings.configure(ROOT_URLCONF=__name__, SECRET_KEY=str(uuid.uuid4()), ALLOWED_HOSTS=["127.0.0.1", "testserver"])
django.setup()

published: dict[str, bytes] = {}  # yours: a storage of Django's
kept_back: dict[str, bytes] = {}  # the same, where nobody sees it


@cache
def staydown() -> Client:
    """Return one client for all threads: it keeps its connections open."""
    return Client(os.environ["STAYDOWN_URL"], os.environ["STAYDOWN_KEY"])


@csrf_exempt  # yours: a form of your own site with its token
@require_POST
def post(request: HttpRequest) -> JsonResponse:
    """Take a post with a picture or a video."""
    media = request.FILES.get("media")
    if media is None:
        return JsonResponse({"detail": "send the file as `media`"}, status=422)
    name = f"post-{uuid.uuid4()}"
    content = media.read()
    described = {"uploader_id": request.POST.get("user", "user-1"), "post_text": request.POST.get("text", "")}
    try:
        answer = staydown().upload(content, upload_id=name, **described)
    except StaydownError as error:
        if isinstance(error, ProblemError) and error.status in (413, 415, 422):  # no picture or video: not ours to show
            return JsonResponse({"detail": error.detail}, status=error.status)
        kept_back[name] = content  # nobody there, or busy: better late than never
        return JsonResponse({"post": name, "state": "checking"}, status=201)
    if answer.verdict is Verdict.BLOCK:
        reasons = {"reasons": answer.statement_of_reasons, "decision": answer.decision_id}
        return JsonResponse(reasons, status=451)
    (published if answer.verdict is Verdict.ALLOW else kept_back)[name] = content
    state = "published" if answer.verdict is Verdict.ALLOW else "a person looks at it"
    return JsonResponse({"post": name, "state": state}, status=201)


urlpatterns = [path("posts", post)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
