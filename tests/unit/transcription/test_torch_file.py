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


class Named:
    """Pickles as a call of any function, by name, the way torch's own tensors do."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self.module, self.name, self.arguments = module, name, arguments


class Writer(pickle._Pickler):  # the one in Python, whose opcodes can be written one by one
    """Writes what torch wrote: names as globals, storages as persistent ids."""

    def save(self, obj: object, save_persistent_id: bool = True) -> None:  # noqa: FBT002 — as inherited
        if isinstance(obj, Named):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
            if obj.arguments:
                super().save(obj.arguments)
                self.write(pickle.REDUCE)
            return
        if isinstance(obj, tuple) and obj[:1] == ("storage",):
            super().save(obj, save_persistent_id=False)
            self.write(pickle.BINPERSID)
            return
        super().save(obj, save_persistent_id)


def a_storage(element: str = "FloatStorage") -> tuple[object, ...]:
    return ("storage", Named("torch", element), "7", "cpu", 6, None)


def a_tensor(strides: tuple[int, ...] = (3, 1)) -> Named:
    return Named("torch._utils", "_rebuild_tensor_v2", a_storage(), 0, (2, 3), strides, False, OrderedDict())


def a_file(content: object, *, magic: int = MAGIC, little_endian: bool = True, numbers: int = 6) -> io.BytesIO:
    file = io.BytesIO()
    for part in (magic, PROTOCOL, {"little_endian": little_endian}, {"model_state": content}, ["7"]):
        Writer(file, protocol=2).dump(part)
    file.write(struct.pack("<q", 6) + np.arange(numbers, dtype="<f4").tobytes())
    file.seek(0)
    return file


def test_the_numbers_come_out_in_their_shape() -> None:
    found = read_tensors(a_file({"weight": a_tensor(), "step": 3}), "model_state")

    assert list(found) == ["weight"]
    assert found["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "eval"), ("torch", "load")])
def test_a_file_that_names_another_function_is_refused_and_nothing_runs(module: str, name: str) -> None:
    marker = f"UNDERLAG_{name.upper()}_RAN"
    file = a_file(Named(module, name, f"__import__('os').environ.__setitem__('{marker}', '1')"))

    with pytest.raises(TensorFileError, match=name):
        read_tensors(file, "model_state")

    assert marker not in os.environ


@pytest.mark.parametrize(
    "file",
    [
        a_file({}, magic=1),
        a_file({}, little_endian=False),
        a_file({"weight": a_tensor()}, numbers=5),
        a_file({"weight": a_tensor(strides=(1, 2))}),
        a_file({"weight": a_storage("IntStorage")}),
    ],
    ids=["another format", "another machine", "cut off", "not contiguous", "other numbers"],
)
def test_anything_unexpected_is_refused(file: io.BytesIO) -> None:
    with pytest.raises(TensorFileError):
        read_tensors(file, "model_state")
