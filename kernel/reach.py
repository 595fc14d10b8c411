# SPDX-License-Identifier: EUPL-1.2
"""Whether a server is there, asked for `/readyz`: without the patience that work gets, and without a secret."""

import socket
from urllib.parse import urlsplit

ANSWER_SECONDS = 1.0
PORTS = {"http": 80, "https": 443}


def somebody_listens(url: str) -> bool:
    """True also for an address that names no port to knock at, such as a file's."""
    address = urlsplit(url)
    port = address.port or PORTS.get(address.scheme)
    if not address.hostname or port is None:
        return True
    try:
        socket.create_connection((address.hostname, port), timeout=ANSWER_SECONDS).close()
    except OSError:
        return False
    return True
