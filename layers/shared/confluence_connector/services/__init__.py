"""The verbs: one use-case a file, a room for each subject; what several rooms need stands beside them. They know ports
and domain, never boto3, httpx or FastAPI."""
