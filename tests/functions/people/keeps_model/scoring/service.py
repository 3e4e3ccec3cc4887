"""Loads its model once and keeps it in user_data; its handler is in a package."""

import json
import os

from scoring.linear import Linear


def init_context(context):
    with open(os.environ["MODEL_PATH"]) as file:
        context.user_data.model = Linear(**json.load(file))
    context.user_data.threshold = float(os.environ["THRESHOLD"])
    context.user_data.calls = 0


def handler(context, event):
    context.user_data.calls += 1
    rows = json.loads(event.body) if isinstance(event.body, bytes) else event.body
    scores = [context.user_data.model.score(row) for row in rows["instances"]]
    accepted = [score >= context.user_data.threshold for score in scores]
    return {"scores": scores, "accepted": accepted, "calls": context.user_data.calls}
