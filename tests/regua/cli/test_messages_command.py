"""Messages at the command line: what a person sees of one, and what a machine reads."""

import json

import pytest
from typer.testing import CliRunner

from regua.cli import build
from regua.errors import BookError


def run(*words):
    return CliRunner().invoke(build(), ["message", *words], catch_exceptions=False)


def test_a_list_names_every_message_and_where_it_goes():
    listed = json.loads(run("list", "--json").output)["messages"]
    by_name = {one["message"]: one for one in listed}
    assert len(listed) >= 45
    assert by_name["agent"]["channels"] == ["call"]
    assert by_name["before_listing_notice"]["purpose"] == "notice"
    assert "pay_link" in run("list", "--language", "en").output


def test_a_message_is_shown_on_one_channel_with_its_length():
    shown = json.loads(run("show", "pay_link", "--channel", "sms", "--language", "pt-BR", "--json").output)
    (sms,) = shown["renderings"]
    assert sms["alphabet"] == "gsm7"
    assert sms["parts"] == 2
    assert sms["length"] <= sms["longest"]
    page = run("show", "pay_link", "--channel", "sms", "--language", "pt-BR").output
    assert f"{sms['length']} of 306 characters, 2 parts of gsm7" in page
    assert "SAIR p/ parar" in page


def test_all_channels_are_shown_where_none_is_named():
    shown = json.loads(run("show", "promise_reminder", "--longest", "--json").output)
    assert {"push", "email", "sms", "whatsapp", "voice_bot", "call", "letter", "line", "telegram", "rcs", "portal"} == {
        one["channel"] for one in shown["renderings"]
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "pay_lnk"), "unknown message 'pay_lnk'"),
        (("show", "pay_link", "--channel", "smss"), "unknown channel"),
        (("show", "agent", "--channel", "sms"), "unknown message on sms"),
    ],
)
def test_what_does_not_exist_is_refused_in_words(words, says):
    with pytest.raises(BookError, match=says):
        run(*words)


def test_another_language_is_wrong_usage():
    assert run("show", "pay_link", "--language", "fr").exit_code == 2
