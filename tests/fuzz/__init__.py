"""A mutating fuzzer over every parser of the package.

`mutations` changes good and bad examples, knowing their structure; `parsers` is the table of what
reads them, where the examples come from, and what an accepted one has to fulfil.
"""
