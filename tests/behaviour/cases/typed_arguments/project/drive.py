from datetime import date, datetime, timezone
from decimal import Decimal
from uuid import UUID

from tasks import show

show.delay(datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc))
show.delay(date(2024, 5, 6))
show.delay(Decimal("1.10"))
show.delay(UUID("12345678123456781234567812345678"))
show.delay({"nested": [Decimal("2")]})
