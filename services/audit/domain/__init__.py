# SPDX-License-Identifier: EUPL-1.2
"""What a log is: entries, the Merkle tree over them, its tiles, its checkpoints, and what a case's entries tell.

Plain Python: no I/O, no framework, no clock.
"""

from services.audit.domain.checkpoints import Checkpoint as Checkpoint
from services.audit.domain.checkpoints import KeyOutOfPlace as KeyOutOfPlace
from services.audit.domain.checkpoints import LogForked as LogForked
from services.audit.domain.checkpoints import LogWentBack as LogWentBack
from services.audit.domain.checkpoints import key_id as key_id
from services.audit.domain.checkpoints import verification_key as verification_key
from services.audit.domain.entries import LONGEST_NAME as LONGEST_NAME
from services.audit.domain.entries import Actor as Actor
from services.audit.domain.entries import Canonical as Canonical
from services.audit.domain.entries import Document as Document
from services.audit.domain.entries import Entry as Entry
from services.audit.domain.entries import Happening as Happening
from services.audit.domain.entries import Json as Json
from services.audit.domain.entries import timestamp as timestamp
from services.audit.domain.statement import Sentences as Sentences
from services.audit.domain.statement import Statement as Statement
from services.audit.domain.statement import statement_from as statement_from
from services.audit.domain.tiles import TILE_WIDTH as TILE_WIDTH
from services.audit.domain.tiles import Hashes as Hashes
from services.audit.domain.tiles import Tile as Tile
from services.audit.domain.tiles import filled_by_growth as filled_by_growth
from services.audit.domain.tiles import hash_from as hash_from
from services.audit.domain.tiles import perfect_root as perfect_root
from services.audit.domain.tiles import read_tile_name as read_tile_name
from services.audit.domain.tiles import root_of as root_of
from services.audit.domain.tiles import tile_name as tile_name
from services.audit.domain.tiles import tiles_under as tiles_under
from services.audit.domain.tree import HASH_BYTES as HASH_BYTES
from services.audit.domain.tree import Node as Node
from services.audit.domain.tree import Span as Span
from services.audit.domain.tree import Tree as Tree
from services.audit.domain.tree import consistency_spans as consistency_spans
from services.audit.domain.tree import inclusion_spans as inclusion_spans
from services.audit.domain.tree import proof as proof
