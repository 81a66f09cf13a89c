"""Work without a request: schedules, queues, workers."""
