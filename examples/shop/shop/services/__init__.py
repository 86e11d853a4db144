"""What the shop does, independent of who asks: the API, a worker, or the scheduler."""
