"""The shelf's documents, checked once."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class Card(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    board: str
    title: str
    state: str
    created: datetime
    updated: datetime
    due: date | None = None


class Move(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    at: datetime
    old: str
    new: str


class Log(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    moves: tuple[Move, ...]


class Board(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    name: str
