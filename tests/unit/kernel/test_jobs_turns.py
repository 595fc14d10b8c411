# SPDX-License-Identifier: EUPL-1.2
"""The rule of fair shares, as arithmetic: whoever comes and goes, nobody waits for another's ten thousand jobs."""

from collections import Counter
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from kernel.identity import TenantId
from kernel.jobs.turns import Share, in_turn, served

NAMES = ("bergvik", "ekhamra", "vestby", "sjolunda")
TENANTS = st.sampled_from([TenantId(each) for each in NAMES])
WEIGHTS = st.fixed_dictionaries({TenantId(each): st.integers(1, 4).map(float) for each in NAMES})


class Queue:
    """A queue in memory: how many jobs each has waiting, and the shares as the claims leave them."""

    def __init__(self, weights: Mapping[TenantId, float]) -> None:
        self.weights = weights
        self.waiting: Counter[TenantId] = Counter()
        self.shares: dict[TenantId, Share] = {}

    def ask(self, tenant: TenantId, jobs: int) -> None:
        self.waiting[tenant] += jobs

    def claim(self) -> TenantId | None:
        now = max((each.last_turn for each in self.shares.values()), default=0.0)
        busy = [self.shares.get(each, Share(each)) for each, jobs in self.waiting.items() if jobs]
        if not busy:
            return None
        first = in_turn(busy, now)[0]
        self.shares[first.tenant_id] = served(first, self.weights[first.tenant_id])
        self.waiting[first.tenant_id] -= 1
        return first.tenant_id


# What happens in a queue: somebody asks for so many jobs, or, where nobody is named, a worker claims one.
HAPPENINGS = st.lists(st.tuples(st.none() | TENANTS, st.integers(1, 20)), max_size=60)


def after(happenings: list[tuple[TenantId | None, int]], weights: Mapping[TenantId, float]) -> Queue:
    queue = Queue(weights)
    for tenant, number in happenings:
        for _ in range(number if tenant is None else 0):
            queue.claim()
        if tenant is not None:
            queue.ask(tenant, number)
    return queue


@given(HAPPENINGS, WEIGHTS)
def test_two_that_both_have_work_get_by_their_weights(
    happenings: list[tuple[TenantId | None, int]], weights: dict[TenantId, float]
) -> None:
    """The bound of start-time fair queueing: over any time in which both wait, shares differ by one job of each."""
    queue = after(happenings, weights)
    first, second = TenantId("bergvik"), TenantId("vestby")
    queue.ask(first, 1000)
    queue.ask(second, 1000)

    got: Counter[TenantId | None] = Counter()
    for _ in range(100):
        got[queue.claim()] += 1
        difference = got[first] / weights[first] - got[second] / weights[second]
        assert abs(difference) <= 1 / weights[first] + 1 / weights[second] + 1e-9


@given(HAPPENINGS, WEIGHTS)
def test_who_comes_late_waits_for_one_round_of_the_others_at_most(
    happenings: list[tuple[TenantId | None, int]], weights: dict[TenantId, float]
) -> None:
    queue = after(happenings, weights)
    late = TenantId("sjolunda")
    queue.waiting[late] = 0
    queue.shares.pop(late, None)
    for each in queue.weights:
        if each != late:
            queue.ask(each, 10_000)

    queue.ask(late, 1)
    claims = [queue.claim() for _ in range(16)]

    # One claim for each of the three others, times a weight of four at most.
    assert late in claims[:13]


@given(TENANTS, st.integers(1, 50))
def test_who_was_idle_has_saved_nothing_up(idle: TenantId, jobs_of_others: int) -> None:
    queue = Queue(dict.fromkeys(map(TenantId, NAMES), 1.0))
    other = next(TenantId(each) for each in NAMES if each != idle)
    queue.ask(other, jobs_of_others + 100)
    for _ in range(jobs_of_others):
        queue.claim()

    queue.ask(idle, 100)
    claims = Counter(queue.claim() for _ in range(20))

    # Who comes new to a queue may be the first of a round.
    assert abs(claims[idle] - claims[other]) <= 2


@given(HAPPENINGS, WEIGHTS)
def test_no_worker_goes_away_empty_while_anything_waits(
    happenings: list[tuple[TenantId | None, int]], weights: dict[TenantId, float]
) -> None:
    queue = after(happenings, weights)
    left = queue.waiting.total()

    claims = [queue.claim() for _ in range(left + 1)]

    assert None not in claims[:left]
    assert claims[left] is None


def test_among_equals_who_was_served_longest_ago_comes_first() -> None:
    waiting = [Share(TenantId("ekhamra"), 3.0, 4.0), Share(TenantId("vestby"), 2.0, 3.0)]

    assert [each.tenant_id for each in in_turn(waiting, 4.0)] == ["vestby", "ekhamra"]
