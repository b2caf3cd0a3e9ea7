"""How people sign in: allauth's forms and adapter with our words, and a 429 page when somebody guesses."""

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.core.exceptions import ValidationError
from django.forms import Form, PasswordInput
from django.http import HttpRequest

from portal.outbox.account_mail import AccountAdapter
from portal.people.setup import needs_set_up


class SignInAdapter(AccountAdapter):
    """Sign-in in our words; the letters come from the outbox's adapter."""

    error_messages: ClassVar[dict[str, str]] = {
        **AccountAdapter.error_messages,
        "email_password_mismatch": "E-mail and password do not belong together. Check both and try again.",
        "enter_current_password": "That is not your current password.",
        "incorrect_password": "That is not your password.",
        "invalid_password_reset": "This link does not work any more.",
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse with a page and status 429 after too many failures, whether or not the address is known."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            raise ImmediateHttpResponse(respond_429(request)) from error


def _name_fields(form: Form, labels: dict[str, str]) -> None:
    """Give the fields our labels and take away placeholders, which vanish while one types."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]
        if isinstance(field.widget, PasswordInput):
            field.help_text = "At least 10 characters." if name == "password1" else ""


class SignInForm(allauth_forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, {"login": "E-mail", "password": "Password"})
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def nobody_is_here_yet(self) -> bool:
        """Before the set-up there is no lead to ask for an invitation."""
        return needs_set_up()


class ResetForm(allauth_forms.ResetPasswordForm):
    """The address a reset link goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, {"email": "E-mail"})


_TWICE = {
    "password1": "New password",
    "password2": "New password once more",
    "oldpassword": "Your password now",
}


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):
    """A new password behind a reset link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, _TWICE)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """A new password for a person who knows the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, _TWICE)


class SetPasswordForm(allauth_forms.SetPasswordForm):
    """A first password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_fields(self, _TWICE)
