from unittest import mock

import pytest
from shop import orders, tasks


@pytest.fixture
def thanks():
    with mock.patch("shop.tasks.mail.apply_async") as mocked:
        yield mocked


@pytest.fixture(name="packing")
def packing_fixture(monkeypatch):
    mocked = mock.Mock()
    monkeypatch.setattr(orders, "pack", mocked)
    return mocked


def test_thank(thanks):
    orders.thank(1)
    thanks.assert_called_once_with((1,), {"copies": 1}, countdown=5)


def test_thank_once(thanks):
    orders.thank(1)
    assert thanks.call_count == 1
    assert thanks.called


def test_nobody_is_thanked(thanks):
    orders.remind_all([])
    thanks.assert_not_called()


def test_packing(packing):
    orders.ship_now(5)
    packing.apply_async.assert_called_once_with(args=[5])
    packing.delay.assert_not_called()


def test_monkeypatch(monkeypatch):
    calls = []
    monkeypatch.setattr("shop.orders.mail.delay", lambda *a, **k: calls.append((a, k)))
    orders.remind(1)
    assert calls == [((1,), {"copies": 2})]


def test_nothing_is_sent_if_it_fails(monkeypatch):
    monkeypatch.setattr(orders.mail, "delay", mock.Mock(side_effect=ConnectionError))
    with pytest.raises(ConnectionError):
        orders.order(1)


def test_name():
    assert tasks.mail.name == "shop.tasks.mail"


def test_called_in_place():
    assert tasks.mail(1) == "1:1"
