"""Space sync: the engine of runs, the stages they consist of, and the corpus."""
