"""The no-op model on FastAPI, as its documentation would have it: typed in, typed out."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel


class Query(BaseModel):
    """Rows of numbers."""

    inputs: list[list[float]]


class Answer(BaseModel):
    """One number a row."""

    outputs: list[float]


app = FastAPI()


@app.post("/v2/models/m/infer")
async def infer(query: Query) -> Answer:
    """The sum of each row."""
    return Answer(outputs=[sum(row) for row in query.inputs])
