"""Every address of the product, one line a door."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("callcenter.accounts.urls")),
    path("", include("callcenter.foundation.urls")),
    path("api/", include("callcenter.telephony.urls")),
    path("console/", include("callcenter.console.urls")),
    path("floor/", include("callcenter.floor.urls")),
    path("live/", include("callcenter.live.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
