"""B5: what an invoice on paper costs, ours beside Platypus, and whether memory stays flat."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from statistics import median
from tempfile import TemporaryFile

import psutil

from benchmarks import platypus
from benchmarks.claims import Claim, at_least, at_most, told
from bursar.documents.billing import BilledLine, TaxRow, WaysToPay
from bursar.documents.binder import Binder
from bursar.documents.invoice import InvoiceKind, InvoiceSnapshot
from bursar.documents.paper import Labelled, Party
from bursar.documents.render import render
from bursar.rules.bundles import DOCUMENTS_MAX

PAPERS = 10_000
"""Invoices that one process draws one after another while its memory is watched."""
ROUNDS, PER_ROUND = 7, 40
WARM_UP = 200
"""Papers after which fonts, themes and the allocator hold what they ever will."""
RATIO_MIN = 5.0
GROWTH_MIB_MAX = 8.0
MIB = 1 << 20


def run(*, papers: int) -> list[Claim]:
    """Take turns, so that a slow minute of the machine is slow for both."""
    platypus.register()
    racers: dict[str, Callable[[InvoiceSnapshot], object]] = {"bursar": render, "platypus": platypus.render}
    seconds: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        bills = [invoice(number * PER_ROUND + n) for n in range(PER_ROUND)]
        plain = [replace(bill, pay=None) for bill in bills]
        for which, drawn in (("", bills), (", no code", plain)):
            for name, racer in racers.items():
                seconds.setdefault(f"{name}{which}", []).append(_processor_s(racer, drawn))
    claims = [
        told(f"B5 invoices, {name}", 1 / median(each), "per s of CPU") for name, each in seconds.items()
    ]
    claims += [
        at_least("B5 ours to platypus", _ratio(seconds, ""), "x", RATIO_MIN),
        at_least("B5 ours to platypus, no code", _ratio(seconds, ", no code"), "x", RATIO_MIN),
        told("B5 size of an invoice", len(render(invoice(0)).pdf) / 1024, "KiB"),
    ]
    for what, grown_mib in (("papers", _growth_mib(papers)), ("papers bound into files", _bound_mib(papers))):
        claims.append(at_most(f"B5 memory grown over {papers} {what}", grown_mib, "MiB", GROWTH_MIB_MAX))
    return claims


def _processor_s(racer: Callable[[InvoiceSnapshot], object], bills: list[InvoiceSnapshot]) -> float:
    """Processor seconds of one paper. None was drawn before, but for one that wakes fonts and caches."""
    racer(replace(bills[0], number="WARM-UP"))
    begun = time.process_time()
    for bill in bills:
        racer(bill)
    return (time.process_time() - begun) / len(bills)


def _ratio(seconds: dict[str, list[float]], which: str) -> float:
    pairs = zip(seconds[f"platypus{which}"], seconds[f"bursar{which}"], strict=True)
    return median(theirs / ours for theirs, ours in pairs)


def _growth_mib(papers: int) -> float:
    """Draw papers that all differ and tell how much the process grew after the first two hundred."""
    process = psutil.Process()
    before = 0
    for n in range(papers + WARM_UP):
        render(invoice(n))
        if n == WARM_UP:
            before = process.memory_info().rss
    grown: int = process.memory_info().rss - before
    return grown / MIB


def _bound_mib(papers: int) -> float:
    """Bind papers into files as large as a bundle's, and tell how much the process grew after two."""
    process = psutil.Process()
    sizes: list[int] = []
    for first in range(0, papers + 2 * DOCUMENTS_MAX, DOCUMENTS_MAX):
        with TemporaryFile() as file:
            binder = Binder(file)
            for n in range(first, first + DOCUMENTS_MAX):
                bill = invoice(n)
                binder.add(bill.number, bill.to_json(), bill.sha256())
            binder.save()
        sizes.append(process.memory_info().rss)
    return (sizes[-1] - sizes[1]) / MIB


def invoice(n: int) -> InvoiceSnapshot:
    """The n-th bill of a school: five fees, two of them taxed, a code to pay by UPI. No two are alike."""
    fees = [
        ("Tuition", 45_000_00 + n, 0),
        ("Laboratory", 4_000_00, 0),
        ("Transport", 10_000_00, 0),
        ("Robotics kit", 2_000_00, 360_00),
        ("Uniform", 3_200_00, 576_00),
    ]
    lines = tuple(
        BilledLine(
            component=component,
            description="Class 7, section B",
            period="Term 1, 2026–27",
            code="999293",
            unit_minor=net_minor,
            taxable_minor=net_minor,
            tax_label="18 %" if tax_minor else "exempt",
            tax_minor=tax_minor,
            total_minor=net_minor + tax_minor,
        )
        for component, net_minor, tax_minor in fees
    )
    return InvoiceSnapshot(
        number=f"INV/26-27/{n:06}",
        issued_on=date(2026, 4, 3),
        due_on=date(2026, 4, 18),
        kind=InvoiceKind.TAX_INVOICE,
        seller=Party(
            name="Greenfield Public School",
            address=("14 Lake Road", "Bengaluru 560038, Karnataka, India"),
            tax_ids=(Labelled(label="GSTIN", value="29AAGCG1234M1Z5"),),
        ),
        customer=Party(
            name=f"Student {n}", reference=f"Roll no. 7B-{n:03}", address=("22 Temple Street", "Mysuru")
        ),
        currency="INR",
        locale="en_IN",
        details=(Labelled(label="Place of supply", value="29 Karnataka"),),
        lines=lines,
        tax_rows=(
            TaxRow(label="CGST 9 %", code="999293", taxable_minor=5_200_00, tax_minor=468_00),
            TaxRow(label="SGST 9 %", code="999293", taxable_minor=5_200_00, tax_minor=468_00),
        ),
        taxable_minor=64_200_00 + n,
        tax_minor=936_00,
        total_minor=65_136_00 + n,
        balance_minor=65_136_00 + n,
        words="Rupees Sixty-Five Thousand One Hundred and Thirty-Six Only",
        pay=WaysToPay(
            url=f"https://pay.example.com/i/{n}",
            qr=f"upi://pay?pa=greenfield@examplebank&pn=Greenfield&am=65136.00&tr=INV-{n}&cu=INR",
            qr_label="Scan with any UPI app",
            bank=(
                Labelled(label="Bank", value="Example Bank, Indiranagar"),
                Labelled(label="Account number", value="0142 0034 5567"),
            ),
        ),
        legal=("Tuition, laboratory and transport are exempt.",),
        terms=("Fees are due by the date above.", "A pupil who leaves before the term begins is refunded."),
    )
