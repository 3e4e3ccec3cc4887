"""A large model is never held: what packing adds to a process stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_KIB = 32 * 1024

_PACK = """
import os, resource, sys
from pathlib import Path
from tests.builder.samples import sample_image
from funcs_builder.cache import Cache
from funcs_builder.publish.archive import ArchivePublisher
folder = Path(sys.argv[1])

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

(folder / "small").mkdir()
small = sample_image(folder / "small", Cache(folder / "cache"))
ArchivePublisher(folder / "small.tar").publish(small)
idle = peak()
(folder / "large").mkdir()
(folder / "large" / "nonce").write_text("x")
(folder / "large" / "model.bin").touch()
os.truncate(folder / "large" / "model.bin", 1 << 28)
image = sample_image(folder / "large", Cache(folder / "cache"))
for blob in image.blobs():
    for chunk in blob.chunks():
        pass
print(peak() - idle)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units there")
def test_packing_a_large_model_takes_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PACK, str(tmp_path)],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stderr
    assert int(done.stdout) < LIMIT_KIB
