"""What pictures are made of: figures with their words, tables, labels, and menus."""
