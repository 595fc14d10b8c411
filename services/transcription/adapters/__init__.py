# SPDX-License-Identifier: EUPL-1.2
"""One file for each outside thing: sound files, the speech model, voices, the folder of recordings, the seal."""
