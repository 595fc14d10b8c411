# SPDX-License-Identifier: EUPL-1.2
"""What a case text is and which rules hold. Plain Python: no I/O, no framework, no clock."""
