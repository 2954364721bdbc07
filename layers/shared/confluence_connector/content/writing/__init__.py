"""Markdown to storage format for writes, and changes to one section of a page that leave the rest byte for byte."""
