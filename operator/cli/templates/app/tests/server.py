"""A real server on a free port, in this process."""

import asyncio

import uvicorn


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.is_up.set()


async def serve(create_app) -> tuple[int, asyncio.Task]:
    """Start it; SIGTERM ends it."""
    server = Server(uvicorn.Config(create_app, factory=True, port=0, log_config=None))
    running = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.is_up.wait(), 5)
    return server.servers[0].sockets[0].getsockname()[1], running
