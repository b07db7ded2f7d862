"""From here to somebody's editor: layered files, tables of color, recipes, cues."""
