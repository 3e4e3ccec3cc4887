"""Waits for several things at once, as handlers do that ask other services."""

import asyncio


def init_context(context):
    context.user_data.base = 10


async def ask(context, number):
    await asyncio.sleep(0.001)
    return context.user_data.base + number


async def handler(context, event):
    numbers = event.body["numbers"]
    answers = await asyncio.gather(*(ask(context, number) for number in numbers))
    return {"answers": answers}
