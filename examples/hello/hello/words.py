"""An API that hands words to a worker, which counts their letters; both share Redis."""

import asyncio
import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
LENGTHS = "words:lengths"
RUNS = "words:runs"
SECONDS = float(os.environ.get("SECONDS_PER_WORD", "0"))

broker = RedisBroker(url=URL)
broker.add_middleware(AsyncIO())
dramatiq.set_broker(broker)
app = FastAPI(title="Words")


@dramatiq.actor(queue_name="words")
async def count(word: str) -> None:
    """The worker's part."""
    async with Redis.from_url(URL) as redis:
        await redis.hincrby(RUNS, word, 1)
        await asyncio.sleep(SECONDS)
        await redis.hset(LENGTHS, word, len(word))


@app.put("/words/{word}", status_code=202)
async def hand_over(word: str) -> None:
    """Have a word counted, some time soon."""
    await asyncio.to_thread(count.send, word)


@app.get("/words/{word}")
async def length(word: str) -> int:
    """Tell how long a counted word is."""
    async with Redis.from_url(URL) as redis:
        found = await redis.hget(LENGTHS, word)
    if found is None:
        raise HTTPException(404, f"{word!r} is not counted yet.")
    return int(found)


@app.get("/runs")
async def runs() -> dict[str, int]:
    """Tell how often counting each word was begun: a queue promises once at least."""
    async with Redis.from_url(URL) as redis:
        return {word.decode(): int(times) for word, times in (await redis.hgetall(RUNS)).items()}
