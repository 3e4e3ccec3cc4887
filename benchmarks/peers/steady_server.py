"""The model that takes 2 ms on FastAPI, and says which process it ran in."""

from __future__ import annotations

import os
import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.post("/")
async def answer() -> PlainTextResponse:
    """The process id; the wait holds the process, as a model's arithmetic does."""
    time.sleep(0.002)
    return PlainTextResponse(str(os.getpid()))
