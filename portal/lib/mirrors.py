"""Where a guide speaks of a team's own figure: an invented example, and how to work out one's own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mirror:
    """One figure: its name, an invented example, and how a team works out its own."""

    title: str
    figure: str
    example: str
    own: str


MIRRORS = {
    "closure_rate": Mirror(
        "Finished on time",
        "9 of 12, 75%",
        "Twelve action items fell due between July and September. Nine were done by the date first promised, "
        "against a target of 85%. Two of the other three were waiting for another team.",
        "List what fell due last quarter, count what was done by its first date, not by a later one, and "
        "divide.",
    ),
    "overdue_age": Mirror(
        "How old is what is late",
        "3 late, the oldest 71 days",
        "Three action items are past their date: by 4, 19 and 71 days. The oldest has had three owners, and "
        "nobody has decided whether it is still worth doing.",
        "Sort the open items by their first date and begin with the oldest: do it, make it smaller, or "
        "drop it and say why.",
    ),
    "time_to_publish": Mirror(
        "From the incident to everybody's desk",
        "11 days, half of them sooner",
        "Seven post-mortems were published last quarter. Half were out within 11 days of the incident's end; "
        "the slowest took 34 and described an architecture that had changed meanwhile.",
        "Take the days from each incident's end to its publishing and look at the middle one, not "
        "the average.",
    ),
    "strength_mix": Mirror(
        "How strong the actions are",
        "2 strong, 5 medium, 9 weak",
        "Of sixteen action items, nine rely on someone remembering: a runbook line, a reminder, a training "
        "session. Five warn or slow down, two make the mistake impossible.",
        "Sort last quarter's items into weak, medium and strong, and ask of each weak one what would work "
        "while nobody is thinking of it.",
    ),
    "repeats": Mirror(
        "What came back",
        "2 of 9",
        "Two of nine incidents shared a factor and a service with an older one. In both, the action that "
        "would have helped stood open in the older post-mortem.",
        "For each new incident, look for one with the same service and factor, and see what became of its "
        "actions.",
    ),
    "factor_mix": Mirror(
        "Where the factors lie",
        "Process 11, technology 9, people 2, environment 1",
        "Nine post-mortems named 23 contributing factors. Two were about people's attention, and both had a "
        "confusing screen behind them.",
        "Count your factors by category over half a year. One category near zero says as much as one that "
        "leads.",
    ),
}
