"""A filmed take, frame by frame: the person tracked, steadied, cut out and composed. Nothing here reads or writes files."""
