from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "callcenter.telephony"
    label = "telephony"
