"""The networks: the graphs that are shipped, what they run on, and what may stand in their place."""
