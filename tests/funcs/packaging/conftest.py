from __future__ import annotations

from tests.builder.conftest import (
    cache,
    docker_client,
    engine,
    engine_address,
    registry_host,
    repository_name,
)

__all__ = [
    "cache",
    "docker_client",
    "engine",
    "engine_address",
    "registry_host",
    "repository_name",
]
