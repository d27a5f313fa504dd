"""What pyproject.toml cannot say: the Kafka log's batch layer is compiled where a C compiler and Python's headers are, else left out."""

from setuptools import Extension, setup

FOLDER = "src/millstream/log/kafka/native"
PACKAGE = "millstream.log.kafka.native"

setup(
    ext_modules=[
        Extension(f"{PACKAGE}._batches", [f"{FOLDER}/batches.c"], extra_compile_args=["-O2"], libraries=["dl"], optional=True),
        Extension(f"{PACKAGE}._pairs", [f"{FOLDER}/pairs.c"], extra_compile_args=["-O2"], optional=True),
    ]
)
