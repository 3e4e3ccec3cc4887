"""What to install for a module that is imported."""

from __future__ import annotations

#: Where the package to install is not called like the module to import.
_DISTRIBUTIONS = {
    "attr": "attrs", "bs4": "beautifulsoup4", "Crypto": "pycryptodome", "cv2": "opencv-python",
    "confluent_kafka": "confluent-kafka", "dateutil": "python-dateutil", "docx": "python-docx",
    "dotenv": "python-dotenv", "faiss": "faiss-cpu", "fitz": "pymupdf", "funcs": "funcs-serving",
    "git": "GitPython", "grpc": "grpcio", "jwt": "PyJWT", "kafka": "kafka-python",
    "magic": "python-magic", "mpl_toolkits": "matplotlib", "MySQLdb": "mysqlclient",
    "nuclio_sdk": "nuclio-sdk", "OpenSSL": "pyOpenSSL", "paho": "paho-mqtt", "PIL": "pillow",
    "pkg_resources": "setuptools", "psycopg2": "psycopg2-binary", "serial": "pyserial",
    "sentence_transformers": "sentence-transformers", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "tflite_runtime": "tflite-runtime", "usb": "pyusb",
    "yaml": "pyyaml", "zmq": "pyzmq",
}  # fmt: skip


def distribution_of(module: str) -> str:
    """The package of the index that brings the top-level ``module``.

    >>> distribution_of("sklearn"), distribution_of("numpy")
    ('scikit-learn', 'numpy')
    """
    return _DISTRIBUTIONS.get(module, module)
