"""The colours and markers of figures."""

# Okabe and Ito 2008, told apart by colour-blind readers.
ORANGE, BLUE = "#E69F00", "#0072B2"
MARKERS = "osD^vPX"
COLOURS = (ORANGE, BLUE, "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
