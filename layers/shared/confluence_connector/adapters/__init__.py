"""What the use-cases talk to: Atlassian, DynamoDB, Secrets Manager, S3, EventBridge."""
