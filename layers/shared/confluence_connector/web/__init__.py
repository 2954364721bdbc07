"""What the HTTP functions share: entry, sign-in, problem details, cursors."""
