import os

TOKEN = os.environ["SHOP_TOKEN"]
REGION = os.environ.get("REGION", "eu")


def init_context(context):
    context.user_data.calls = 0


async def handler(context, event):
    return "served"


def helper(context, text):
    return text
