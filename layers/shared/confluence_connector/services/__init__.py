"""The verbs: one use-case a file. They know ports and domain, never boto3, httpx or FastAPI."""
