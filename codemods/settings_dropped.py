"""Settings that Dramatiq needs not, or has nothing for: dropped, with a word where it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from celery2dramatiq.codemod import Context, Outcome, on_settings
from celery2dramatiq.index import App, Arg
from celery2dramatiq.mapping import Action, Row

OTHER_BACKENDS = Row(
    "C2D640",
    "settings of result backends: arangodb_*, azureblockblob_*, cache_*, cassandra_*, "
    "cosmosdbsql_*, couchbase_*, database_*, elasticsearch_*, gcs_*, mongodb_*, s3_*",
    "nothing: what becomes of the results, result_backend decides",
    Action.REWRITE,
    about="They are read by the backend of that name alone.",
)
CONNECTION = Row(
    "C2D641",
    "broker_connection_*, broker_heartbeat*, broker_pool_*, redis_socket_*, task_publish_retry, "
    "result_backend_*retr*, ...",
    "nothing",
    Action.REVIEW,
    "how long is waited for a connection, and how often it is tried again, is what Dramatiq and "
    "its drivers do by themselves; a worker never gives up",
    about="redis-py and pika have their own time-outs. A worker that cannot reach its "
    "broker tries again for ever.",
)
DELIVERY = Row(
    "C2D642",
    "task_acks_on_failure*=False, task_reject_on_worker_lost=False",
    "nothing",
    Action.REVIEW,
    "a message is delivered again when its worker is lost, and kept as dead letter when its task "
    "fails for good",
    about="Make sure that tasks may run twice.",
)
STORED = Row(
    "C2D643",
    "task_store_errors_even_if_ignored, task_compression, result_compression, "
    "task_default_delivery_mode",
    "nothing",
    Action.REVIEW,
    "errors are stored only where results are, messages and results are not compressed, and all "
    "messages outlive RabbitMQ",
    about="Large messages take more room. Messages that only lived in memory are written to disk.",
)
LOGS = Row(
    "C2D644",
    "worker_log_*, worker_task_log_*, worker_redirect_stdouts*",
    "nothing",
    Action.REVIEW,
    "what is logged looks like Dramatiq's own, unless the project configures its logging itself",
    about="`dramatiq` logs to stderr with the process and the thread; `logging.config` in "
    "the worker's first module changes that.",
)
SHUTDOWN = Row(
    "C2D645",
    "worker_soft_shutdown_timeout, worker_cancel_long_running_tasks_on_connection_loss, ...",
    "nothing",
    Action.REVIEW,
    "a worker that is told to end waits ten minutes for its tasks (--worker-shutdown-timeout)",
    about="The time after SIGTERM is an option of the command, in milliseconds.",
)
NOTHING = Row(
    "C2D646",
    "settings of events, remote control, monitors and Celery's own machinery",
    "nothing",
    Action.REWRITE,
    about="Dramatiq has neither events nor remote control; nothing of the tasks' work "
    "depends on them.",
)
RECYCLED = Row(
    "C2D647",
    "worker_max_tasks_per_child, worker_max_memory_per_child",
    "nothing",
    Action.REVIEW,
    "a process is never replaced by a fresh one, so what tasks leave behind in it stays",
    about="If a task leaks memory, restart the workers from outside (systemd's "
    "`RuntimeMaxSec`, a memory limit of the container).",
)

STARTED = Row(
    "C2D667",
    "task_track_started",
    "nothing",
    Action.REVIEW,
    "while a task runs its state is PENDING, where Celery says STARTED",
    about="Dramatiq keeps nothing of a message before it has ended. Where somebody looks at "
    "the state, let the task say itself that it runs, with `update_state`.",
)


def _named(family: str, names: str) -> tuple[str, ...]:
    return tuple(f"{family}_{name}" for name in names.split())


_OF_BACKENDS = (
    "arangodb_backend_settings",
    *_named("azureblockblob", "base_path connection_timeout container_name read_timeout "
            "retry_increment_base retry_initial_backoff_sec retry_max_attempts"),
    *_named("cache", "backend backend_options"),
    *_named("cassandra", "auth_kwargs auth_provider bundle_path entry_ttl keyspace options port "
            "read_consistency servers table write_consistency"),
    *_named("cosmosdbsql", "collection_name consistency_level database_name max_retry_attempts "
            "max_retry_wait_time"),
    "couchbase_backend_settings",
    *_named("database", "create_tables_at_setup engine_callback engine_options "
            "short_lived_sessions table_names table_schemas url"),
    *_named("elasticsearch", "max_retries retry_on_timeout save_meta_as_text timeout"),
    *_named("gcs", "base_path bucket project ttl"),
    "mongodb_backend_settings",
    *_named("s3", "access_key_id base_path bucket endpoint_url region secret_access_key"),
)  # fmt: skip
_CONNECTION = {
    **dict.fromkeys(_named("broker", "channel_error_retry connection_max_retries "
                           "connection_timeout failover_strategy heartbeat heartbeat_checkrate "
                           "pool_acquire_timeout pool_limit"), ()),
    **dict.fromkeys(_named("broker", "connection_retry connection_retry_on_startup"), (True, None)),
    **dict.fromkeys(_named("redis", "max_connections retry_on_timeout socket_connect_timeout "
                           "socket_keepalive socket_timeout"), ()),
    **dict.fromkeys(_named("result", "backend_always_retry backend_base_sleep_between_retries_ms "
                           "backend_max_retries backend_max_sleep_between_retries_ms"), ()),
    "task_publish_retry": (True,),
    "task_publish_retry_policy": (),
}  # fmt: skip
_DELIVERY = {
    "task_acks_late": None,
    "task_acks_on_failure": (True, None),
    "task_acks_on_failure_or_timeout": (True, None),
    "task_acks_on_timeout": (True, None),
    "task_reject_on_worker_lost": (True, None),
    "task_retry_on_worker_lost": None,
}
_STORED: dict[str, tuple[object, ...]] = {
    "task_store_errors_even_if_ignored": (False,),
    "task_compression": (None,),
    "result_compression": (None,),
    "task_default_delivery_mode": (2, "persistent"),
}
_LOGS: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(_named("worker", "log_color log_datefmt log_format task_log_datefmt "
                           "task_log_format redirect_stdouts_level"), ()),
    "worker_redirect_stdouts": (),
}  # fmt: skip
_SHUTDOWN: dict[str, tuple[object, ...]] = {
    "worker_soft_shutdown_timeout": (0, 0.0),
    "worker_cancel_long_running_tasks_on_connection_loss": (False,),
    "worker_enable_soft_shutdown_on_idle": (False,),
    "worker_lost_wait": (),
}
_NOTHING = (
    *_named("beat", "cron_starting_deadline enable_remote_control max_loop_interval "
            "remote_control_max_tick_age schedule_filename sync_every"),
    "broker_native_delayed_delivery_queue_type",
    *_named("control", "exchange queue_durable queue_exclusive queue_expires queue_ttl"),
    *_named("event", "exchange queue_durable queue_exclusive queue_expires queue_prefix queue_ttl "
            "serializer"),
    *_named("result", "cache_max chord_expires chord_join_timeout chord_retry_interval exchange "
            "exchange_type extended failure_expires persistent"),
    *_named("task", "allow_error_cb_on_chord_header create_missing_queue_exchange_type "
            "create_missing_queue_type create_missing_queues default_queue_type eager_propagates "
            "protocol remote_tracebacks repr_maxlevels send_sent_event store_eager_result"),
    *_named("worker", "agent autoscaler consumer detect_quorum_queues disable_rate_limits "
            "enable_prefetch_count_reduction enable_remote_control eta_task_limit "
            "hijack_root_logger pool_putlocks pool_restarts proc_alive_timeout send_task_events "
            "state_db timer timer_precision"),
)  # fmt: skip


@on_settings(*_OF_BACKENDS)
def other_backends(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what only another result backend reads."""
    yield from _each(args, OTHER_BACKENDS)


