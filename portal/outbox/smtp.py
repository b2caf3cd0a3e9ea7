"""Mail by SMTP, one recipient at a time, in two halves: all that is repeatable, then the body."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

from django.conf import settings

from portal.outbox.addresses import message_host

_LONGEST_CONVERSATION = 50  # messages; many relays hang up after some number
_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Reply:
    """What the server said in the end."""

    code: int
    text: str


class SmtpError(Exception):
    """The server did not take the message; ``stage`` is connect, recipient, data or body."""

    def __init__(self, stage: str, code: int | None, text: str) -> None:
        super().__init__(f"{stage}: {code or ''} {text}")
        self.stage, self.code, self.text = stage, code, text[:400]

    @property
    def is_permanent(self) -> bool:
        """5xx: trying again would not help."""
        return self.code is not None and 500 <= self.code < 600


class NoAnswer(SmtpError):
    """The line broke after the body began: nobody knows whether the server has the message."""


class Transport:
    """One connection to the mail server of EMAIL_URL, opened when needed and kept for a while."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def offer(self, recipient: str) -> None:
        """Everything up to the server's 354; may be repeated without harm. Raises SmtpError."""
        sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
        fresh = self._smtp is None
        try:
            self._offer(sender, recipient)
        except SmtpError as error:
            self.abandon()
            # A line that was kept open may have been closed by the other side meanwhile.
            if fresh or error.stage == "recipient" and error.is_permanent:
                raise
            try:
                self._offer(sender, recipient)
            except SmtpError:
                self.abandon()
                raise

    def body(self, mail: EmailMessage) -> Reply:
        """Hand the message over and read the reply. Raises SmtpError, or NoAnswer when nobody knows."""
        smtp = self._smtp
        if smtp is None:
            raise SmtpError("body", None, "there is no connection")
        data = _DOT.sub(b"..", mail.as_bytes())
        end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            smtp.send(data + end)
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            raise NoAnswer("body", None, _words(error)) from error
        if code != 250:
            self.abandon()
            raise SmtpError("body", code, _text(text))
        self._sent += 1
        if self._sent >= _LONGEST_CONVERSATION:
            self.close()
        return Reply(code, _text(text))

    def abandon(self) -> None:
        """Drop the line in the middle of a message, so that the server throws it away."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Say goodbye, if there is anybody to say it to."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self.abandon()

    def _offer(self, sender: str, recipient: str) -> None:
        stage = "connect"
        try:
            smtp = self._smtp or self._connect()
            stage = "recipient"
            self._expect(stage, smtp.mail(sender))
            self._expect(stage, smtp.rcpt(recipient))
            stage = "data"
            self._expect(stage, smtp.docmd("DATA"), 354)
        except smtplib.SMTPResponseException as error:
            raise SmtpError(stage, error.smtp_code, _text(error.smtp_error)) from error
        except UnicodeEncodeError as error:
            raise SmtpError(
                "recipient", 553, "the address has letters this mail server cannot take"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            # Whatever breaks before the body is the line's fault, not the recipient's.
            raise SmtpError("connect", None, _words(error)) from error

    def _connect(self) -> smtplib.SMTP:
        usual = 465 if settings.EMAIL_USE_SSL else 587 if settings.EMAIL_USE_TLS else 25
        host, port = settings.EMAIL_HOST, int(settings.EMAIL_PORT or usual)
        name, patience = message_host(), settings.EMAIL_TIMEOUT
        smtp: smtplib.SMTP
        if settings.EMAIL_USE_SSL:
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(host, port, name, timeout=patience, context=context)
        else:
            smtp = smtplib.SMTP(host, port, name, timeout=patience)
        self._smtp, self._sent = smtp, 0
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        return smtp

    @staticmethod
    def _expect(stage: str, answer: tuple[int, bytes], code: int = 250) -> None:
        if answer[0] != code and not (code == 250 and answer[0] == 251):
            raise SmtpError(stage, answer[0], _text(answer[1]))


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())[:400]


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:400]
