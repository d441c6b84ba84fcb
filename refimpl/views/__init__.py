"""Pictures and tables of the model, for notebooks and pages.

Each takes an `Edition`, so that an amendment is drawn like a published edition.  A figure is a
value: what is drawn (DOT), its title, and a text that tells the same in words.  Nothing here
decides anything; what a picture shows is read off an edition, a network, a story or `lab`.

* `kit`: what pictures are made of; `graphs` and `tables`: the edition
* `film`: a journey, step by step; `secure`: the secure exchange
* `markets`: roaming in numbers, as it grows, in outages, over a day
"""
