# SPDX-License-Identifier: EUPL-1.2
"""The roles a process may have. Each runs one part of one service, scaled and stopped on its own."""
