# SPDX-License-Identifier: EUPL-1.2
"""Reads the tensors out of a file written by `torch.save` before version 1.6, without torch.

A pickle can name any function to be called. The reader here knows three names and refuses every other, so that a
file with something else in it is an error and never runs.
"""

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, BinaryIO, NoReturn

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class TensorFileError(ValueError):
    """The file is not what it should be; nothing of it was used."""


@dataclass(frozen=True)
class Storage:
    """Where a tensor's numbers lie: a key that the end of the file explains."""

    key: str
    length: int


@dataclass(frozen=True)
class Tensor:
    """A view on a storage. Only the plain, contiguous kind is understood."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(file: BinaryIO, section: str) -> dict[str, NDArray[np.float32]]:
    """The tensors under `section` of the saved dictionary. Raises `TensorFileError` for anything unexpected."""
    if (_load(file), _load(file)) != (MAGIC, PROTOCOL):
        raise TensorFileError("not the format that torch wrote before 1.6")
    if not _load(file).get("little_endian"):
        raise TensorFileError("only little-endian files are read")
    content, keys = _load(file), _load(file)
    numbers = {key: _numbers(file) for key in keys}
    tensors = {name: each for name, each in content[section].items() if isinstance(each, Tensor)}
    return {name: _array(each, numbers) for name, each in tensors.items()}


def _numbers(file: BinaryIO) -> NDArray[np.float32]:
    (length,) = struct.unpack("<q", file.read(8))
    raw = file.read(4 * length)
    if len(raw) != 4 * length:
        raise TensorFileError("the file ends too early")
    return np.frombuffer(raw, "<f4")


def _array(tensor: Tensor, numbers: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    size = 1
    expected: list[int] = []
    for width in reversed(tensor.shape):
        expected.insert(0, size)
        size *= width
    if tuple(expected) != tensor.strides:
        raise TensorFileError("a tensor is not contiguous")
    flat = numbers[tensor.storage.key][tensor.offset : tensor.offset + size]
    return flat.reshape(tensor.shape).copy()


def _load(file: BinaryIO) -> Any:
    return _Reader(file).load()


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuilt,
            ("torch", "FloatStorage"): "FloatStorage",
        }
        if (module, name) not in known:
            raise TensorFileError(f"the file names {module}.{name}, which is not read")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Storage:
        kind, element, key, _location, length, view = pid
        if kind != "storage" or element != "FloatStorage" or view is not None:
            _refuse_storage()
        return Storage(str(key), int(length))


def _refuse_storage() -> NoReturn:
    raise TensorFileError("a storage is not of plain 32-bit numbers")


def _rebuilt(storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> Tensor:
    return Tensor(storage, offset, tuple(shape), tuple(strides))
