"""Who opened a Mini App."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.handlers.telegram.init_data import BadInitData, verify
from tests.bot_api.init_data import sign_init_data

TOKEN = "1001:AAA"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
USER = {"id": 1001, "first_name": "Åsa & <b>", "language_code": "sv"}


def _signed(token: str = TOKEN, ago_s: int = 5, user: object = USER, **fields: str) -> str:
    return sign_init_data(token, user, int(NOW.timestamp()) - ago_s, **fields)  # type: ignore[arg-type]


def test_init_data_names_who_opened() -> None:
    opened = verify(_signed(query_id="q", start_param="idea", signature="s", photo=""), TOKEN, NOW)
    assert (opened.user, opened.address) == (USER, "1001")
    assert (opened.start_param, opened.query_id, opened.chat_instance) == ("idea", "q", None)
    assert opened.opened_at == NOW - timedelta(seconds=5)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "x",
        "hash=",
        "hash=%C3%A5",
        _signed(token="1001:BBB"),
        _signed().replace("1001", "1002", 1),
        _signed() + "&extra=1",
        _signed() + "&auth_date=1",
        _signed(user=None),
        _signed(user=[1]),
        _signed(user={"id": "1001"}),
        _signed(ago_s=-61),
        _signed(ago_s=-(10**15)),
    ],
)
def test_init_data_forged_or_damaged_is_refused(raw: str) -> None:
    with pytest.raises(BadInitData) as error:
        verify(raw, TOKEN, NOW)
    assert not error.value.expired


def test_init_data_too_old_says_so() -> None:
    with pytest.raises(BadInitData) as error:
        verify(_signed(ago_s=601), TOKEN, NOW)
    assert error.value.expired
    assert verify(_signed(ago_s=601), TOKEN, NOW, within=timedelta(hours=1)).address == "1001"
