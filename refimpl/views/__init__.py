"""Pictures of the model: tables as graphs, journeys as steppers, figures for notebooks.

A figure is a value: what is drawn (DOT), its title, and a text that tells the same to whoever
cannot see it.  Nothing here decides anything; whatever a picture shows is read off an edition,
a network or a journey.
"""
