"""The demo for programs: gradio_client."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from demo_process import PATIENCE_S, documented
from PIL import Image, ImageDraw

pytest.importorskip("gradio")

import httpx
from gradio_client import Client
from gradio_client.exceptions import AppError

LENET = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


@pytest.fixture(scope="module")
def client(demo_url: str) -> Client:
    return Client(demo_url, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": PATIENCE_S})


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


def test_no_other_endpoint_is_offered(client: Client) -> None:
    assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == ["/predict"]
