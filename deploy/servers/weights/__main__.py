# SPDX-License-Identifier: EUPL-1.2
"""`python -m deploy.servers.weights`: brings the speech weights into the cache, or says that they are there.

The cache is `$UNDERLAG_CACHE`, or `~/.cache/underlag`.
"""

from deploy.servers.weights.recipe import bring_weights
from kernel.files import cache_folder

bring_weights(cache_folder(), print)
