"""Celery's settings. They follow from one law: the row is the work, a message is only a wake-up."""

from kombu import Exchange
from kombu import Queue as KombuQueue

from bursar.settings import load
from workers.queues import ROUTES, Queue
from workers.schedule import periodic

_settings = load()

broker_url = _settings.required_broker_url()
broker_connection_retry_on_startup = True
broker_transport_options = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "global_keyprefix": "bursar:",
    # A publisher asks once: a wake that finds no broker is swept later, and must not hold up the work.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
broker_pool_limit = 4

imports = (
    "tasks.events",
    "tasks.payments",
    "tasks.customers",
    "tasks.subscriptions",
    "tasks.enrollments",
    "tasks.documents",
    "tasks.invoices",
    "tasks.dunning",
    "tasks.emails",
    "tasks.notifications",
    "tasks.maintenance",
    "tasks.reconciliation",
    "workers.lifecycle",
)
task_queues = [KombuQueue(queue.value, Exchange(queue.value), routing_key=queue.value) for queue in Queue]
task_default_queue = Queue.EVENTS.value
task_create_missing_queues = False
task_routes = {name: {"queue": queue.value} for name, queue in ROUTES.items()}

# Early ack: a worker with a message in hand must survive a broker restart, and a poison row must not loop.
task_acks_late = False
task_ignore_result = True
task_store_errors_even_if_ignored = False
result_backend = None
worker_prefetch_multiplier = 4

task_serializer = "json"
result_serializer = "json"
accept_content = ["json"]
timezone = "UTC"
enable_utc = True

# Flower reads these; they are paid once per batch, not per event.
worker_send_task_events = True
task_send_sent_event = True

# A child that has grown is replaced between two tasks, so a leak or one huge paper costs a fork, not the
# machine. KiB of resident memory: a child that has rendered hundreds of papers has 120,000.
worker_max_memory_per_child = 400_000
worker_max_tasks_per_child = 10_000
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = False

beat_schedule = periodic(sweep_every_s=_settings.sweep_every_s)
beat_max_loop_interval = 5
