"""Logs a great deal, by every way there is."""

import logging
import sys

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")


def handler(context, event):
    count = int(event.get_header("X-Count") or 1)
    for number in range(count):
        context.logger.debug_with("step", number=number)
        context.logger.info("step %d of %d" % (number, count))
    logging.getLogger("library").info("from a library")
    print("printed", flush=True)
    print("printed on stderr", file=sys.stderr, flush=True)
    context.logger.warn_with("long", text="x" * 100_000)
    context.logger.error_with("done", count=count, nested={"a": [1, None, "ü"]})
    return str(count)
