# SPDX-License-Identifier: EUPL-1.2
"""What is counted, what is forecast and what may be shown. Plain Python and numpy: no I/O, no clock, no chance."""
