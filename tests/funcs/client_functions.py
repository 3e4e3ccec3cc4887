"""The functions that the tests of `funcs.testing` ask."""

from __future__ import annotations

from pathlib import Path

PLAIN = """
import asyncio


def init_context(context):
    context.user_data.count = 0
    context.logger.info("started")


def handler(context, event):
    if event.path == "/fail":
        raise ValueError("no such luck")
    if event.path == "/async":
        return later(context)
    if event.path == "/teapot":
        return context.Response(
            body=b"\\x00\\xff", status_code=418, content_type="x/y", headers={"X-Own": "1", "n": 3}
        )
    if event.path == "/file":
        return context.Response(headers={"X-nuclio-filestream-path": __file__})
    if event.path == "/batch":
        return [1, 2]
    context.logger.info_with("asked", path=event.path)
    return {
        "method": event.method,
        "path": event.path,
        "fields": event.fields,
        "headers": {k: v for k, v in event.headers.items() if k not in ("Host",)},
        "body": event.body if not isinstance(event.body, bytes) else event.body.hex(),
        "trigger": [event.trigger.kind, event.trigger.name],
        "worker": context.worker_id,
    }


async def later(context):
    await asyncio.sleep(0)
    return "later"
"""

GRAPH = """
import funcs


class Price(funcs.Model):
    inputs = {"rooms": funcs.Tensor("float64", (-1, 2))}

    def predict(self, inputs):
        return [10 * rooms + self.params["rate"] * area for rooms, area in inputs["rooms"]]


class Broken(funcs.Model):
    def predict(self, inputs):
        raise KeyError("weights")


graph = funcs.Graph("houses")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("price", Price, rate=3.5)
graph["models"].add_model("broken", Broken)
"""

CORS = """
spec:
  handler: main:handler
  env:
    - {name: GREETING, value: hello}
  triggers:
    web:
      kind: http
      attributes:
        maxRequestBodySize: 100
        cors: {enabled: true, allowOrigins: ["http://a"]}
"""


def write_function(folder: Path, main: str, function_yaml: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(main)
    if function_yaml:
        (folder / "function.yaml").write_text(function_yaml)
    return folder
