"""Images that the builder's tests make; each has a layer of fresh random bytes.

An engine or registry that knows a layer never opens it: only a new one proves that ours are read.
"""

from __future__ import annotations

import os
from pathlib import Path

from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.entry import Entry, FileContent
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.source import Listed

RUN = RunConfig(
    env={"PATH": "/usr/bin:/bin"},
    entrypoint=("/opt/run",),
    user="65532:0",
    working_dir="/opt/nuclio",
    ports=("8080/tcp",),
    labels={"org.opencontainers.image.title": "sample"},
    healthcheck=Healthcheck(("/opt/run", "--health")),
)


def sample_plan(
    folder: Path, *, model_bytes: int = 3000, code: str = "", platform: Platform = LINUX_AMD64
) -> BuildPlan:
    """Packages (gzip), a model (plain) and code, on nothing; only ``code`` differs in a folder."""
    model = folder / "model.bin"
    if not model.exists():
        model.write_bytes(os.urandom(model_bytes))
        (folder / "nonce").write_text(os.urandom(8).hex())
    packages = Entry("usr/lib/packages/nonce.txt", FileContent.of(folder / "nonce"))
    return BuildPlan(
        SCRATCH,
        (
            LayerPlan("packages", Listed([packages])),
            LayerPlan(
                "model digits",
                Listed([Entry("opt/models/digits.bin", FileContent.of(model))]),
                is_packed=False,
            ),
            LayerPlan("code", Listed([Entry.text("opt/nuclio/main.py", code or "print(1)\n")])),
        ),
        RUN,
        platform,
    )


def sample_image(
    folder: Path,
    cache: Cache,
    *,
    model_bytes: int = 3000,
    code: str = "",
    platform: Platform = LINUX_AMD64,
) -> Image:
    """The image of `sample_plan`."""
    plan = sample_plan(folder, model_bytes=model_bytes, code=code, platform=platform)
    return assemble(plan, Base(Image.scratch(platform)), cache)
