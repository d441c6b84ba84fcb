"""How the properties are searched: the same examples every time where `CI=true`, new and more of them on a desk."""

import os

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, database=None, max_examples=60)
settings.register_profile("desk", deadline=None, database=None, max_examples=120)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")
