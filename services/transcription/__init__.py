# SPDX-License-Identifier: EUPL-1.2
"""Transcription: a recording becomes a transcript, which a caseworker corrects and approves. Begin in `service.py`."""
