# SPDX-License-Identifier: EUPL-1.2
"""Events over Kafka: from the outbox to a topic, and from a topic to the inbox. Only `client.py` imports the client."""
