# SPDX-License-Identifier: EUPL-1.2
"""Digests over canonical JSON (RFC 8785), so that anybody can compute them again from what the API hands out."""

import hashlib
import hmac
from typing import Any, cast

import rfc8785


class CanonicalSeal:
    def digest(self, content: object) -> str:
        return hashlib.sha256(_canonical(content)).hexdigest()

    def keyed(self, key: bytes, content: object) -> str:
        return hmac.new(key, _canonical(content), hashlib.sha256).hexdigest()


def _canonical(content: object) -> bytes:
    return rfc8785.dumps(cast("Any", content))
