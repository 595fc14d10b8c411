# SPDX-License-Identifier: EUPL-1.2
"""All five services in one process: the demo, the tests, the smallest municipality."""
