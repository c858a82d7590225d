"""What is measured of a batch in one pass, and the guards that hold it to bounds."""
