"""An edition beside a draft that amends it: pictures of both with what is added, removed or
altered, and the lab in which a draft is written.
"""
