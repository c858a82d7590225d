"""What ``import outcross`` offers; import it from there, since these modules may move."""
