"""The way into an app from outside: `python door.py MODULE` sends its tasks over HTTP, and tells which began and ended."""

import asyncio
import importlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

send = importlib.import_module(sys.argv[1]).send
notes = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
# the clients of some libraries live as long as their loop
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


class Door(BaseHTTPRequestHandler):
    def do_GET(self):
        """How often each task began and ended, and for how long the pool is still paused."""
        self.answer(began=notes.hgetall("began"), ended=notes.hgetall("ended"), paused=notes.pttl("halt"))

    def do_PUT(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # who asks again gets no task twice
        for name in filter(lambda name: notes.sadd("sent", name), asked["names"]):
            asyncio.run_coroutine_threadsafe(send(name, asked["seconds"]), loop).result()
        self.answer(sent=len(asked["names"]))

    def answer(self, **told):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())


ThreadingHTTPServer(("", 8000), Door).serve_forever()
