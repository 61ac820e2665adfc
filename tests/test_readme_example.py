"""The README shows what `apply` really writes."""

import re
from pathlib import Path

from celery2dramatiq.codemod import Options
from celery2dramatiq.run import Run

README = Path(__file__).parent.parent / "README.md"


def test_before_and_after(tmp_path: Path) -> None:
    before, after = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "shop.py").write_text(before)
    run = Run.start(tmp_path, Options())
    run.compute()
    written = {change.path: change.after for change in run.changes}
    assert (written["shop.py"] or b"").decode() == after
    assert set(written) == {"shop.py", "dramatiq_helpers.py"}
