from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "callcenter.accounts"
    label = "accounts"

    def ready(self) -> None:
        from callcenter.accounts import signing_in

        signing_in.watch()
