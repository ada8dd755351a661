"""The closed lists of words of surveys: how far one is, and how a question is answered. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class SurveyStatus(Labelled):
    """How far a survey is. Only an open one takes answers; a closed one never opens again."""

    DRAFT = "draft", N_("Not open yet")
    OPEN = "open", N_("Open for answers")
    CLOSED = "closed", N_("Closed")


class AnswerKind(Labelled):
    """How a question is answered."""

    CHOICE = "choice", N_("Choose one answer")
    CHOICES = "choices", N_("Choose several answers")
    SCALE = "scale", N_("Scale from 1 to 5")
    MARK = "mark", N_("Mark from 1 to 10")
    OPEN = "open", N_("In own words")
