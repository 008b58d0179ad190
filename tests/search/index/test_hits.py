"""The order and the number of the values of a facet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aep_search.index.hits import facet_counts
from aep_search.index.port import MOST_FACET_VALUES, FacetCount


def test_the_most_frequent_value_comes_first_and_equals_by_name() -> None:
    assert facet_counts([("b", 1), ("c", 2), ("a", 1)]) == (
        FacetCount("c", 2),
        FacetCount("a", 1),
        FacetCount("b", 1),
    )


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 5), max_size=20))
def test_the_order_does_not_depend_on_the_engine(buckets: dict[str, int]) -> None:
    assert facet_counts(list(buckets.items())) == facet_counts(sorted(buckets.items(), reverse=True))


def test_a_facet_lists_only_so_many_values() -> None:
    buckets = [(f"{number:05}", 1) for number in range(MOST_FACET_VALUES + 5)]
    assert [found.value for found in facet_counts(buckets)] == [value for value, _ in buckets[:MOST_FACET_VALUES]]
