"""Second looks: a few copies, answered again by somebody who is not told what was answered before."""
