"""Settings of all tests: how many random examples each takes (`ONDINE_EXAMPLES`), and which are the same everywhere."""

import os

import hypothesis

hypothesis.settings.register_profile(
    "ondine",
    max_examples=int(os.environ.get("ONDINE_EXAMPLES", "25")),
    deadline=None,
    derandomize="ONDINE_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.load_profile("ondine")
