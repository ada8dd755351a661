"""Sets how hypothesis tries its examples: the same ones for everybody, whatever the machine does.

`HYPOTHESIS_PROFILE=search` looks for new examples instead, many of them.
"""

import os

from hypothesis import HealthCheck, settings

# On a busy machine examples take long to make, which says nothing about them.
SLOW = [HealthCheck.too_slow]
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("search", deadline=None, max_examples=3_000, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
