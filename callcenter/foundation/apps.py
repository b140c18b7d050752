from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "callcenter.foundation"
    label = "foundation"
