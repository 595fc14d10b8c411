# SPDX-License-Identifier: EUPL-1.2
"""HTTP the way every service does it."""

from kernel.web.access import Access, AccessLog, access_log, allow, current_actor, service_tools
from kernel.web.app import NO_TELEMETRY, REFUSALS, http_error, invalid_request, refused, web_app
from kernel.web.bodies import Body, Line, Plain, QueryText, Reference, ResourceId
from kernel.web.idempotency import Once, Repeatable, forget_answers, repeatable
from kernel.web.listings import Listing, PageRequest, Paging, page, paging
from kernel.web.preconditions import IfMatch, Match, etag, if_match

__all__ = [
    "NO_TELEMETRY",
    "REFUSALS",
    "Access",
    "AccessLog",
    "Body",
    "IfMatch",
    "Line",
    "Listing",
    "Match",
    "Once",
    "PageRequest",
    "Paging",
    "Plain",
    "QueryText",
    "Reference",
    "Repeatable",
    "ResourceId",
    "access_log",
    "allow",
    "current_actor",
    "etag",
    "forget_answers",
    "http_error",
    "if_match",
    "invalid_request",
    "page",
    "paging",
    "refused",
    "repeatable",
    "service_tools",
    "web_app",
]
