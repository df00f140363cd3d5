"""MOTChallenge: folders of sequences, whose boxes lie in a text file, a line a box, with frames and tracks."""
