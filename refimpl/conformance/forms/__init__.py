"""The forms in which a report is written for people and for other programs: JUnit XML, Markdown
and one HTML page.

A form is a text made of a report, and of the suite where it is the one that was asked.  What an
implementation says of itself or answers may be anything, so it is escaped wherever it is shown.
"""
