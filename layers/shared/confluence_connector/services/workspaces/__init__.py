"""What is done with a whole workspace: exported as one archive, or erased."""
