# SPDX-License-Identifier: EUPL-1.2
"""Every event of every service, in an append-only record that anyone can verify."""
