"""Counts its events; `/leave` ends the worker, `/kill` as the kernel does."""

import os
import signal


def init_context(context):
    metrics = context.metrics
    context.user_data.answers = metrics.counter("answers_total", "Answers", labels=("path",))
    context.user_data.level = metrics.gauge("level")
    context.user_data.sizes = metrics.histogram("sizes", buckets=(1, 10))


def handler(context, event):
    context.user_data.answers.inc(path=event.path)
    context.user_data.sizes.observe(len(event.path))
    context.user_data.level.set(int(event.fields.get("level", 0)))
    if event.path == "/leave":
        os._exit(3)
    if event.path == "/kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if event.path == "/gate":
        context.metrics.counter("gated_total").inc()
    return str(os.getpid())
