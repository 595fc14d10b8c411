# SPDX-License-Identifier: EUPL-1.2
"""What drafting does: one function for each thing somebody may ask of it, by the time of a case's life.

A use case is handed what it needs and never opens a transaction itself; the edge that calls it does.
"""
