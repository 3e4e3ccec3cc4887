"""Images as `funcs build` makes them, small enough to make anew in each test."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.entry import BytesContent, Entry, FileContent
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.sbom import Component, sbom
from funcs_builder.source import Listed

RUN = RunConfig(
    env={"PATH": "/usr/bin", "API_TOKEN": "hidden from view"},
    entrypoint=("python3", "-m", "funcs", "processor"),
    user="65532:0",
    working_dir="/opt/nuclio",
    ports=("8080/tcp",),
    labels={
        "io.funcs.function": "shop",
        "io.funcs.handler": "main:handler",
        "io.funcs.runtime": "python:3.11",
        "io.funcs.version": "0.1.0",
    },
    healthcheck=Healthcheck(("python3", "-c", "pass")),
)


def function_image(
    folder: Path,
    cache: Cache,
    *,
    numpy: str = "2.1.3",
    code: str = "print(1)\n",
    model: bytes = b"weights",
    run: RunConfig = RUN,
) -> Image:
    """Packages, a model, the record, code; the packages' layer is of 200 kB that do not pack."""
    bulk = folder / "bulk.bin"
    if not bulk.exists():
        bulk.write_bytes(os.urandom(200_000))
    info = f"usr/lib/python3/dist-packages/numpy-{numpy}.dist-info/METADATA"
    packages = [
        Entry("usr/lib/bulk.bin", FileContent.of(bulk)),
        Entry.text(info, f"Name: numpy\nVersion: {numpy}\n"),
    ]
    plan = BuildPlan(
        SCRATCH,
        (
            LayerPlan("packages", Listed(packages)),
            LayerPlan(
                "model digits.skops",
                Listed([Entry("opt/nuclio/digits.skops", BytesContent(model))]),
                is_packed=False,
            ),
            LayerPlan("record", Listed(_record(numpy, model))),
            LayerPlan("code", Listed([Entry.text("opt/nuclio/main.py", code)])),
        ),
        run,
        LINUX_AMD64,
    )
    return assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache)


def _record(numpy: str, model: bytes) -> list[Entry]:
    from hashlib import sha256

    digest = sha256(model).hexdigest()
    build: Mapping[str, object] = {
        "version": 1,
        "function": "shop",
        "graph": "",
        "models": [
            {"path": "digits.skops", "sha256": digest, "size": len(model), "format": "skops"}
        ],
        "notes": ["bytecode is left out"],
    }
    components = [
        Component(f"pkg:pypi/numpy@{numpy}", "numpy", numpy),
        Component("pkg:deb/debian/libc6@2.36?arch=amd64", "libc6", "2.36"),
    ]
    texts = {"build.json": json.dumps(build), "sbom.cdx.json": sbom("shop", components)}
    return [Entry.text(f"opt/funcs/{name}", text) for name, text in texts.items()]
