"""Three apps of one file each."""
