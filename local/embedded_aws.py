"""The embedded AWS as a child process, and clients for it."""

import socket
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from local.options import REPOSITORY
from local.processes import Child

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def start_embedded_aws(state_dir: Path, function_host: str) -> tuple[Child, str]:
    """The process and its address. State lies under `state_dir/aws`; functions are invoked at `function_host`."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    child = await Child.start(
        "The embedded AWS",
        [str(REPOSITORY / ".tools/ministack/bin/python"), "-P", str(REPOSITORY / "local/ministack_server.py")],
        environment={
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "FUNCTION_HOST": function_host,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state_dir / "aws"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state_dir / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,  # whose signature under an address it checks, though it takes any in a header
        },
        log=state_dir / "logs" / "embedded-aws.log",
        ready_url=f"{endpoint}/_ministack/health",
    )
    return child, endpoint


def client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120, proxies={}),
    )


def save_now(endpoint: str) -> None:
    """Has the embedded AWS write its state to disk before this returns."""
    httpx.post(f"{endpoint}/_local/save", timeout=30, trust_env=False).raise_for_status()
