"""``zoo demo`` as a process: its address, its errors, its end."""

from __future__ import annotations

import shutil
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from demo_process import PATIENCE_S, served_demo
from helpers import assert_one_message, change_manifest, run_zoo, tree, wait_for, without_packages


def test_taken_port(demo_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_zoo("demo", "--port", str(port), ZOO_HOME=str(demo_home))
    assert_one_message(result, f"Port {port} on 127.0.0.1 is taken", "zoo demo --port 0")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7", "x" * 300])
def test_host_that_is_not_ours(demo_home: Path, host: str) -> None:
    result = run_zoo("demo", "--host", host, "--port", "0", ZOO_HOME=str(demo_home))
    assert_one_message(result, host, "127.0.0.1")


def test_port_that_is_none(demo_home: Path) -> None:
    result = run_zoo("demo", "--port", "70000", ZOO_HOME=str(demo_home))
    assert result.returncode == 2
    assert "0<=x<=65535" in result.stderr


def test_unknown_model(demo_home: Path) -> None:
    result = run_zoo("demo", "--model", "lenet5.mnits", ZOO_HOME=str(demo_home))
    assert_one_message(result, "Did you mean 'lenet5.mnist'")


def test_model_that_takes_no_drawings(demo_home: Path, lenet_copy: Path) -> None:
    change_manifest(lenet_copy, lambda manifest: manifest["preprocessing"].update(canvas=None))
    result = run_zoo("demo", "--model", lenet_copy, ZOO_HOME=str(demo_home))
    assert_one_message(result, "cannot be drawn at", "lenet5.mnist")


def test_missing_gradio(demo_home: Path, tmp_path: Path) -> None:
    hidden = without_packages(tmp_path / "site", "gradio")
    result = run_zoo("demo", "--port", "0", ZOO_HOME=str(demo_home), PYTHONPATH=hidden)
    assert_one_message(result, "pip install 'digit-zoo[demo]'")


@pytest.mark.slow
def test_control_c_ends_it_cleanly_while_a_page_is_open(demo_home: Path, tmp_path: Path) -> None:
    pytest.importorskip("gradio")
    log = tmp_path / "log"
    with served_demo(log, ZOO_HOME=str(demo_home)) as (url, process):
        assert urllib.request.urlopen(url, timeout=60).status == 200
        with urllib.request.urlopen(f"{url}gradio_api/heartbeat/somebody", timeout=60):  # never ends by itself
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=15) == 0
    assert log.read_text().endswith("The demo has ended.\n")
    assert "Traceback" not in log.read_text()
    assert "Error" not in log.read_text()


@pytest.mark.slow
def test_control_c_takes_the_making_of_a_file_along(demo_home: Path, tmp_path: Path) -> None:
    gradio_client = pytest.importorskip("gradio_client")
    psutil = pytest.importorskip("psutil")
    bare = Path(shutil.copytree(demo_home / "packs" / "lenet5.bare", tmp_path / "home" / "packs" / "lenet5.bare"))
    before = tree(bare)
    with served_demo(tmp_path / "log", ZOO_HOME=str(tmp_path / "home")) as (url, process):
        patience = {"timeout": PATIENCE_S}
        client = gradio_client.Client(url, verbose=False, analytics_enabled=False, httpx_kwargs=patience)
        with pytest.raises(gradio_client.exceptions.AppError, match="Making the file"):
            client.predict([[[1, 1], [1, 9]]], "lenet5.bare", "tensorflow", api_name="/predict")
        client.close()
        demo = psutil.Process(process.pid)
        wait_for(demo.children, process)  # it begins a moment after it is said
        (export,) = demo.children()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=15) == 0
        export.wait(timeout=60)
    assert tree(bare) == before
    assert [path.name for path in bare.parent.iterdir()] == ["lenet5.bare"]
