# SPDX-License-Identifier: EUPL-1.2
"""Whether somebody listens at an address."""

import socket

import pytest

from kernel.reach import somebody_listens


def test_a_server_that_listens_is_there_and_one_that_ended_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/some/path"
        assert somebody_listens(url)

    assert not somebody_listens(url)


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/mlflow.db", "file:///tmp/models", "databricks://profile"])
def test_what_is_no_server_is_always_there(url: str) -> None:
    assert somebody_listens(url)
