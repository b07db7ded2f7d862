"""Buckets of servers on this machine that speak S3."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cleanplate.storage import clouds

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}


@contextmanager
def mock() -> Iterator[int]:
    """A mock of S3; its port."""
    server = pytest.importorskip("moto.server", reason="needs moto[server]").ThreadedMotoServer(port=0)
    server.start()
    try:
        yield server.get_host_and_port()[1]
    finally:
        server.stop()


class Bucket:
    """A fresh bucket, and the way to it."""

    count = 0

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int, through: int | None = None) -> None:
        Bucket.count += 1
        self.url, self.monkeypatch = f"s3://bucket{Bucket.count}", monkeypatch
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        boto3 = pytest.importorskip("boto3")
        self.client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
        self.client.create_bucket(Bucket=self.url[5:])
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{through or port}")
        clouds.of_root.cache_clear()

    def objects(self) -> dict[str, bytes]:
        found = self.client.list_objects_v2(Bucket=self.url[5:]).get("Contents", [])
        return {each["Key"]: self.client.get_object(Bucket=self.url[5:], Key=each["Key"])["Body"].read() for each in found}
