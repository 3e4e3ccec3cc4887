"""Is asked by the shop."""

PRICES = {"apple": 0.5, "pear": 0.75}


def handler(context, event):
    unknown = [item for item in event.body["items"] if item not in PRICES]
    if unknown:
        return context.Response(
            body=f"no price for {', '.join(unknown)}", content_type="text/plain", status_code=404
        )
    total = sum(PRICES[item] for item in event.body["items"])
    return {"total": total, "order": event.headers.get("X-Order")}
