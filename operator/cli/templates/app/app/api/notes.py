{% if database %}
"""Notes{% if auth %} of whoever is logged in{% endif %}."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, {% if auth %}Depends, {% endif %}HTTPException, Query, status
from prometheus_client import Counter

from app import database
from app.api.schemas import NoteIn, NoteOut
from app.api.session import Session
{% if auth %}
from app.auth.caller import user
{% endif %}
from app.models import Note
from app.services import notes
from app.settings import settings
{% if workers %}
from app.workers.broker import QueueAwayError, send
from app.workers.default.count_words import count_words
{% endif %}

router = APIRouter(prefix="/api/notes", tags=["notes"])
{% if auth %}
Owner = Annotated[UUID, Depends(user)]
{% endif %}
WRITTEN = Counter("notes_written_total", "Notes written.")
log = structlog.get_logger("app.api.notes")


@router.post("", status_code=status.HTTP_201_CREATED, response_model=NoteOut)
async def write(body: NoteIn{% if auth %}, owner: Owner{% endif %}) -> Note:
{% if workers %}
    """Keep the note, then have its words counted: a worker finds only what is kept."""
{% else %}
    """Keep the note."""
{% endif %}
    async with database.transaction() as session:
        note = await notes.write(session, body.text{% if auth %}, owner{% endif %})
{% if workers %}
    try:
        await send(count_words, str(note.id))
    except QueueAwayError as error:
        # the note is there, and that is what was asked for
        log.error("words_not_counted", note=str(note.id), reason=str(error))
{% endif %}
    WRITTEN.inc()
    log.info("note_written", note=str(note.id))
    return note


@router.get("", response_model=list[NoteOut])
async def latest(
    session: Session,
{% if auth %}
    owner: Owner,
{% endif %}
    limit: Annotated[int | None, Query(ge=1, le=200)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Sequence[Note]:
    """List the newest notes, PAGE_SIZE of them unless told."""
    return await notes.latest(session, {% if auth %}owner, {% endif %}limit or settings().page_size, offset)


@router.get("/{note_id}", response_model=NoteOut)
async def one(note_id: UUID, session: Session{% if auth %}, owner: Owner{% endif %}) -> Note:
    """Show one note{% if auth %}; somebody else's is not there{% endif %}."""
    note = await notes.find(session, note_id{% if auth %}, owner{% endif %})
    if note is None:
        raise _unknown(note_id)
    return note


@router.delete("/{note_id}", status_code=status.HTTP_204_NO_CONTENT)
async def forget(note_id: UUID, session: Session{% if auth %}, owner: Owner{% endif %}) -> None:
    """Forget one note."""
    if not await notes.forget(session, note_id{% if auth %}, owner{% endif %}):
        raise _unknown(note_id)


def _unknown(note_id: UUID) -> HTTPException:
    return HTTPException(status.HTTP_404_NOT_FOUND, f"There is no note {note_id}.")
{% endif %}
