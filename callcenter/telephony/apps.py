from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "callcenter.telephony"
    label = "telephony"

    def ready(self) -> None:
        from callcenter.telephony import figures

        figures.watch()
