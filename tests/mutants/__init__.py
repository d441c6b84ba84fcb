"""The catalogue of mutants: a file for each family of vectors, of bugs that an implementer may
write who misreads one rule.

`iec63119 vectors kills` tries them.
"""
