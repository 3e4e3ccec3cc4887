"""Takes an image as base64 in JSON, as annotation tools send it."""

import base64
import hashlib
import io
import json


def handler(context, event):
    data = event.body
    buf = io.BytesIO(base64.b64decode(data["image"]))
    image = buf.getvalue()
    context.logger.info(f"image of {len(image)} bytes")
    body = {"bytes": len(image), "sha256": hashlib.sha256(image).hexdigest()}
    return context.Response(
        body=json.dumps(body), headers={}, content_type="application/json", status_code=200
    )
