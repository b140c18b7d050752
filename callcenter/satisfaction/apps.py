from django.apps import AppConfig


class SatisfactionConfig(AppConfig):
    name = "callcenter.satisfaction"
    label = "satisfaction"
