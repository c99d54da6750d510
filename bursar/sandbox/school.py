"""A small school to try everything on: two course tracks, fee-paying students, their invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.documents.freezing import invoice_snapshot
from bursar.ids import new_id
from bursar.rules import billing
from bursar.rules.invoicing import Fee
from bursar.sellers import seller_of
from bursar.settings import load
from models.catalogue import Project, ProjectStep, Track
from models.drafting import draft_invoice
from models.issuing import Issuer, issue_invoice
from models.parties import Customer
from models.receivables import Invoice
from models.session import transaction

DUE_ON = date(2026, 12, 31)
SCHOOL_FEES = (
    Fee(component="Tuition", unit_minor=40_000_00, priority=10),
    Fee(component="Laboratory", unit_minor=8_000_00, priority=20),
    Fee(component="Transport", unit_minor=6_000_00, priority=30),
    Fee(component="Books", unit_minor=5_000_00, priority=40),
    Fee(component="Examination", unit_minor=2_000_00, priority=50),
)
"""A term of ₹61,000."""
TRACKS = {
    "data-professional": ("Data Professional", 499_00, ("Explore a data set", "Model it", "Present it")),
    "full-stack-developer": ("Full-Stack Developer", 599_00, ("A page", "A service", "A product")),
}
STEPS = ("Read the brief", "Build", "Review", "Hand in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One issued invoice and who owes it, as a payment's metadata names them."""

    invoice: str
    student: str
    amount_minor: int
    currency: str
    track: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """What was set up."""

    course_bills: Sequence[Bill]
    """One per learner, in USD, for a track."""
    school_bills: Sequence[Bill]
    """One per pupil, ₹61,000 in five components."""


def open_school(*, learners: int, pupils: int) -> School:
    """Write tracks, customers and issued invoices into the bound database."""
    with transaction() as session:
        tracks = [_track(session, slug) for slug in TRACKS]
        courses = [_course_bill(session, n, tracks[n % len(tracks)]) for n in range(1, learners + 1)]
        terms = [_school_bill(session, n) for n in range(1, pupils + 1)]
    return School(course_bills=courses, school_bills=terms)


def _track(session: Session, slug: str) -> Track:
    title, price_minor, projects = TRACKS[slug]
    track = Track(id=new_id(), slug=slug, title=title, price_minor=price_minor, currency="USD")
    session.add(track)
    session.flush()
    for position, name in enumerate(projects, start=1):
        project = Project(id=new_id(), track_id=track.id, position=position, title=name)
        session.add(project)
        session.flush()
        session.add_all(
            ProjectStep(id=new_id(), project_id=project.id, position=n, title=step)
            for n, step in enumerate(STEPS, start=1)
        )
    session.flush()
    return track


def _course_bill(session: Session, n: int, track: Track) -> Bill:
    customer = _customer(session, f"learner-{n}", f"Student {n}", "en_US")
    fee = Fee(component=track.title, unit_minor=track.price_minor)
    invoice = _issued(session, customer.id, "USD", [fee], source=f"course-{n}", track_id=track.id)
    return Bill(
        invoice=invoice.number or "",
        student=customer.external_ref,
        amount_minor=invoice.total_minor,
        currency="USD",
        track=track.slug,
    )


def _school_bill(session: Session, n: int) -> Bill:
    name = "विद्यार्थी १" if n == 1 else f"Pupil {n}"
    customer = _customer(session, f"pupil-{n}", name, "en_IN")
    invoice = _issued(session, customer.id, "INR", SCHOOL_FEES, source=f"term-{n}")
    return Bill(
        invoice=invoice.number or "",
        student=customer.external_ref,
        amount_minor=invoice.total_minor,
        currency="INR",
    )


def _customer(session: Session, reference: str, name: str, locale: str) -> Customer:
    customer = Customer(
        id=new_id(), external_ref=reference, name=name, email=f"{reference}@example.com", locale=locale
    )
    session.add(customer)
    session.flush()
    return customer


def _issued(
    session: Session,
    customer_id: UUID,
    currency: str,
    fees: Sequence[Fee],
    *,
    source: str,
    track_id: UUID | None = None,
) -> Invoice:
    invoice = draft_invoice(
        session,
        customer_id=customer_id,
        currency=currency,
        fees=fees,
        due_on=DUE_ON,
        source=("demo", source),
        track_id=track_id,
    )
    issue_invoice(session, invoice.id, _issuer())
    session.refresh(invoice)  # issuing writes set-based, past the object that was drafted
    return invoice


def _issuer() -> Issuer:
    """The seller of this installation, in test mode."""
    seller = seller_of(load())

    def freeze(bill: billing.Bill, number: str, issued_on: date) -> bytes:
        return invoice_snapshot(bill, seller, number, issued_on, test_mode=True).to_json()

    return Issuer(seller=seller, freeze=freeze)
