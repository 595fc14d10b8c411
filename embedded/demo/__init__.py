# SPDX-License-Identifier: EUPL-1.2
"""The main job on a real recording, told on the terminal."""
