from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "callcenter.console"
    label = "console"
