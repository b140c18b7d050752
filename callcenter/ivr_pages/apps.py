from django.apps import AppConfig


class IvrPagesConfig(AppConfig):
    name = "callcenter.ivr_pages"
    label = "ivr_pages"
