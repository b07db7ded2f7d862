"""The networks in torch, small parts first, and their losses."""
