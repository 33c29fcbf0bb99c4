"""A channel is one file: the words, their order and every column by channel follow from the folder."""

import pytest

from regua import channels
from regua.errors import DataError
from regua.vocabulary import CHANNELS, Channel


@pytest.fixture
def folder(tmp_path):
    for name in channels.SHIPPED:
        (tmp_path / f"{name}.yaml").write_text(f"channel: {name}\n", "utf-8")
    return tmp_path


def test_channels_keep_the_column_order_of_every_array():
    assert [str(channel) for channel in CHANNELS][:11] == [
        "push", "email", "sms", "whatsapp", "voice_bot", "call", "letter", "line", "telegram", "rcs", "portal",
    ]  # fmt: skip
    assert CHANNELS == tuple(Channel) == tuple(map(Channel, channels.names()))


def test_a_file_more_is_a_channel_more_after_the_shipped_ones(folder):
    for name in ("viber", "carrier_pigeon"):
        (folder / f"{name}.yaml").write_text(f"channel: {name}\n", "utf-8")
    assert channels.names(folder) == (*channels.SHIPPED, "carrier_pigeon", "viber")


def test_a_shipped_channel_that_is_not_among_the_first_may_be_taken_away(folder):
    (folder / "telegram.yaml").unlink()
    assert channels.names(folder) == tuple(name for name in channels.SHIPPED if name != "telegram")


def test_a_folder_without_one_of_the_first_seven_is_refused(folder):
    (folder / "sms.yaml").unlink()
    with pytest.raises(DataError, match=r"no file for sms\s+expected: one file each for push, email"):
        channels.names(folder)


@pytest.mark.parametrize("name", ["Viber", "9lives", "a-b", "nothing", "task", "two__lines", "x" * 25])
def test_a_name_that_cannot_stand_in_a_column_is_refused(folder, name):
    (folder / f"{name}.yaml").write_text("channel: x\n", "utf-8")
    with pytest.raises(DataError, match="cannot name a channel"):
        channels.names(folder)


def test_more_channels_than_a_position_tells_apart_are_refused(folder):
    for number in range(21):
        (folder / f"own_{number}.yaml").write_text("channel: x\n", "utf-8")
    with pytest.raises(DataError, match="32 channels"):
        channels.names(folder)
