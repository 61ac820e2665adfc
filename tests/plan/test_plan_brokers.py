"""Another broker than Celery's: what is made of the settings, and what stays as it was."""

import pytest

from celery2dramatiq.codemod import Options, load
from celery2dramatiq.configuration import BROKERS
from celery2dramatiq.plan import Plan
from celery2dramatiq.plan.brokers import CELERYS, URLS
from celery2dramatiq.templates import choices
from tests.projects import plan_of_sources, read

TASK = "\n\n@app.task\ndef add(x, y):\n    return x + y\n"
READ_FROM = '(os.environ["DRAMATIQ_BROKER_URL"], own_url=True'


def planned(app: str, broker: str, **files: str) -> Plan:
    texts = {"app.py": f"import os\nfrom celery import Celery\n\n{app}\n{TASK}"}
    texts |= {f"{name}.py": text for name, text in files.items()}
    return plan_of_sources(read(texts), Options(broker=broker), load())


def codes(plan: Plan) -> set[str]:
    return {finding.row.code for finding in plan.findings}


def url(plan: Plan) -> str:
    return str(dict(plan.broker)["url"])


def test_every_broker_that_can_be_chosen_has_a_url() -> None:
    assert (CELERYS, *URLS) == BROKERS
    assert {one.partition("://")[0] for one in URLS.values()} <= choices("_BROKERS").keys()


@pytest.mark.parametrize(
    ("celerys", "broker", "other"),
    [
        ('"redis://h"', "redis", False),
        ('"sentinel://h"', "redis", False),
        ('"amqp://h"', "rabbitmq", False),
        ('"pyamqp://h"', "rabbitmq", False),
        ("None", "rabbitmq", False),
        ('"sqs://"', "sqs", False),
        ('"redis://h"', "rabbitmq", True),
        ('"amqp://h"', "redis", True),
        ('"redis://h"', "sqs", True),
        ('"kafka://h"', "redis", True),
        ('os.environ["URL"]', "redis", True),
        ('os.environ["URL"]', "same", False),
    ],
)
def test_whether_it_is_another_one(celerys: str, broker: str, other: bool) -> None:
    plan = planned(f'app = Celery("a", broker={celerys})', broker)
    assert plan.worker is not None
    assert ("C2D922" in codes(plan)) == other
    assert ("DRAMATIQ_BROKER_URL" in url(plan)) == other
    assert plan.worker.env == ({"DRAMATIQ_BROKER_URL": URLS[broker]} if other else {})


def test_what_is_required_follows_from_it() -> None:
    plan = planned('app = Celery("a", broker="redis://")', "rabbitmq")
    assert ("rabbitmq",) in [need.extras for need in plan.needs]
    assert ("redis",) not in [need.extras for need in plan.needs]


def test_settings_of_celerys_broker_go() -> None:
    settings = "broker_url='redis://', broker_use_ssl=True, broker_transport_options={'x': 1}"
    plan = planned(f'app = Celery("a")\napp.conf.update({settings})', "rabbitmq")
    assert {"C2D922", "C2D923"} <= codes(plan)
    assert sorted(name for name, _ in plan.broker) == ["own_url", "url"]


def test_a_url_that_is_written_in_several_places() -> None:
    branches = (
        'app = Celery("a")\nif os.environ.get("X"):\n    app.conf.broker_url = "redis://x"\n'
        'else:\n    app.conf.broker_url = "redis://y"'
    )
    assert "DRAMATIQ_BROKER_URL" in url(planned(branches, "rabbitmq"))


def test_results_in_the_broker_go_where_it_is() -> None:
    app = 'app = Celery("a", broker="{}", backend="rpc://")'
    assert "C2D664" in codes(planned(app.format("amqp://"), "redis"))
    assert "C2D665" in codes(planned(app.format("redis://"), "rabbitmq"))


def test_an_exchange_that_celery_has_holds_back_whatever_the_broker() -> None:
    app = 'app = Celery("a", broker="{}", task_default_exchange="x")'
    assert planned(app.format("amqp://"), "redis").staying
    assert not planned(app.format("redis://"), "rabbitmq").staying


@pytest.mark.parametrize(("broker", "held"), [("redis", True), ("rabbitmq", False), ("same", True)])
def test_the_broker_of_an_earlier_run_stays(broker: str, held: bool) -> None:
    made = "from dramatiq_helpers import make_broker\n\nbroker = make_broker(url, own_url=True)\n"
    plan = planned('app = Celery("a", broker="redis://")', broker, made=made)
    assert ("C2D924" in codes(plan)) == held
    assert bool(plan.staying) == held


def test_another_function_of_that_name_is_none_of_ours() -> None:
    plan = planned('app = Celery("a", broker="redis://")', "sqs", made="make_broker(1)\n")
    assert not plan.staying
