"""An app with TaskIQ, on a stream or a list: what it runs is written to the list `ran`, one JSON object each."""

import asyncio
import json
import os

from redis.asyncio import Redis
from taskiq_redis import ListQueueBroker, RedisStreamBroker

url = os.environ["REDIS_URL"]
queue = {"url": url, "queue_name": "taskiq:media"}
# what a worker has read but not begun when it ends would wait for another for ten minutes
broker = ListQueueBroker(**queue) if os.environ.get("TRANSPORT") == "List" else RedisStreamBroker(**queue, xread_count=1)


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


@broker.task(task_name="app:work")
async def work(name, seconds):
    async with Redis.from_url(url) as redis:
        await redis.hincrby("began", name, 1)
        await asyncio.sleep(seconds)
        await redis.hincrby("ended", name, 1)


async def send(name, seconds):
    await work.kiq(name, seconds)
