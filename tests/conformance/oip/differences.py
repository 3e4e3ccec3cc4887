"""Recorded exchanges that are answered otherwise, and why. What is not here must agree."""

from __future__ import annotations

REPOSITORY = "the model repository extension comes later"
VERSIONS = "KServe has no versions, and says 501; an unknown version is 404 here, as in MLServer"
WORDS = "KServe's words for an unknown model, not MLServer's"
FLAT = "output data goes row by row, as KServe's does; MLServer sends what the model gave"
CODECS = "MLServer's codecs, by parameters of a tensor"

DIFFERENCES = {
    "kserve_v2/model-metadata-version-unknown": VERSIONS,
    "kserve_v2/infer-version": VERSIONS,
    "kserve_v2/load": REPOSITORY,
    "kserve_v2/unload-unknown": REPOSITORY,
    "mlserver/load": REPOSITORY,
    "mlserver/unload-unknown": REPOSITORY,
    "mlserver/model-metadata-unknown": WORDS,
    "mlserver/model-ready-unknown": WORDS,
    "mlserver/infer-unknown-model": WORDS,
    "mlserver/infer-two-inputs": FLAT,
    "mlserver/infer-nested-3d": FLAT,
    "mlserver/dtype-json-bytes-nested": FLAT,
    "mlserver/data-scalar": "data that is no list is refused, as KServe does",
    "mlserver/utf8-bom": "a byte order mark is taken, as KServe does",
    "mlserver/codec-np-string": CODECS,
    "mlserver/codec-base64": CODECS,
    "mlserver/codec-unknown": CODECS,
}

#: With MLRun's protocol beside, these are requests of its form, or of neither.
MLRUNS_FORM = {
    "kserve_v2/inputs-bare-rows",
    "kserve_v2/missing-name",
    "kserve_v2/missing-shape",
    "kserve_v2/missing-datatype",
    "mlserver/missing-name",
    "mlserver/missing-shape",
}
