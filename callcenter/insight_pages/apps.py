from django.apps import AppConfig


class InsightPagesConfig(AppConfig):
    name = "callcenter.insight_pages"
    label = "insight_pages"
