"""New people are written by a small process beside the loop: what is handed over, who hands it, and its program."""
