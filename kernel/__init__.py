# SPDX-License-Identifier: EUPL-1.2
"""What every service does the same way. Knows no service and no event of theirs."""
