# SPDX-License-Identifier: EUPL-1.2
"""The caller's own word for a case, and what of it may leave the service."""

import re
from uuid import UUID

LONGEST_REFERENCE = 100
# Six or eight digits, a mark, four or five digits: how Nordic identity numbers look, right checksum or not.
_IDENTITY_NUMBER = re.compile(r"(?<!\d)(?:\d{6}|\d{8})[-+ ]?\d{4,5}(?!\d)")


def is_reference(text: str) -> bool:
    """Whether the text may stand as a case's reference: short, and never a person's identity number."""
    is_own_id = bool(case_id_of(text))
    return is_own_id or (len(text) <= LONGEST_REFERENCE and not _IDENTITY_NUMBER.search(text))


def case_id_of(case_reference: str) -> str:
    """The platform's own case id when the reference is one. A foreign reference never leaves the service."""
    try:
        return str(UUID(case_reference))
    except ValueError:
        return ""
