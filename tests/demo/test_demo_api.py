"""The demo for programs: gradio_client, the demo inside another application, and what no request may do."""

from __future__ import annotations

import base64
import io
import json
import re
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import REPOSITORY, environment, run_zoo, wait_for

pytest.importorskip("gradio")

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

from zoo_demo.app import build_app
from zoo_demo.models import drawable_models
from zoo_demo.serving import mount
from zoo_demo.serving.limits import MAX_BODY_BYTES

LENET = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


@pytest.fixture(scope="module")
def client(demo_url: str) -> Client:
    return Client(demo_url, verbose=False, analytics_enabled=False)


def test_strokes(client: Client, drawings: dict[str, Any]) -> None:
    found = client.predict(drawings["7"], *LENET.values(), api_name="/predict")
    assert found["label"] == "7"
    assert {key: found[key] for key in LENET} == LENET
    (digit,) = found["digits"]
    assert list(digit["probabilities"]) == list("0123456789")
    assert digit["probability"] == max(digit["probabilities"].values())
    assert sum(digit["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert found["rejected"] is False
    assert found["latency_ms"] > 0


def documented(word: str, *change: str) -> dict[str, Any]:
    """What the block of docs/demo.md that holds a word leaves behind."""
    page = (REPOSITORY / "docs" / "demo.md").read_text(encoding="utf-8")
    block = next(each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if word in each)
    names: dict[str, Any] = {}
    exec(block.replace(*change) if change else block, names)
    return names


def test_documented_client(demo_url: str) -> None:
    assert documented("gradio_client", "http://127.0.0.1:7860/", demo_url)["answer"]["label"] == "7"


def test_defaults_and_names(client: Client, drawings: dict[str, Any]) -> None:
    assert client.predict(drawings["3"], api_name="/predict")["model"] == "lenet5.mnist"
    found = client.predict(drawing=drawings["3"], runtime="onnxruntime", api_name="/predict")
    assert (found["label"], found["runtime"]) == ("3", "onnxruntime")


def test_picture(client: Client) -> None:
    image = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(image).line([(60, 30), (60, 170)], fill=0, width=14)
    ImageDraw.Draw(image).ellipse([150, 30, 240, 170], outline=0, width=14)
    data = io.BytesIO()
    image.save(data, "PNG")
    url = "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
    assert client.predict({"picture": url}, api_name="/predict")["label"] == "10"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([], "", "", ""), "Nothing is drawn"),
        ((["strokes"], "", "", ""), "Stroke 0"),
        (([[[0, 0]]], "lenet6.mnist", "", ""), "Did you mean 'lenet5.mnist'"),
        (({"picture": "file:///etc/passwd"}, "", "", ""), "Nothing is fetched"),
    ],
)
def test_errors_say_what_to_do(client: Client, arguments: Any, text: str) -> None:
    with pytest.raises(AppError, match=text):
        client.predict(*arguments, api_name="/predict")


@pytest.mark.parametrize(
    ("drawing", "status"), [([[[500.125, 500.125]] * 60_000], 413), ({"path": "/etc/passwd"}, 400)]
)
def test_what_is_refused_unread_is_an_error_of_http(client: Client, drawing: Any, status: int) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        client.predict(drawing, api_name="/predict")
    assert refusal.value.response.status_code == status


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
        urllib.request.urlopen(request, timeout=20)
    assert refusal.value.code == 400
    assert b"may name a path" in refusal.value.read()


def test_no_other_endpoint_is_offered(client: Client) -> None:
    assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == ["/predict"]


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
            urllib.request.urlopen(request, timeout=20)
        assert refusal.value.code in (400, 403, 404, 405), (method, path)
        assert b"root:" not in refusal.value.read()


def test_headers_are_on_every_answer(demo_url: str) -> None:
    for path in ("", "config", "nothing-here"):
        try:
            headers = urllib.request.urlopen(demo_url + path, timeout=20).headers
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
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_mounts_in_an_application(host_app_url: str, drawings: dict[str, Any]) -> None:
    client = Client(host_app_url + "/digits", verbose=False, analytics_enabled=False)
    assert client.predict(drawings["4"], api_name="/predict")["label"] == "4"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(host_app_url + "/digits/gradio_api/file=/etc/passwd", timeout=20)
    assert refusal.value.code == 404
    body = json.dumps({"text": "x" * 2 * MAX_BODY_BYTES}).encode()  # the host's own business
    request = urllib.request.Request(host_app_url + "/own", body, {"content-type": "application/json"})
    assert int(urllib.request.urlopen(request, timeout=20).read()) > MAX_BODY_BYTES
    assert "content-security-policy" not in urllib.request.urlopen(request, timeout=20).headers
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
        headers = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).headers
        assert "frame-ancestors 'self' https://huggingface.co;" in headers["content-security-policy"] + ";"
    finally:
        process.kill()
        process.wait()
    assert (REPOSITORY / "demo" / "README.md").read_text(encoding="utf-8").startswith("---\ntitle: Digit Zoo\n")
