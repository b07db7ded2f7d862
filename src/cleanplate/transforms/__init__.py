"""Color changes over a frame: found from a small picture, applied to a large one."""
