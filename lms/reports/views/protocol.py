"""The protocol of a group's results, to be printed and signed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.people.signing import signed_in
from lms.reports.protocol import (
    LONGEST,
    ProtocolFilter,
    TooMany,
    draw,
    headings,
    protocol_of,
    result_in_words,
    signers,
    totals,
)
from lms.reports.views.exports import record_export
from lms.reports.views.lists import the_coordinator


@signed_in
@require_safe
def protocol(request: HttpRequest) -> HttpResponse:
    """The choice of course, unit and period and, once there is a course, the protocol."""
    form = ProtocolFilter(the_coordinator(request), request.GET)
    context: dict[str, object] = {"form": form, "most": LONGEST}
    if "course" in form.values:
        try:
            paper = protocol_of(form)
        except TooMany:
            context["too_many"] = True
        else:
            lines = [(line, result_in_words(line)) for line in paper.lines]
            context |= {
                "protocol": paper,
                "lines": lines,
                "headings": headings(),
                "totals": totals(paper),
                "signers": signers(),
            }
    return render(request, "reports/protocol.html", context)


@signed_in
@require_safe
def protocol_pdf(request: HttpRequest) -> HttpResponse:
    """The protocol as a PDF; the choice anew if there is none to be made of it."""
    user = the_coordinator(request)
    form = ProtocolFilter(user, request.GET)
    form.strict()
    if "course" not in form.values:
        messages.info(request, _("Choose a course first."))
        return redirect("reports:protocol")
    try:
        paper = protocol_of(form)
    except TooMany:
        return redirect(f"{reverse('reports:protocol')}?{form.query}")
    response = HttpResponse(draw(paper), content_type="application/pdf")
    name = f"protocol-{paper.code}-{paper.made_at:%Y-%m-%d}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    record_export(user, what="protocol", file_format="pdf", query=form.query, rows=len(paper.lines))
    return response
