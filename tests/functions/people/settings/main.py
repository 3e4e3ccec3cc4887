"""Takes its settings and its file's place from the environment; its handler has another name."""

import os


def init_context(context):
    with open(os.environ["MODEL_FILE"]) as file:
        context.user_data.words = file.read().split()
    context.logger.info_with("ready", worker=context.worker_id, trigger=context.trigger_name)


def entry_point(context, event):
    limit = int(event.fields.get("limit", os.environ["LIMIT"]))
    return {
        "words": context.user_data.words[:limit],
        "method": event.method,
        "trigger": event.trigger.kind,
        "function": os.environ["NUCLIO_FUNCTION_NAME"],
    }
