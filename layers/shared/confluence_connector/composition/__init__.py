"""Parts of the composition root, each for one family of use-cases; `runtime` makes one when first asked for it."""
