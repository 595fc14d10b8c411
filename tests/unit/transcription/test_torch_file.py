# SPDX-License-Identifier: EUPL-1.2
"""Reading old torch files without torch: numbers come out, and nothing in the file is ever run."""

import io
import os
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from deploy.servers.weights.torch_file import MAGIC, PROTOCOL, TensorFileError, read_tensors


def plain(value: object) -> bytes:
    """A value's pickle without its first and last mark, to be put inside another."""
    return pickle.dumps(value, protocol=2)[2:-1]


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def together(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + together(*arguments) + b"R"


def by_name(**values: bytes) -> bytes:
    return b"}" + b"".join(plain(name) + value + b"s" for name, value in values.items())


def a_storage(element: str = "FloatStorage") -> bytes:
    """How torch refers to the numbers at the end of the file."""
    return together(plain("storage"), named("torch", element), *map(plain, ["7", "cpu", 6, None])) + b"Q"


def a_tensor(strides: tuple[int, ...] = (3, 1)) -> bytes:
    rest = map(plain, [0, (2, 3), strides, False, OrderedDict()])
    return call(named("torch._utils", "_rebuild_tensor_v2"), a_storage(), *rest)


def a_file(content: bytes, *, magic: int = MAGIC, little_endian: bool = True, numbers: int = 6) -> io.BytesIO:
    parts = [
        plain(magic),
        plain(PROTOCOL),
        plain({"little_endian": little_endian}),
        by_name(model_state=content),
        plain(["7"]),
    ]
    pickles = b"".join(b"\x80\x02" + part + b"." for part in parts)
    return io.BytesIO(pickles + struct.pack("<q", 6) + np.arange(numbers, dtype="<f4").tobytes())


def test_the_numbers_come_out_in_their_shape() -> None:
    found = read_tensors(a_file(by_name(weight=a_tensor(), step=plain(3))), "model_state")

    assert list(found) == ["weight"]
    assert found["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "eval"), ("torch", "load")])
def test_a_file_that_names_another_function_is_refused_and_nothing_runs(module: str, name: str) -> None:
    marker = f"UNDERLAG_{name.upper()}_RAN"
    command = f"__import__('os').environ.__setitem__('{marker}', '1')"
    file = a_file(call(named(module, name), plain(command)))

    with pytest.raises(TensorFileError, match=name):
        read_tensors(file, "model_state")

    assert marker not in os.environ


@pytest.mark.parametrize(
    "file",
    [
        a_file(by_name(), magic=1),
        a_file(by_name(), little_endian=False),
        a_file(by_name(weight=a_tensor()), numbers=5),
        a_file(by_name(weight=a_tensor(strides=(1, 2)))),
        a_file(by_name(weight=a_storage("IntStorage"))),
    ],
    ids=["another format", "another machine", "cut off", "not contiguous", "other numbers"],
)
def test_anything_unexpected_is_refused(file: io.BytesIO) -> None:
    with pytest.raises(TensorFileError):
        read_tensors(file, "model_state")
