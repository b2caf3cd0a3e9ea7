"""A form that meets an expired session or an old token gives back what was typed, and no secrets."""

import pytest
from django.urls import reverse

from articles.models import Story

STORY = reverse("articles:story_new")
TOLD = {
    "text": "We fell\n</textarea><b>over",
    "role": "SRE lead",
    "consent": "on",
    "base": '{"text": "old words"}',
}
PASSWORDS = {"oldpassword": "my old secret", "password1": "my new secret", "password2": "my new secret"}


def test_a_form_sent_after_the_session_ended_gives_back_what_was_typed(db, client):
    answer = client.post(STORY + "?guide=x", TOLD)
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "\nWe fell\r\n" in page or "\nWe fell\n" in page
    assert "&lt;/textarea&gt;&lt;b&gt;over</textarea>" in page and "<b>over" not in page
    assert "SRE lead</textarea>" in page
    assert f'href="/accounts/login/?next={STORY}%3Fguide%3Dx"' in page
    assert "old words" not in page and "Consent" not in page
    assert "no-store" in answer["Cache-Control"]
    assert not Story.objects.exists()


def test_short_answers_are_given_back_too(db, client):
    for sent in ({"title": "Outage"}, {"title": "Outage", "summary": "down"}):
        answer = client.post(reverse("reviews:new"), sent | {"key": "3f2a-11", "consent": "on"})
        page = answer.content.decode()
        assert answer.status_code == 401
        assert all(f"{text}</textarea>" in page for text in sent.values())
        assert "3f2a-11" not in page


def test_a_form_with_nothing_typed_leads_to_sign_in_as_ever(db, client):
    for sent in ({}, {"consent": "on", "when": "2026-11-29", "key": "3f2a-11"}, {"do": "publish"}):
        answer = client.post(STORY, sent)
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("name", ["editing:hub", "editing:source_new", "editing:path_new", "editing:new"])
def test_the_forms_of_editors_give_back_what_was_typed(db, client, name):
    answer = client.post(reverse(name), {"title": "Two words", "url": "https://example.org/a"})
    assert answer.status_code == 401
    assert "Two words</textarea>" in answer.content.decode()
    assert "https://example.org/a</textarea>" in answer.content.decode()


def test_a_form_with_an_old_token_gives_back_what_was_typed(client_of, owner):
    answer = client_of(owner, enforce_csrf_checks=True).post(STORY, TOLD)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "SRE lead</textarea>" in page and "open for too long" in page
    assert "no-store" in answer["Cache-Control"]
    assert not Story.objects.exists()


def test_a_form_of_another_site_shows_none_of_its_words_here(client_of, owner):
    client = client_of(owner, enforce_csrf_checks=True)
    answer = client.post(STORY, TOLD, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403 and "SRE lead" not in answer.content.decode()


def test_passwords_are_never_given_back(client_of, owner):
    for address in ("/accounts/password/change/", "/accounts/login/"):
        for client in (client_of(None), client_of(owner, enforce_csrf_checks=True)):
            answer = client.post(address, PASSWORDS | {"password": "my old secret"})
            assert "secret" not in answer.content.decode()
