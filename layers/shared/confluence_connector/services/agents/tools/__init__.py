"""What an agent can do with Confluence as one tool each: arguments in, a result that a model understands out.

Every request goes through `CallConfluence`; a tool is no right of its own.
"""
