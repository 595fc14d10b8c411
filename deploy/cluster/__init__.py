# SPDX-License-Identifier: EUPL-1.2
"""The platform as it runs in a cluster, on one machine: real servers, each role of each service its own process."""