@on_settings(*_CONNECTION)
def connection(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop how Celery holds its connections."""
    for name, arg in args.items():
        harmless = name.startswith(("redis_", "result_")) and context.results is False
        yield _dropped(name, arg, NOTHING if harmless else CONNECTION, _CONNECTION[name])


@on_settings(*_DELIVERY)
def delivery(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop when Celery acknowledges: Dramatiq does it at the end."""
    for name, arg in args.items():
        same = _DELIVERY[name]
        row = NOTHING if same is None else DELIVERY
        yield _dropped(name, arg, row, same or ())


@on_settings(*_STORED)
def stored(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop how Celery packs its messages and results."""
    for name, arg in args.items():
        yield _dropped(name, arg, STORED, _STORED[name])


@on_settings(*_LOGS)
def logs(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what Celery's log looks like."""
    for name, arg in args.items():
        yield _dropped(name, arg, LOGS, _LOGS[name])


@on_settings(*_SHUTDOWN)
def shutdown(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop how Celery's worker ends."""
    for name, arg in args.items():
        yield _dropped(name, arg, SHUTDOWN, _SHUTDOWN[name])


@on_settings("worker_max_tasks_per_child", "worker_max_memory_per_child")
def recycled(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop when Celery replaces a process."""
    for name, arg in args.items():
        yield _dropped(name, arg, RECYCLED, (None, 0))


@on_settings("task_track_started")
def started(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop that a task's state says when it has begun."""
    for name, arg in args.items():
        row = NOTHING if context.results is False else STARTED
        yield _dropped(name, arg, row, (False, None))


@on_settings(*_NOTHING)
def nothing(app: App, args: Mapping[str, Arg], context: Context) -> Iterator[Outcome]:
    """Drop what nobody sees."""
    yield from _each(args, NOTHING)


def _each(args: Mapping[str, Arg], row: Row) -> Iterator[Outcome]:
    for name, arg in args.items():
        yield Outcome(row, f"`{name}`", at=arg.place)


def _dropped(name: str, arg: Arg, row: Row, same: tuple[object, ...]) -> Outcome:
    """Drop a setting. same: the values with which Celery does as Dramatiq does."""
    equal = any(type(arg.literal) is type(one) and arg.literal == one for one in same)
    return Outcome(NOTHING if equal else row, f"`{name}`", at=arg.place)
