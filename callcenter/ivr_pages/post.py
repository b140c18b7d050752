"""Reports by mail: the conclusions as text, the whole as PDF, in the recipient's language; what is missing is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import override

from callcenter.floor import reporting
from callcenter.foundation.errors import Unavailable
from callcenter.ivr_pages.report_page import context_of
from ivr.reporting import mailing
from ivr.reporting.mailing import Letter

MOST_AT_ONCE = 50  # letters of one round; the next round is a minute later


def missing_words() -> str:
    """What sending needs and is not set; "" if letters can go."""
    if settings.EMAIL_HOST:
        return ""
    return _("No mail server is set (MAIL_HOST), so nothing is sent; letters wait and are tried again.")


def send_due(*, clock: Callable[[], datetime]) -> int:
    """Try every letter that is due; how many went. Whatever fails is written on its letter and tried again."""
    went = 0
    for _number in range(MOST_AT_ONCE):
        letter = mailing.take_due(now=clock())
        if letter is None:
            break
        try:
            send(letter)
        except (OSError, SMTPException, Unavailable) as why:
            mailing.failed(letter_id=letter.id, sentence=_why(why), now=clock())
        else:
            mailing.sent(letter_id=letter.id, now=clock())
            went += 1
    return went


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def send(letter: Letter) -> None:
    """One letter, now. Raises Unavailable without a mail server, else what the mail server says."""
    with override(letter.language):
        if missing := missing_words():
            raise Unavailable(missing, code="no_mail")
        message(letter).send()


def message(letter: Letter) -> EmailMessage:
    """The letter in the language that is active."""
    context = context_of(letter.report)
    lines = [f"• {block.text}" for block in context["blocks"] if block.kind == "sentence"]
    base = settings.PAGES_BASE
    if base:
        lines += ["", _("The whole report: {address}").format(address=f"{base}/floor/ivr/reports/{letter.report}/")]
    written = EmailMessage(subject=context["title"], to=[letter.address], from_email=settings.DEFAULT_FROM_EMAIL)
    try:
        paper = reporting.pdf("floor/report_print.html", context)
    except Unavailable as refused:
        lines += ["", _("The PDF is not enclosed: {why}").format(why=refused.sentence)]
    else:
        written.attach(f"ivr-report-{letter.report}.pdf", paper, "application/pdf")
    written.body = "\n".join([context["subtitle"], "", *lines, ""])
    return written
