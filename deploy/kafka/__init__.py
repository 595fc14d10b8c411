# SPDX-License-Identifier: EUPL-1.2
"""What an operator does with the event path: `python -m deploy.kafka`."""
