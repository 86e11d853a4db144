"""Read what the `report` role wrote."""

from fastapi import APIRouter, Depends, HTTPException, status

from shop.api.schemas import ReportOut
from shop.api.session import Session
from shop.auth.caller import admin
from shop.models import Report
from shop.services import reports

router = APIRouter(prefix="/api/reports", tags=["reports"], dependencies=[Depends(admin)])


@router.get("/latest", response_model=ReportOut)
async def latest(session: Session) -> Report:
    """Show the newest report."""
    report = await reports.latest(session)
    if report is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No report was written yet.")
    return report
