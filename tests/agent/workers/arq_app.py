"""An app with arq's own defaults: what it runs is written to the list `ran`, one JSON object each.

Run by itself it is a worker that takes nothing while the key `halt` is there.
"""

import asyncio
import json
import os

from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, get_kwargs


async def note(ctx, *args, **kwargs):
    await ctx["redis"].rpush("ran", json.dumps([args, kwargs]))


async def hold(ctx):
    """Runs until the key `go` is there."""
    await ctx["redis"].incr("held")
    while not await ctx["redis"].exists("go"):
        await asyncio.sleep(0.02)
    await ctx["redis"].rpush("ran", json.dumps([["hold"], {}]))


async def work(ctx, name, seconds):
    await ctx["redis"].hincrby("began", name, 1)
    await asyncio.sleep(seconds)
    await ctx["redis"].hincrby("ended", name, 1)


class WorkerSettings:
    functions = [note, hold, work]
    queue_name = "arq:queue:" + os.environ.get("QUEUE", "media")
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    max_jobs = 2
    poll_delay = 0.1


async def send(name, seconds):
    async with await create_pool(WorkerSettings.redis_settings, default_queue_name=WorkerSettings.queue_name) as pool:
        await pool.enqueue_job("work", name, seconds)


class Pausable(Worker):
    async def start_jobs(self, job_ids):
        if not await self.pool.exists("halt"):
            await super().start_jobs(job_ids)


if __name__ == "__main__":
    Pausable(**get_kwargs(WorkerSettings)).run()
