# SPDX-License-Identifier: EUPL-1.2
"""The five services. None imports another."""
