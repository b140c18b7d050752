from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class FoundationConfig(AppConfig):
    name = "callcenter.foundation"
    label = "foundation"
    default = True

    def ready(self) -> None:
        from callcenter.foundation import figures

        figures.watch()


class OwnStaticFiles(StaticFilesConfig):
    """Leaves out what no page of ours asks for: django-htmx's own files (we vendor htmx, and one of its extensions
    imports a module it does not ship), the second reader of API contracts, the pages Django REST framework would draw.
    """

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx", "redoc", "rest_framework"]
