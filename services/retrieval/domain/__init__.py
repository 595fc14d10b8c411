# SPDX-License-Identifier: EUPL-1.2
"""What retrieval knows without asking anybody: guidelines and their validity, cutting text, ranking, answering.

Plain Python: no I/O, no framework, no clock.
"""
