"""The page as it is served: the limits, the demo inside of another application, the public address, the Space."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_process import PATIENCE_S, documented
from helpers import REPOSITORY, environment, run_zoo, wait_for

pytest.importorskip("gradio")

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio_client import Client

from zoo_demo.app import build_app
from zoo_demo.models import drawable_models
from zoo_demo.serving import mount
from zoo_demo.serving.limits import MAX_BODY_BYTES

pytestmark = pytest.mark.usefixtures("models_home")


def test_requests_are_limited_and_answers_guarded() -> None:
    with TestClient(mount(build_app(drawable_models()))) as client:
        page = client.get("/")
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        join = "/gradio_api/queue/join"
        assert client.post(join, content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413
        assert client.post(join, content=iter([b"of unknown length"])).status_code == 411
        assert client.post(join, content=b"{}").status_code == 422
        assert client.post(join, content=b"[" * 50_000 + b"]" * 50_000).status_code in (400, 422)
        assert client.get("/docs").status_code == 404
        assert client.get("/favicon.ico").content.startswith(b"\x89PNG")


def test_a_body_of_unknown_length_is_not_read(demo_url: str) -> None:
    """Without a length there is either a transfer encoding, which is refused, or no body at all."""
    start = b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: zoo\r\nConnection: close\r\n"
    address = urllib.parse.urlsplit(demo_url)
    for rest, status in (
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n", b"411"),
        (b"\r\n" + b"[" * 1000, b"422"),  # what comes after the head belongs to no request
    ):
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as connection:
            connection.sendall(start + rest)
            assert connection.recv(1000).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(
    "drawing",
    [
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        [[{"path": "https://example.org/7.png", "meta": {"_type": "gradio.FileData"}}]],
        {"picture": {"p\\u0061th": "/etc/passwd", "meta": []}},
    ],
)
@pytest.mark.parametrize("address", ["queue/join", "call/predict"])
def test_what_gradio_takes_for_files_is_refused(demo_url: str, drawing: Any, address: str) -> None:
    """gradio_client would upload these; whoever writes the request himself gets no further."""
    body = json.dumps({"data": [drawing, "", "", ""]}).replace("\\\\", "\\").encode()
    request = urllib.request.Request(f"{demo_url}gradio_api/{address}", body, {"content-type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=PATIENCE_S)
    assert refusal.value.code == 400
    assert b"may name a path" in refusal.value.read()


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/upload",
        "gradio_api/upload_progress?upload_id=1",
        "gradio_api/file=/etc/passwd",
        "gradio_api/file/etc/passwd",
        "gradio_api/proxy=https://example.org",
        "gradio_api/stream/a/b/c/playlist.m3u8",
        "gradio_api/run/predict",
        "gradio_api/call/respond",
        "gradio_api/component_server",
        "gradio_api/process_recording",
        "gradio_api/deep_link",
        "gradio_api/vibe-code",
        "gradio_api/runs",
        "monitoring",
        "login",
        "docs",
        "openapi.json",
        "static/../../../../etc/passwd",
        "static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "assets/..%2f..%2f..%2fetc/passwd",
        "custom_component/1/client/component/..%2fetc",
    ],
)
def test_addresses_that_the_page_does_not_need(demo_url: str, path: str) -> None:
    for method in ("GET", "POST"):
        request = urllib.request.Request(demo_url + path, data=b"{}" if method == "POST" else None, method=method)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=PATIENCE_S)
        assert refusal.value.code in (400, 403, 404, 405), (method, path)
        assert b"root:" not in refusal.value.read()


def test_headers_are_on_every_answer(demo_url: str) -> None:
    for path in ("", "config", "nothing-here"):
        try:
            headers = urllib.request.urlopen(demo_url + path, timeout=PATIENCE_S).headers
        except urllib.error.HTTPError as refusal:
            headers = refusal.headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_full_queue_says_busy(models_home: Path, drawings: dict[str, Any]) -> None:
    blocks = build_app(drawable_models("lenet5.mnist"))
    blocks.queue(max_size=0)
    with TestClient(mount(blocks)) as client:
        refusal = client.post("/gradio_api/call/predict", json={"data": [drawings["7"], "", "", ""]})
    assert refusal.status_code == 503
    assert "Queue is full" in refusal.text


@pytest.fixture
def host_app_url(models_home: Path) -> Iterator[str]:
    """Somebody's own application, with the demo in it."""
    app: FastAPI = documented("FastAPI")["app"]

    @app.post("/own")
    def own(body: dict[str, Any]) -> int:
        return len(json.dumps(body))

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_mounts_in_an_application(host_app_url: str, drawings: dict[str, Any]) -> None:
    patience = {"timeout": PATIENCE_S}
    client = Client(host_app_url + "/digits", verbose=False, analytics_enabled=False, httpx_kwargs=patience)
    assert client.predict(drawings["4"], api_name="/predict")["label"] == "4"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(host_app_url + "/digits/gradio_api/file=/etc/passwd", timeout=PATIENCE_S)
    assert refusal.value.code == 404
    body = json.dumps({"text": "x" * 2 * MAX_BODY_BYTES}).encode()  # the host's own business
    request = urllib.request.Request(host_app_url + "/own", body, {"content-type": "application/json"})
    assert int(urllib.request.urlopen(request, timeout=PATIENCE_S).read()) > MAX_BODY_BYTES
    assert "content-security-policy" not in urllib.request.urlopen(request, timeout=PATIENCE_S).headers
    client.close()


@pytest.mark.slow
def test_share_without_internet(demo_home: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    result = run_zoo("demo", "--port", "0", "--share", ZOO_HOME=str(demo_home), HTTPS_PROXY=nowhere, HTTP_PROXY=nowhere)
    assert result.returncode == 1
    assert "--share needs the internet" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_space(demo_home: Path, tmp_path: Path) -> None:
    """The folder as Hugging Face starts it, and shows it inside of its own page."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    space = environment(
        ZOO_HOME=str(demo_home), SPACE_ID="us/zoo", GRADIO_SERVER_NAME="127.0.0.1", GRADIO_SERVER_PORT=str(port)
    )
    process = subprocess.Popen([sys.executable, "app.py"], cwd=REPOSITORY / "demo", env=space)
    try:

        def answers() -> bool:
            with socket.socket() as attempt:
                return attempt.connect_ex(("127.0.0.1", port)) == 0

        wait_for(answers, process)
        headers = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S).headers
        assert "frame-ancestors 'self' https://huggingface.co;" in headers["content-security-policy"] + ";"
    finally:
        process.kill()
        process.wait()
    assert (REPOSITORY / "demo" / "README.md").read_text(encoding="utf-8").startswith("---\ntitle: Digit Zoo\n")
