"""What pyproject.toml cannot say: the Kafka log's batch layer is compiled where a C compiler and Python's headers are, else left out."""

from setuptools import Extension, setup

FOLDER = "src/millstream/log/kafka/native"

setup(
    ext_modules=[
        Extension(
            "millstream.log.kafka.native._batches",
            [f"{FOLDER}/batches.c"],
            extra_compile_args=["-O2"],
            libraries=["dl"],
            optional=True,
        )
    ]
)
