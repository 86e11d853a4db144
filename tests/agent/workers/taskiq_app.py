"""An app with TaskIQ, on a stream or a list: what it runs is written to the list `ran`, one JSON object each."""

import asyncio
import json
import os

from redis.asyncio import Redis
from taskiq_redis import ListQueueBroker, RedisStreamBroker

url = os.environ["REDIS_URL"]
kind = ListQueueBroker if os.environ.get("TRANSPORT") == "List" else RedisStreamBroker
broker = kind(url, queue_name="taskiq:media")


@broker.task(task_name="app:note")
async def note(*args, **kwargs):
    async with Redis.from_url(url) as redis:
        await redis.rpush("ran", json.dumps([args, kwargs]))


@broker.task(task_name="app:hold")
async def hold():
    """Runs until the key `go` is there."""
    async with Redis.from_url(url) as redis:
        await redis.incr("held")
        while not await redis.exists("go"):
            await asyncio.sleep(0.02)
        await redis.rpush("ran", json.dumps([["hold"], {}]))
