"""Charts as SVG, drawn on the server: what is to be seen, and the one program that draws it."""
