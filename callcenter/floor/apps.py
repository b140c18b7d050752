from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "callcenter.floor"
    label = "floor"
