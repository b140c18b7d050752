from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "callcenter.foundation"
    label = "foundation"

    def ready(self) -> None:
        from callcenter.foundation import figures

        figures.watch()
