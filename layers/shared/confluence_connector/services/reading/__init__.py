"""Reading: documents, features and pages that a text names, live or from the ten-minute cache."""
