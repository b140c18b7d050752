"""Addresses that change something: whoever comes to one by a link, a reload or the choice of a language is led back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def posts(back: str, *names: str) -> Callable[[View], View]:
    """POST alone reaches the view. GET is sent to the page `back`, which takes the `names` of this address."""

    def decorate(view: View) -> View:
        @wraps(view)
        def ask(request: HttpRequest, **given: object) -> HttpResponse:
            if request.method == "POST":
                return view(request, **given)
            if request.method in {"GET", "HEAD"}:
                return HttpResponseRedirect(reverse(back, kwargs={name: given[name] for name in names}))
            return HttpResponseNotAllowed(["GET", "POST"])

        return ask

    return decorate
