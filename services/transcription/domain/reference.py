# SPDX-License-Identifier: EUPL-1.2
"""The caller's own word for a case, and what of it may leave the service."""

from uuid import UUID

from kernel.masking import holds_identity_number

LONGEST_REFERENCE = 100


def is_reference(text: str) -> bool:
    """Whether the text may stand as a case's reference: short, and never a person's identity number."""
    return len(text) <= LONGEST_REFERENCE and not holds_identity_number(text)


def case_id_of(case_reference: str) -> str:
    """The platform's own case id when the reference is one. A foreign reference never leaves the service."""
    try:
        return str(UUID(case_reference))
    except ValueError:
        return ""
