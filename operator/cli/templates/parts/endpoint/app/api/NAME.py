"""{{ title }}."""

from fastapi import APIRouter{% if auth %}, Depends{% endif %}

from pydantic import BaseModel
{% if auth %}

from {{ package }}.auth.caller import user
{% endif %}

router = APIRouter(
    prefix="/api/{{ path }}",
    tags=["{{ path }}"],
{% if auth %}
    dependencies=[Depends(user)],
{% endif %}
)


class {{ class }}Out(BaseModel):
    """What is told of {{ words }}."""

    name: str


@router.get("")
async def tell() -> {{ class }}Out:
    """Tell of {{ words }}{% if auth %}, to whoever is logged in{% endif %}."""
    return {{ class }}Out(name="{{ path }}")
