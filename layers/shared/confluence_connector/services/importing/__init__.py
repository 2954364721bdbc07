"""Finding pages, importing them one by one or many at once, and the features that they become."""
