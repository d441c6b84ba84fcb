"""What the pages of the site need so that a picture of a notebook lives without a kernel: all
that its menus and steps can show, prepared once.
"""
