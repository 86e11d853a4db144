"""The smallest app: it says hello."""

from fastapi import FastAPI

app = FastAPI(title="Hello")


@app.get("/")
async def hello() -> dict[str, str]:
    """Greet whoever asks."""
    return {"hello": "world"}
