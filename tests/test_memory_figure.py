"""Memory as figures: what their sentences say."""

from datetime import date

import pytest

from nnstudy.insight.insight import Forecast
from nnstudy.insight.memory_figure import COSTS, year_ahead
from nnstudy.memory.forecast import YEAR, Future, best

DAYS = YEAR


def costing(costs: dict[float, float]) -> Forecast:
    """A forecast in which a known card costs so many seconds at each retention."""
    futures = [Future(at, (1.0,) * DAYS, (cost,) * DAYS, known=float(DAYS)) for at, cost in costs.items()]
    return Forecast(date(2026, 3, 2), (1,) * DAYS, 0.9, tuple(futures), best(futures))


@pytest.mark.parametrize(
    ("costs", "edge"),
    [
        ({0.7: 3.0, 0.8: 4.0, 0.9: 5.0}, "lowest"),
        ({0.7: 4.0, 0.8: 3.0, 0.9: 5.0}, ""),
        ({0.7: 4.0, 0.8: 3.0, 0.9: 2.0}, "highest"),
        ({0.9: 2.0}, ""),
    ],
)
def test_an_optimum_at_an_end_of_what_was_simulated_is_called_so(costs, edge):
    found = costing(costs)
    assert found.edge == edge
    table, *panels = year_ahead(found)
    assert table.title == COSTS
    assert all((f"It is the {edge} one tried" in page.advice) == bool(edge) for page in (table, *panels))
    assert sum("◂" in line for line in table.lines) == len({found.best.retention, 0.9})
