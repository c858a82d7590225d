"""The measures of a batch, computed in one pass, and the guards that compare them with bounds."""
