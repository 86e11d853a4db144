"""An app with arq's own defaults: what it runs is written to the list `ran`, one JSON object each."""

import asyncio
import json
import os

from arq.connections import RedisSettings


async def note(ctx, *args, **kwargs):
    await ctx["redis"].rpush("ran", json.dumps([args, kwargs]))


async def hold(ctx):
    """Runs until the key `go` is there."""
    await ctx["redis"].incr("held")
    while not await ctx["redis"].exists("go"):
        await asyncio.sleep(0.02)
    await ctx["redis"].rpush("ran", json.dumps([["hold"], {}]))


class WorkerSettings:
    functions = [note, hold]
    queue_name = "arq:queue:media"
    redis_settings = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    max_jobs = 2
    poll_delay = 0.1
