{% if database %}
"""Notes."""

from collections.abc import Sequence
{% if scheduler %}
from datetime import timedelta
{% endif %}
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Note
{% if scheduler %}
from app.models.base import now
{% endif %}


async def write(session: AsyncSession, text: str{% if auth %}, owner: UUID{% endif %}) -> Note:
    """Keep a note."""
    note = Note(text=text{% if auth %}, user_id=owner{% endif %})
    session.add(note)
    await session.flush()
    return note


async def latest(session: AsyncSession, {% if auth %}owner: UUID, {% endif %}limit: int, offset: int) -> Sequence[Note]:
    """List the newest first."""
    newest = select(Note){% if auth %}.where(Note.user_id == owner){% endif %}.order_by(Note.created_at.desc(), Note.id)
    return (await session.scalars(newest.limit(limit).offset(offset))).all()


async def find(session: AsyncSession, note_id: UUID{% if auth %}, owner: UUID{% endif %}) -> Note | None:
    """Look one up."""
{% if auth %}
    return await session.scalar(select(Note).where(Note.id == note_id, Note.user_id == owner))
{% else %}
    return await session.get(Note, note_id)
{% endif %}


async def forget(session: AsyncSession, note_id: UUID{% if auth %}, owner: UUID{% endif %}) -> bool:
    """Delete one; say whether it was there."""
    mine = delete(Note).where(Note.id == note_id{% if auth %}, Note.user_id == owner{% endif %})
    gone = await session.scalars(mine.returning(Note.id))
    return gone.one_or_none() is not None
{% if scheduler %}


async def forget_old(session: AsyncSession, days: int) -> int:
    """Delete what was written more than so many days ago; say how many."""
    old = delete(Note).where(Note.created_at < now() - timedelta(days=days))
    return len((await session.scalars(old.returning(Note.id))).all())
{% endif %}
{% if workers %}


async def count_words(session: AsyncSession, note_id: UUID) -> int | None:
    """Count the words of a note, if it is still there."""
    note = await session.get(Note, note_id)
    if note is None:
        return None
    note.words = len(note.text.split())
    return note.words
{% endif %}
{% endif %}
