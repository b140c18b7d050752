"""Every address of the product, one line a door."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from callcenter.accounts.views import set_language

urlpatterns = [
    path("", include("callcenter.accounts.urls")),
    path("", include("callcenter.foundation.urls")),
    path("api/", include("callcenter.telephony.urls")),
    path("telephony/", include("callcenter.telephony.dialects.urls")),
    path("integration/", include("callcenter.telephony.pages.urls")),
    path("console/", include("callcenter.console.urls")),
    path("", include("callcenter.satisfaction.urls")),
    path("floor/ivr/", include("callcenter.ivr_pages.urls")),
    path("customers/", include("callcenter.insight_pages.urls")),
    path("customers/", include("callcenter.backoffice.urls")),
    path("floor/", include("callcenter.floor.urls")),
    path("live/", include("callcenter.live.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]

handler400 = "callcenter.foundation.faults.bad_request"
handler403 = "callcenter.foundation.faults.forbidden"
handler404 = "callcenter.foundation.faults.not_found"
handler500 = "callcenter.foundation.faults.server_error"
