"""An app with dramatiq's own defaults: what it runs is written to the list `ran`, one JSON object each."""

import json
import os
import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker

url = os.environ["REDIS_URL"]
broker = RedisBroker(url=url)
dramatiq.set_broker(broker)
notes = redis.Redis.from_url(url)


@dramatiq.actor(queue_name="media")
def note(*args, **kwargs):
    notes.rpush("ran", json.dumps([args, kwargs]))


@dramatiq.actor(queue_name="media")
def hold():
    """Runs until the key `go` is there."""
    notes.incr("held")
    while not notes.exists("go"):
        time.sleep(0.02)
    notes.rpush("ran", json.dumps([["hold"], {}]))


@dramatiq.actor(queue_name="media", max_retries=0)
def fail(*args):
    if not notes.exists("mended"):
        raise RuntimeError("not mended")
    notes.rpush("ran", json.dumps([args, {}]))


@dramatiq.actor(queue_name="media", max_retries=3, min_backoff=3_600_000, max_backoff=7_200_000)
def retry():
    raise RuntimeError("later")


@dramatiq.actor(queue_name="media")
def work(name, seconds):
    notes.hincrby("began", name, 1)
    time.sleep(seconds)
    notes.hincrby("ended", name, 1)


async def send(name, seconds):
    work.send(name, seconds)
