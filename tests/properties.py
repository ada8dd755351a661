"""Sets how hypothesis tries its examples: the same ones for everybody, whatever the machine does.

`HYPOTHESIS_PROFILE=search` looks for new examples instead, many of them.
"""

import os

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=3_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
