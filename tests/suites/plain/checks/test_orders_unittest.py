import unittest
from unittest import mock
from unittest.mock import MagicMock, Mock, call, patch

from shop import orders, tasks

ORDERS = "shop.orders"


class OrderTest(unittest.TestCase):
    @patch("shop.orders.mail.delay")
    def test_order_sends_a_mail(self, mock_delay):
        orders.order(1)
        mock_delay.assert_called_once_with(1)

    @patch("shop.orders.mail.delay")
    def test_order_returns_the_id(self, mock_delay):
        mock_delay.return_value.id = "abc"
        self.assertEqual(orders.order(1), "abc")

    @patch("shop.orders.mail.delay", return_value=Mock(id="xyz"))
    def test_order_returns_another_id(self, mock_delay):
        self.assertEqual(orders.order(1), "xyz")

    @patch("shop.orders.mail")
    def test_remind(self, mock_mail):
        orders.remind(2)
        mock_mail.delay.assert_called_once_with(2, copies=2)

    @patch(ORDERS + ".mail.delay")
    @patch(ORDERS + ".pack")
    def test_remind_packs_nothing(self, mock_pack, mock_delay):
        orders.remind(2)
        mock_pack.apply_async.assert_not_called()
        mock_pack.delay.assert_not_called()
        self.assertTrue(mock_delay.called)

    def test_remind_all(self):
        with mock.patch("shop.tasks.mail.delay") as mock_delay:
            orders.remind_all([1, 2])
        mock_delay.assert_has_calls([call(1), call(2)])
        self.assertEqual(mock_delay.call_count, 2)

    def test_remind_nobody(self):
        with patch.object(tasks.mail, "delay") as mock_delay:
            orders.remind_all([])
        mock_delay.assert_not_called()

    @patch.object(orders, "collect")
    def test_bill(self, mock_collect):
        orders.bill(3, paid=False)
        mock_collect.delay.assert_called_once_with(3)

    @patch.object(orders, "collect")
    def test_nothing_to_bill(self, mock_collect):
        orders.bill(3, paid=True)
        mock_collect.delay.assert_not_called()

    def test_by_hand(self):
        fake = MagicMock()
        with patch("shop.orders.mail", fake):
            orders.order(6)
        fake.delay.assert_called_once_with(6)

    def test_told(self):
        fake = Mock(delay=Mock(side_effect=ValueError("refused")))
        with patch("shop.orders.mail", fake), self.assertRaises(ValueError):
            orders.remind(6)
        fake.assert_has_calls([call.delay(6, copies=2)])

    @patch("shop.tasks.collect.retry", side_effect=RuntimeError)
    def test_collect_retries(self, mock_retry):
        with self.assertRaises(RuntimeError):
            tasks.collect(0)
        mock_retry.assert_called_once()

    def test_collect_raises_without_a_worker(self):
        with self.assertRaises(ValueError):
            tasks.collect(0)

    def test_collect(self):
        self.assertEqual(tasks.collect(4), 4)

    def test_mail(self):
        self.assertEqual(tasks.mail.run(1, copies=3), "1:3")


class ShippingTest(unittest.TestCase):
    def setUp(self):
        patcher = patch("shop.orders.pack")
        self.pack = patcher.start()
        self.addCleanup(patcher.stop)

    def test_ship(self):
        orders.ship(1)
        self.pack.apply_async.assert_called_once_with((1,), countdown=60)

    def test_ship_now(self):
        orders.ship_now(1)
        self.pack.apply_async.assert_called_once_with(args=[1])

    def test_ship_late(self):
        orders.ship_late(1, 5)
        self.pack.apply_async.assert_called_once_with(args=[1], countdown=300)

    def test_ship_late_does_not_pack_in_place(self):
        orders.ship_late(1, 5)
        self.assertFalse(self.pack.called)
        self.assertEqual(self.pack.apply_async.call_count, 1)

    def test_arguments(self):
        orders.ship(7)
        self.assertEqual(self.pack.apply_async.call_args[0][0], (7,))

    def test_arguments_by_name(self):
        orders.ship_now(8)
        self.assertEqual(self.pack.apply_async.call_args.kwargs["args"], [8])


@patch("shop.tasks.collect.apply_async")
class BillingTest(unittest.TestCase):
    def test_bill_late(self, collect):
        orders.bill_late(1)
        collect.assert_called_once_with((1,), countdown=3600)

    def test_bill_twice(self, collect):
        orders.bill_twice(2)
        collect.assert_called_once_with(kwargs={"order": 2}, countdown=1.5)

    def test_delay_is_seen(self, collect):
        orders.bill(3, paid=False)
        collect.assert_called_once_with((3,), {})

    def test_any(self, collect):
        orders.bill_late(4)
        collect.assert_any_call((4,), countdown=mock.ANY)
