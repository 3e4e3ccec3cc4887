"""Returns a response of every kind; the path chooses which."""


def handler(context, event):
    kind = event.path.strip("/")
    if kind == "raise":
        raise RuntimeError("no answer")
    return {
        "text": "ünicode",
        "bytes": b"\x00\xff",
        "number": 7,
        "none": None,
        "dict": {"a": 1},
        "pair": (201, "made"),
        "pair-json": (202, {"queued": True}),
        "response": context.Response(
            body="<b>bold</b>",
            headers={"X-Kind": "html"},
            content_type="text/html",
            status_code=203,
        ),
        "response-json": context.Response(body={"b": 2}),
        "response-bytes": context.Response(body=b"\x89PNG", content_type="image/png"),
        "empty": context.Response(status_code=204),
    }[kind]
