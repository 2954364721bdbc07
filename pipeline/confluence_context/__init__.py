"""`confluence-context`: a pull request's body in, one file with the Confluence pages that it names out."""
