"""Notes in an SQLite file, which lives as long as its volume."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import aiosqlite
from fastapi import Body, FastAPI

FILE = os.environ.get("NOTES_FILE", "notes.db")


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Make the table once."""
    async with aiosqlite.connect(FILE) as database:
        await database.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL)")
    yield


app = FastAPI(title="Notes", lifespan=lifespan)


@app.post("/notes", status_code=201)
async def add(text: Annotated[str, Body(embed=True, min_length=1, max_length=1000)]) -> None:
    """Write a note down."""
    async with aiosqlite.connect(FILE) as database:
        await database.execute("INSERT INTO notes VALUES (?)", [text])
        await database.commit()


@app.get("/notes")
async def notes() -> list[str]:
    """Read all notes, oldest first."""
    async with (
        aiosqlite.connect(FILE) as database,
        database.execute("SELECT text FROM notes ORDER BY rowid") as rows,
    ):
        return [text async for (text,) in rows]
