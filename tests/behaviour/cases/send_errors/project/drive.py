from billing import charge_safely
from tasks import sell

sell(1)
charge_safely(1)
