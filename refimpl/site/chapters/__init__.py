"""The pages that are written from what the model knows, each as one text in Markdown.

A chapter gets the facts and gives a text; tables and the like stand in it as HTML.
"""
